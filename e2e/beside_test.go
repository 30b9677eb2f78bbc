//go:build e2e

package e2e

import (
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

// besides are the DHCP servers that others have on their wire already.
var besides = []struct {
	name    string
	program string
	start   func(t *testing.T, dir string) *exec.Cmd
}{
	{"dnsmasq", "dnsmasq", func(t *testing.T, dir string) *exec.Cmd {
		return exec.Command("dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--port=0", "--user=root", "--interface=r1", "--bind-interfaces",
			"--pid-file="+filepath.Join(dir, "pid"), "--dhcp-leasefile="+filepath.Join(dir, "leases"), "--no-ping",
			"--dhcp-range=192.168.0.100,192.168.0.110,10m")
	}},
	{"Kea", "kea-dhcp4", func(t *testing.T, dir string) *exec.Cmd {
		conf := write(t, dir, "kea.conf", `{"Dhcp4": {"interfaces-config": {"interfaces": ["r1"]}, "lease-database": {"type": "memfile", "persist": false},
  "valid-lifetime": 600, "subnet4": [{"id": 1, "subnet": "192.168.0.0/24", "pools": [{"pool": "192.168.0.100-192.168.0.110"}]}]}}`)
		cmd := exec.Command("kea-dhcp4", "-c", conf)
		cmd.Env = []string{"KEA_PIDFILE_DIR=" + dir, "KEA_LOCKFILE_DIR=" + dir, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
		return cmd
	}},
}

// TestShortBesideOthersServers: dnsmasq, and Kea, give the addresses. Seedbed
// refuses to be a second server, tells of one that comes later, and as a proxy
// leaves the addresses to it.
func TestShortBesideOthersServers(t *testing.T) {
	need(t, "ip")
	for _, b := range besides {
		t.Run(b.name, func(t *testing.T) {
			need(t, b.program)
			room, rival, client := newSpace(t), newSpace(t), newSpace(t)
			room.ip(t, "link add eth1 type bridge", "addr add "+serverAddr+"/24 dev eth1", "link set eth1 up")
			for _, c := range []struct {
				s        *space
				ours, it string
			}{{rival, "p1", "r1"}, {client, "p2", "c1"}} {
				cable(t, room, c.ours, c.s, c.it)
				room.ip(t, "link set "+c.ours+" master eth1")
			}
			rival.ip(t, "addr add "+rivalAddr+"/24 dev r1")
			power := func() (off func()) {
				out := newOutput()
				cmd := b.start(t, scratch(t))
				cmd.Stdout, cmd.Stderr = out, out
				if err := rival.start(cmd); err != nil {
					t.Fatal(err)
				}
				off = func() { cmd.Process.Kill(); cmd.Wait() }
				t.Cleanup(func() {
					off()
					if t.Failed() {
						t.Logf("%s says:\n%s", b.name, out)
					}
				})
				// It serves once it answers.
				within(t, 20*time.Second, func() (bool, string) {
					return slices.ContainsFunc(ask(t, client, "02:00:00:00:00:01", 500*time.Millisecond, 2), func(m packet.Message) bool {
						return m.Addr(packet.OptServerID).String() == rivalAddr
					}), out.String()
				})
				return off
			}
			tree := netbootTree(t)
			v := newServer(t, room, tree, classic)
			v.serve(t)
			off := power() // one that comes later
			// Each answers whoever asks next: both offers are heard, ours and theirs.
			if all := ask(t, client, "02:00:00:00:00:02", 3*time.Second, 2, rom(0)...); len(all) != 2 {
				t.Errorf("%d offers, want one of each server: %+v", len(all), all)
			}
			// Kea's offer goes to its machine's MAC alone; that the machine takes it
			// is heard by all.
			who := newCaller(t, client, "c1", "192.168.0.250/24")
			rivals := netip.MustParseAddr(rivalAddr)
			who.say("02:00:00:00:00:02", packet.Request, packet.Option{Code: packet.OptRequested, Data: []byte{192, 168, 0, 101}},
				packet.Option{Code: packet.OptServerID, Data: rivals.AsSlice()})
			who.close()
			v.says(t, "another DHCP server is at work on eth1: "+rivalAddr, 10*time.Second)
			if !happened(v.events(t), "reported", "another DHCP server is at work on eth1: "+rivalAddr) {
				t.Error("no event tells of it")
			}
			v.stop(t)
			if said := v.refuses(t); !strings.Contains(said, "another DHCP server answers on eth1: "+rivalAddr) {
				t.Errorf("it says\n%s", said)
			}
			v.configure(t, "interfaces: [eth1]\ndhcp: proxy\nprofiles: {debian: {image: netboot}}\n")
			v.serve(t)
			all := ask(t, client, "02:00:00:00:00:03", 3*time.Second, 2, rom(0)...)
			given, loaders := 0, 0
			for _, m := range all {
				switch {
				case !m.YIAddr.IsUnspecified() && m.Addr(packet.OptServerID).String() == rivalAddr:
					given++
				case m.YIAddr.IsUnspecified() && strings.HasSuffix(m.File, "pxelinux.0") && m.SIAddr.String() == serverAddr && m.Get(packet.OptLeaseTime) == nil:
					loaders++
				}
			}
			if len(all) != 2 || given != 1 || loaders != 1 {
				t.Errorf("as a proxy: %+v", all)
			}
			// Who is no firmware hears the other server alone.
			if all := ask(t, client, "02:00:00:00:00:04", 2*time.Second, 2); len(all) != 1 || all[0].Addr(packet.OptServerID).String() != rivalAddr {
				t.Errorf("an installed system: %+v", all)
			}
			off()
			if all := ask(t, client, "02:00:00:00:00:05", 2*time.Second, 1); len(all) != 0 {
				t.Errorf("alone, the proxy gives %+v", all)
			}
			v.stop(t)
		})
	}
}

// ask gives the offers that a machine gets within the limit, at most n.
func ask(t *testing.T, s *space, mac string, limit time.Duration, n int, opts ...packet.Option) []packet.Message {
	t.Helper()
	c := newCaller(t, s, "c1", "192.168.0.250/24")
	c.say(mac, packet.Discover, opts...)
	return c.hear(limit, func(all []packet.Message) bool { return len(all) >= n })
}
