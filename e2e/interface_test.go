//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// followLimit is how soon a server has to be back on an interface that is.
const followLimit = 2 * time.Second

// TestShortInterfacesAreFollowed: interfaces come, go, flap and change their
// address while the server runs.
func TestShortInterfacesAreFollowed(t *testing.T) {
	need(t, "ip", "busybox", "curl")
	room, client := newSpace(t), newSpace(t)
	cable(t, room, "eth1", client, "c1")
	room.ip(t, "addr add "+serverAddr+"/24 dev eth1")
	v := newServer(t, room, netbootTree(t), strings.Replace(classic, "[eth1]", "[eth1, eth3]", 1)+"machines: [{name: node1, mac: \"02:00:00:00:00:99\"}]\n")
	v.serve(t)
	leased := func(t *testing.T, iface, server string) {
		t.Helper()
		got, ok := udhcpc(t, client, iface)
		if !ok || got["serverid"] != server {
			t.Errorf("%s was told %v, want a lease of %s", iface, got, server)
		}
		if out := curl(t, client, "http://"+server+"/healthz"); out != "ok\n" {
			t.Errorf("/healthz at %s says %q", server, out)
		}
	}
	back := func(t *testing.T, change func()) {
		t.Helper()
		before := len(v.log.String())
		begun := time.Now()
		change()
		v.saysAfter(t, before, "an interface is served", followLimit)
		t.Logf("followed %v after the change began", time.Since(begun).Round(time.Millisecond))
	}
	leased(t, "c1", serverAddr)
	t.Run("Flap", func(t *testing.T) {
		for range 3 {
			room.ip(t, "link set eth1 down", "link set eth1 up")
		}
		leased(t, "c1", serverAddr)
	})
	t.Run("AnotherAddress", func(t *testing.T) {
		back(t, func() { room.ip(t, "addr del "+serverAddr+"/24 dev eth1", "addr add 192.168.0.151/24 dev eth1") })
		leased(t, "c1", "192.168.0.151")
		back(t, func() {
			room.ip(t, "addr add "+serverAddr+"/24 dev eth1", "addr flush dev eth1", "addr add "+serverAddr+"/24 dev eth1")
		})
		leased(t, "c1", serverAddr)
	})
	t.Run("GoneAndBack", func(t *testing.T) {
		room.ip(t, "link del eth1")
		v.says(t, "it is gone", followLimit)
		back(t, func() {
			cable(t, room, "eth1", client, "c1")
			room.ip(t, "addr add "+serverAddr+"/24 dev eth1")
		})
		leased(t, "c1", serverAddr)
	})
	t.Run("AbsentAtTheStart", func(t *testing.T) {
		client.ip(t, "addr flush dev c1")
		back(t, func() {
			cable(t, room, "eth3", client, "c3")
			room.ip(t, "link set eth1 down", "addr flush dev eth1", "addr add 192.168.0.152/24 dev eth3")
		})
		leased(t, "c3", "192.168.0.152")
	})
	v.stop(t)
}

// TestShortOnlyTheChosenInterface: two networks, of which one is served. On
// the other nobody ever gets an answer, whatever is asked and in whatever way.
func TestShortOnlyTheChosenInterface(t *testing.T) {
	need(t, "ip", "busybox", "curl")
	room, chosen, other := newSpace(t), newSpace(t), newSpace(t)
	cable(t, room, "eth0", chosen, "c0")
	cable(t, room, "eth1", other, "c1")
	room.ip(t, "addr add 192.168.0.150/24 dev eth0", "addr add 192.168.1.150/24 dev eth1")
	for _, mode := range []string{"server", "proxy"} {
		t.Run(mode, func(t *testing.T) {
			// Even a subnet of the other network in the settings changes nothing.
			v := newServer(t, room, netbootTree(t), "interfaces: [eth0]\ndhcp: "+mode+`
subnets:
  - {network: 192.168.0.0/24, pools: [192.168.0.210-192.168.0.220], dns: [192.168.0.1], gateway: 192.168.0.1}
  - {network: 192.168.1.0/24, pools: [192.168.1.210-192.168.1.220], dns: [192.168.1.1], gateway: 192.168.1.1}
`)
			v.serve(t)
			defer v.stop(t)
			if mode == "server" {
				got, ok := udhcpc(t, chosen, "c0", bios...)
				// P16, D48: its own address there, in all places that tell one.
				if !ok || got["serverid"] != "192.168.0.150" || got["siaddr"] != "192.168.0.150" || got["tftp"] != "192.168.0.150" {
					t.Errorf("on eth0: %v", got)
				}
			}
			for _, flags := range [][]string{{"-t", "2"}, append([]string{"-t", "2"}, bios...), {"-t", "1", "-r", "192.168.1.210"}, {"-t", "1", "-B"}} {
				if got, ok := udhcpc(t, other, "c1", flags...); ok {
					t.Errorf("on eth1, %v: %v", flags, got)
				}
			}
			other.ip(t, "addr replace 192.168.1.9/24 dev c1", "route replace 192.168.0.150 via 192.168.1.150")
			for _, at := range []string{"192.168.1.150", "192.168.0.150"} {
				for _, url := range []string{"http://" + at + "/healthz", "tftp://" + at + "/pxelinux.0"} {
					if out, _, err := other.try(t, "curl", "-sS", "--max-time", "1", "--noproxy", "*", url); err == nil || out != "" {
						t.Errorf("%s was served to eth1: %.40q", url, out)
					}
				}
			}
			if mac := macOf(t, other, "c1"); strings.Contains(v.log.String(), mac) {
				t.Errorf("the log speaks of %s on eth1", mac)
			}
		})
	}
}
