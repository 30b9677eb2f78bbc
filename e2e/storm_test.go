//go:build e2e

package e2e

import (
	"strings"
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
		{storm.IPXE, "script kernel initrd"},
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
