//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/storm"
)

// TestShortStormOfWholeChains: two hundred machines of each firmware boot at
// once, and load all that they are told to.
func TestShortStormOfWholeChains(t *testing.T) {
	need(t, "ip")
	room, yard := newSpace(t), newSpace(t)
	cable(t, room, "eth1", yard, "c1")
	room.ip(t, "addr add 10.64.0.1/12 dev eth1")
	tree := netbootTree(t)
	write(t, tree, "debian-installer/amd64/linux", strings.Repeat(kernelText(), 1+2<<20/len(kernelText())))
	v := newServer(t, room, tree, durable+"profiles:\n  debian: {image: netboot}\n")
	v.serve(t, "--force")
	var card *storm.Card
	if err := yard.do(func() (err error) { card, err = storm.Open("c1"); return }); err != nil {
		t.Fatal(err)
	}
	defer card.Close()
	const machines = 200
	for i, c := range []struct {
		firmware storm.Firmware
		phases   string
	}{
		{storm.BIOS, "loader"},
		{storm.UEFI, "loader"},
		{storm.UEFIHTTP, "loader"},
		{storm.IPXEROM, "script kernel initrd"},
	} {
		t.Run(string(c.firmware), func(t *testing.T) {
			r, err := storm.Run(t.Context(), card, storm.Options{Machines: machines, Seed: uint64(i), Firmware: c.firmware, Chain: true, Fetch: 1 << 20, Timeout: time.Minute})
			if err != nil || !r.Good() || r.Booted != machines {
				t.Fatalf("%+v, %v", r, err)
			}
			var names []string
			for _, p := range r.Phases {
				names = append(names, p.Name)
				if p.Files != machines {
					t.Errorf("%+v", p)
				}
				if p.Name == "kernel" && p.Bytes != machines<<20 {
					t.Errorf("of the kernel came %d bytes, want %d", p.Bytes, machines<<20)
				}
			}
			if got := strings.Join(names, " "); got != c.phases {
				t.Errorf("loaded %q, want %q", got, c.phases)
			}
			t.Logf("%+v", r)
		})
	}
	if strings.Contains(v.log.String(), "one of the two has to move") {
		t.Errorf("the machines do not keep to their own addresses:\n%s", tail(v.log.String(), 10))
	}
}

// TestStormOnALossyWire: two thousand machines at once, a tenth of the frames
// lost each way, ten times for each firmware, each time before a server that
// knows nothing of the wire. Whoever is late, after a minute, has lost as many messages of
// its own as make it late whatever a server does; but for a few, whose answers
// were lost as often as they were sent.
func TestStormOnALossyWire(t *testing.T) {
	const machines, storms, loss = 2000, 10, 0.1
	for _, firmware := range []storm.Firmware{storm.BIOS, storm.UEFI, storm.IPXEROM} {
		t.Run(string(firmware), func(t *testing.T) {
			results := make([]storm.Result, storms)
			var all sync.WaitGroup
			for i := range results {
				w := newWitness(t)
				w.v.serve(t, "--force")
				wait := time.Duration(i) * 3 * time.Second // one burst at a time
				all.Go(func() {
					time.Sleep(wait)
					o := storm.Options{Machines: machines, Seed: uint64(i + 1), Loss: loss, Firmware: firmware, Timeout: 3 * time.Minute, Acked: w.acked}
					var err error
					if results[i], err = storm.Run(t.Context(), w.card, o); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			onTime, own, answers, again := 0, 0, 0, 0
			var worst []string
			for _, r := range results {
				if !r.Good() {
					t.Errorf("%+v", r)
				}
				again += r.Restarts
				worst = append(worst, fmt.Sprintf("%.1f", r.Max/1000))
				if len(r.Late) == 0 {
					onTime++
				}
				for _, l := range r.Late {
					if l.Alone {
						own++
					} else {
						answers++
					}
					t.Logf("seed %d, %s, %.1f s: %s", r.Seed, l.MAC, l.Seconds, strings.Join(l.Story, ", "))
				}
			}
			slices.SortFunc(results, func(a, b storm.Result) int { return int(a.P99 - b.P99) })
			t.Logf("%s: %d of %d storms within a minute, the last machine after %s s; %d of %d machines late by messages of their own alone, %d by answers too, %d began anew; median %.1f s, 99 of 100 within %.1f s",
				firmware, onTime, storms, strings.Join(worst, " "), own, machines*storms, answers, again, results[storms/2].Median/1000, results[storms/2].P99/1000)
			if answers > 10 {
				t.Error("these are too many")
			}
		})
	}
}
