package app

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// answered waits for what the server says to the station, of those kinds.
func answered(t *testing.T, st *segment.Station, limit time.Duration) *packet.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		b, err := st.Recv(ctx)
		if err != nil {
			return nil
		}
		u, ok := segment.ParseUDP(b)
		m := new(packet.Message)
		if ok && u.To.Port() == packet.ClientPort && packet.Parse(u.Data, m) == nil {
			return m
		}
	}
}

func reboot(addr string) packet.Option {
	a := ip(addr).As4()
	return packet.Option{Code: packet.OptRequested, Data: a[:]}
}

func TestALostDatabaseIsRebuiltCarefully(t *testing.T) {
	h := open(t, classic, true)
	state := h.opt.State
	h.Close()
	for _, f := range []string{"seedbed.db", "seedbed.db-wal", "seedbed.db-shm"} {
		os.Remove(filepath.Join(state, f))
	}
	h.opt.OnEvent = nil
	a, err := Open(h.opt)
	if err != nil {
		t.Fatal(err)
	}
	h.App = a
	if _, err := h.seg.AddHost(netip.MustParsePrefix("192.168.0.211/24")); err != nil {
		t.Fatal(err)
	}
	h.serve(t)
	<-h.ready
	if until := h.Rebuilding(); time.Until(until) < 110*time.Minute || time.Until(until) > 2*time.Hour {
		t.Errorf("it lasts until %s, want the longest lease: two hours", until)
	}
	// A machine that the lost records knew comes back and says its address.
	if m := answered(t, say(t, h.seg, packet.Request, reboot("192.168.0.215")), 3*time.Second); m == nil || m.Type() != packet.Ack || m.YIAddr != ip("192.168.0.215") {
		t.Errorf("INIT-REBOOT: %+v", m)
	}
	// What is offered was probed: .210 is free, .211 is not.
	for _, want := range []string{"192.168.0.210", "192.168.0.212"} {
		mac := []byte{2, 0, 0, 0, 0, ip(want).As4()[3]}
		st := h.seg.AttachStation(mac)
		var m *packet.Message
		for range 20 {
			st.Send(question(mac, packet.Discover))
			if m = answered(t, st, 300*time.Millisecond); m != nil {
				break
			}
		}
		if m == nil || m.Type() != packet.Offer || m.YIAddr != ip(want) {
			t.Errorf("offered %+v, want %s", m, want)
		}
	}
	if err := h.EndRebuild(); err != nil || !h.Rebuilding().IsZero() {
		t.Errorf("ended by a person: %v", err)
	}
	if _, missing := h.store.Rebuilding(); missing {
		t.Error("the next start would rebuild again")
	}
	all, err := h.store.Events(install.Query{})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, e := range all {
		text += e.Text + "\n"
	}
	for _, w := range []string{"records of leases are missing", "uses 192.168.0.211 without a lease", "complete again"} {
		if !strings.Contains(text, w) || !strings.Contains(h.log.String(), strings.Replace(w, "a lease", "a lease", 1)) {
			t.Errorf("no event or no line says %q:\n%s", w, text)
		}
	}
}
