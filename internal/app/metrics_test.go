package app

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

func TestMetricsCountWhatHappened(t *testing.T) {
	h := open(t, strings.Replace(classic, "192.168.0.220", "192.168.0.210", 1), true)
	h.serve(t)
	<-h.ready
	st := say(t, h.seg, packet.Discover, packet.Option{Code: packet.OptRapidCommit})
	if m := answered(t, st, 5*time.Second); m == nil || m.Type() != packet.Ack {
		t.Fatalf("%+v", m)
	}
	other := h.seg.AttachStation([]byte{2, 1, 1, 1, 1, 1})
	defer other.Close()
	other.Send(question([]byte{2, 1, 1, 1, 1, 1}, packet.Discover))
	text := ""
	for until := time.Now().Add(5 * time.Second); !strings.Contains(text, `reason="no free address"} 1`); {
		if time.Now().After(until) {
			t.Fatalf("it never shows that the pool is empty:\n%s", text)
		}
		var b bytes.Buffer
		h.metrics(&b)
		text = b.String()
		time.Sleep(5 * time.Millisecond)
	}
	for _, want := range []string{
		`seedbed_dhcp_received_total{type="discover"} 2`, `seedbed_dhcp_sent_total{type="ack"} 1`, `seedbed_dhcp_sent_total{type="offer"} 0`,
		`seedbed_dhcp_commit_seconds_bucket{le="+Inf"} 1`, "seedbed_dhcp_commit_seconds_count 1", "seedbed_dhcp_committed_leases_total 1",
		`seedbed_dhcp_pool_addresses{subnet="192.168.0.0/24",state="active"} 1`, "seedbed_dhcp_rebuilding 0",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no line %s in\n%s", want, text)
		}
	}
	line := regexp.MustCompile(`^(# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)$`)
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if !line.MatchString(l) {
			t.Errorf("not Prometheus' format: %s", l)
		}
	}
	for len(h.events) > 0 {
		if e := <-h.events; strings.Contains(e.Text, "no free leases in subnet 192.168.0.0/24") && e.Failed {
			return
		}
	}
	t.Error("no event tells of the empty pool")
}
