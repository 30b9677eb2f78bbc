//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seedbed/internal/storm"
	"seedbed/internal/wire/dhcp/packet"
)

// answerARP lets the machines that hold addresses be found at them, as
// machines that are up are.
func (w *witness) answerARP(ctx context.Context, card *storm.Card) {
	for {
		b, err := card.Recv(ctx)
		if err != nil {
			return
		}
		if len(b) < 42 || binary.BigEndian.Uint16(b[12:]) != 0x0806 || b[21] != 1 {
			continue
		}
		want := netip.AddrFrom4([4]byte(b[38:42]))
		w.mu.Lock()
		mac, ok := w.user[want]
		w.mu.Unlock()
		if !ok {
			continue
		}
		r := slices.Clone(b[:42])
		copy(r, b[6:12])
		copy(r[6:], mac[:])
		r[21] = 2 // a reply
		copy(r[22:], mac[:])
		copy(r[28:], b[38:42])
		copy(r[32:], b[22:32])
		_ = card.Send(r)
	}
}

// found gives where a MAC stands first in a file of the state.
func found(t *testing.T, file string, seed uint64) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte{2, byte(seed), 0, 0, 0, 1})
	if at < 0 {
		t.Fatalf("%s: no lease of storm %d", file, seed)
	}
	return at
}

// copyFiles copies the files of a directory, without its sockets.
func copyFiles(t *testing.T, to, from string) {
	t.Helper()
	all, err := os.ReadDir(from)
	if err == nil {
		err = os.Mkdir(to, 0o700)
	}
	for _, e := range all {
		var b []byte
		if err != nil || !e.Type().IsRegular() {
			continue
		}
		if b, err = os.ReadFile(filepath.Join(from, e.Name())); err == nil {
			err = os.WriteFile(filepath.Join(to, e.Name()), b, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, file string, how func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, how(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestShortDamagedDatabase: a database that is damaged, or in part or whole
// gone, is said in a line with what to do. The server then refuses to serve, or
// serves with care; in neither case, nor once that was done, does a stranger get
// an address that a machine holds, and who holds one is believed.
func TestShortDamagedDatabase(t *testing.T) {
	w := newWitness(t)
	whole := filepath.Join(w.v.dir, "whole")
	w.v.serve(t, "--force")
	for seed := range uint64(2) {
		if r := w.boot(t.Context(), 40, 1+seed, quickly, 10*time.Second); !r.Good() {
			t.Fatalf("%+v", r)
		}
		if seed == 0 { // until it is in the table; the other remains in the log
			time.Sleep(4 * time.Second)
		}
	}
	killed, stopped := whole+"-killed", whole+"-stopped"
	w.v.crash()
	copyFiles(t, killed, w.v.state)
	w.v.serve(t, "--force")
	w.v.stop(t)
	copyFiles(t, stopped, w.v.state)
	// The machines stay up.
	var card *storm.Card
	if err := w.yard.do(func() (err error) { card, err = storm.Open("c1"); return }); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); w.answerARP(ctx, card) }()
	t.Cleanup(func() { stop(); <-over; card.Close() })

	flip := func(file string, at int) func(string) {
		return func(dir string) {
			change(t, filepath.Join(dir, file), func(b []byte) []byte { b[at] ^= 0xff; return b })
		}
	}
	cut := func(file string, part float64) func(string) {
		return func(dir string) {
			change(t, filepath.Join(dir, file), func(b []byte) []byte { return b[:int(part*float64(len(b)))] })
		}
	}
	gone := func(files ...string) func(string) {
		return func(dir string) {
			for _, f := range files {
				if err := os.Remove(filepath.Join(dir, f)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	const db, wal = "seedbed.db", "seedbed.db-wal"
	stranger := uint64(10)
	for _, c := range []struct {
		name, state string
		harm        func(dir string)
		says        []string // and "error: " and "hint: " of a server that refuses
		serves      bool
	}{
		{"a byte of the header", stopped, flip(db, 5), []string{"the database is damaged", "keep a copy"}, false},
		{"a byte of its page size", stopped, flip(db, 16), []string{"the database is damaged"}, false},
		{"a byte of a lease in the table", stopped, flip(db, found(t, filepath.Join(stopped, db), 1)), []string{"the database is damaged"}, false},
		{"a byte of one in the log", stopped, flip(db, found(t, filepath.Join(stopped, db), 2)), []string{"the database is damaged"}, false},
		{"a byte in the midst of the WAL", killed, flip(wal, found(t, filepath.Join(killed, wal), 2)), []string{"records of leases are missing", "damaged in its midst", "kept as seedbed.db-wal.damaged"}, true},
		{"a byte of the WAL's header", killed, flip(wal, 20), []string{"records of leases are missing", "its beginning is damaged"}, true},
		{"half of the WAL", killed, cut(wal, 0.5), []string{"records of leases are missing", "its end is missing"}, true},
		{"the WAL is empty", killed, cut(wal, 0), []string{"records of leases are missing", "seedbed.db-wal, is gone"}, true},
		{"no WAL", killed, gone(wal), []string{"records of leases are missing", "seedbed.db-wal, is gone"}, true},
		{"half of the database", stopped, cut(db, 0.5), []string{"the database is damaged"}, false},
		{"its header alone", stopped, cut(db, 0.01), []string{"the database is damaged"}, false},
		{"an empty file", stopped, cut(db, 0), []string{"the file is empty", "keep a copy"}, false},
		{"a WAL without its database", killed, gone(db), []string{"seedbed.db is gone", "put seedbed.db back"}, false},
		{"no database", stopped, gone(db), []string{"records of leases are missing", "the database seedbed.db is gone"}, true},
		{"a directory", stopped, func(dir string) {
			gone(db)(dir)
			if err := os.Mkdir(filepath.Join(dir, db), 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"is no file", "move it out of the way"}, false},
		{"the database of another program", stopped, func(dir string) {
			change(t, filepath.Join(dir, db), func(b []byte) []byte { clear(b[68:72]); return b })
		}, []string{"not a database of seedbed"}, false},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			if err := os.RemoveAll(w.v.state); err != nil {
				t.Fatal(err)
			}
			copyFiles(t, w.v.state, c.state)
			c.harm(w.v.state)
			if c.serves {
				w.v.serve(t, "--force")
				wants(t, w.v.log.String(), c.says...)
			} else {
				said := w.v.refuses(t)
				wants(t, said, append(c.says, "error: ", "hint: ")...)
				if n := strings.Count(said, "error: "); n != 1 {
					t.Errorf("%d lines of errors:\n%s", n, said)
				}
				aside := w.v.state + "-aside"
				if err := os.RemoveAll(aside); err != nil {
					t.Fatal(err)
				}
				if err := os.Mkdir(aside, 0o700); err != nil {
					t.Fatal(err)
				}
				for _, f := range []string{db, wal, db + "-shm"} {
					_ = os.Rename(filepath.Join(w.v.state, f), filepath.Join(aside, f))
				}
				w.v.serve(t, "--force")
				wants(t, w.v.log.String(), "records of leases are missing")
			}
			stranger++
			held := len(w.user)
			if r := w.boot(t.Context(), 30, stranger, quickly, 30*time.Second); !r.Good() {
				t.Errorf("strangers: %+v", r)
			}
			if len(w.user) != held+30 {
				t.Errorf("%d addresses are held, want %d", len(w.user), held+30)
			}
			for seed := byte(1); seed <= 2; seed++ {
				mac := [6]byte{2, seed, 0, 0, 0, 7}
				who := newCaller(t, w.yard, "c1", "10.64.0.2/12")
				who.say(net.HardwareAddr(mac[:]).String(), packet.Request, packet.Option{Code: packet.OptRequested, Data: w.held[mac].AsSlice()})
				all := who.hear(5*time.Second, func(all []packet.Message) bool { return len(all) > 0 })
				if len(all) != 1 || all[0].Type() != packet.Ack || all[0].YIAddr != w.held[mac] {
					t.Errorf("%x, which holds %s, is answered %+v", mac, w.held[mac], all)
				}
			}
			w.v.crash()
		})
	}
	t.Logf("%d machines hold %d addresses", len(w.held), len(w.user))
}
