//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const rivalAddr = "192.168.0.2"

// TestShortBesideAnotherServer: the network has a DHCP server already
// (busybox's). Seedbed refuses to be a second one, says it when forced, and
// as a proxy boots machines that have their address from the other.
func TestShortBesideAnotherServer(t *testing.T) {
	need(t, "ip", "busybox")
	room, rival := newSpace(t), newSpace(t)
	room.ip(t, "link add eth1 type bridge", "addr add "+serverAddr+"/24 dev eth1", "link set eth1 up",
		"tuntap add dev tap0 mode tap", "link set tap0 master eth1", "link set tap0 up")
	cable(t, room, "p1", rival, "r1")
	room.ip(t, "link set p1 master eth1")
	rival.ip(t, "addr add "+rivalAddr+"/24 dev r1")
	udhcpd(t, rival)

	v := newServer(t, room, netbootTree(t), menuWaits)
	t.Run("RefusesToBeASecondServer", func(t *testing.T) {
		said := v.refuses(t)
		for _, w := range []string{"another DHCP server answers on eth1: " + rivalAddr, "hint: ", "dhcp: proxy", "--force"} {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q:\n%s", w, said)
			}
		}
	})
	t.Run("ForcedItWarns", func(t *testing.T) {
		v.serve(t, "--force")
		v.says(t, "another DHCP server is at work on eth1: "+rivalAddr, 10*time.Second)
		v.stop(t)
	})
	for _, c := range []struct {
		name  string
		uefi  bool
		words []string
		steps [][2]string
	}{
		{"ProxyBootsBIOS", false, []string{"PXE", "Boot from local disk", "Install Debian", "Press [Tab] to edit options"},
			[][2]string{{"offered", "/pxelinux.0"}, {"loaded", "pxelinux.0"}, {"scripted", "pxelinux script: menu"}, {"loaded", "menu.c32"}}},
		{"ProxyBootsUEFI", true, []string{"GNU GRUB", "Boot from local disk", "Install Debian"},
			[][2]string{{"offered", "bootnetx64.efi"}, {"loaded", "bootnetx64.efi"}, {"loaded", "grubx64.efi"}, {"scripted", "grub script: menu"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			need(t, "qemu-system-x86_64")
			medium := netbootTree(t)
			if c.uefi {
				iso, ok := testISO()
				if !ok {
					t.Skip("needs a medium with shim and GRUB: SEEDBED_TEST_ISO, or make medium")
				}
				medium = iso
			}
			v := newServer(t, room, medium, "dhcp: proxy"+menuWaits)
			v.serve(t)
			defer v.stop(t)
			router(t, room, "eth1")
			b := powerOn(t, room, "tap0", c.uefi)
			look := b.screen
			if c.uefi {
				look = b.console
			}
			b.shows(t, look, menuLimit, c.words...)
			walked(t, v, b, c.steps)
			if l := v.leases(t); len(l) != 0 {
				t.Errorf("a proxy gave addresses: %+v", l)
			}
			b.cmd.Process.Kill()
			<-b.done
		})
	}
}

// udhcpd is the network's own DHCP server. It looks by ARP for who has an
// address before it offers it: here for half a second, by itself for two.
func udhcpd(t *testing.T, s *space) {
	t.Helper()
	dir := scratch(t)
	conf := write(t, dir, "conf", "start 192.168.0.100\nend 192.168.0.110\ninterface r1\nlease_file "+filepath.Join(dir, "leases")+
		"\npidfile "+filepath.Join(dir, "pid")+"\noption subnet 255.255.255.0\noption router 192.168.0.1\noption lease 600\n")
	write(t, dir, "leases", "")
	out := newOutput()
	cmd := exec.Command("busybox", "udhcpd", "-f", "-a", "500", conf)
	cmd.Stdout, cmd.Stderr = out, out
	if err := s.start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("udhcpd says:\n%s", out)
		}
	})
}
