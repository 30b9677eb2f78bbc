//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
	"time"
)

// menuLimit is from power-on to the menu. It is a few seconds on an idle
// computer; an emulated machine beside other work needs more.
const menuLimit = 3 * time.Minute

// menuWaits are the classic settings, but that the menu waits for a person.
var menuWaits = strings.Replace(classic, "timeout: 10s", "timeout: 10m", 1)

// TestShortTapBoot: real firmware boots from the kernel segment to its menu.
func TestShortTapBoot(t *testing.T) {
	need(t, "ip", "qemu-system-x86_64")
	t.Run("BIOSToPXELINUX", func(t *testing.T) {
		v := tapServer(t, netbootTree(t), menuWaits)
		b := powerOn(t, v.space, "eth1", false)
		b.shows(t, b.screen, menuLimit, "PXE", "Boot from local disk", "Install Debian", "Press [Tab] to edit options")
		walked(t, v, b, [][2]string{{"sighted", tapMAC + " via eth1: iPXE"}, {"decided", "the menu is shown"},
			{"offered", `boot file "/pxelinux.0" from ` + serverAddr}, {"addressed", "192.168.0.2"},
			{"loaded", "pxelinux.0"}, {"loaded", "ldlinux.c32"}, {"scripted", "pxelinux script: menu"}, {"loaded", "menu.c32"}, {"loaded", "libutil.c32"}})
	})
	t.Run("BIOSToIPXEMenu", func(t *testing.T) {
		v := tapServer(t, netbootTree(t), "loader: ipxe"+strings.Replace(menuWaits, "    boot-file: /pxelinux.0\n", "", 1))
		b := powerOn(t, v.space, "eth1", false)
		b.shows(t, b.screen, menuLimit, "PXE", "Boot from local disk", "Install Debian")
		walked(t, v, b, [][2]string{{"sighted", tapMAC}, {"decided", "the menu is shown"}, {"offered", "boot.ipxe"}, {"addressed", "192.168.0.2"},
			{"scripted", "ipxe script: menu"}})
	})
	t.Run("UEFIToGRUB", func(t *testing.T) {
		iso, ok := testISO()
		if !ok {
			t.Skip("needs a medium with shim and GRUB: SEEDBED_TEST_ISO, or make medium")
		}
		v := tapServer(t, iso, menuWaits) // boot-file is for BIOS: it is passed over
		b := powerOn(t, v.space, "eth1", true)
		b.shows(t, b.console, menuLimit, "GNU GRUB", "Boot from local disk", "Install Debian")
		walked(t, v, b, [][2]string{{"sighted", tapMAC + " via eth1: UEFI network boot, architecture 7 (amd64)"}, {"decided", "the menu is shown"},
			{"offered", "bootnetx64.efi"}, {"addressed", "192.168.0.2"}, {"loaded", "bootnetx64.efi"}, {"loaded", "grubx64.efi"}, {"scripted", "grub script: menu"}})
	})
}

// tapServer serves on a tap, which is called eth1 as in the settings.
func tapServer(t *testing.T, medium, settings string) *server {
	t.Helper()
	if os.Getuid() == 0 {
		if _, err := os.Stat("/dev/net/tun"); err != nil {
			t.Skipf("needs /dev/net/tun: %v", err)
		}
	}
	s := newSpace(t)
	s.ip(t, "tuntap add dev eth1 mode tap", "addr add "+serverAddr+"/24 dev eth1", "link set eth1 up")
	v := newServer(t, s, medium, settings)
	v.serve(t)
	router(t, s, "eth1")
	return v
}

// walked asserts that the boot path has these steps, in this order.
func walked(t *testing.T, v *server, b *box, steps [][2]string) {
	t.Helper()
	next := 0
	for _, e := range v.events(t) {
		t.Logf("%6.1f s  %-10s %s (%d bytes)", e.Time.Sub(b.start).Seconds(), e.Step, e.Text, e.Bytes)
		if next < len(steps) && e.Step == steps[next][0] && strings.Contains(e.Text, steps[next][1]) {
			next++
		}
	}
	if next < len(steps) {
		t.Errorf("after %d steps, %v did not come", next, steps[next])
	}
}
