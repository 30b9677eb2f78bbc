//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestShortOwnScripts: the user's own files in tftp.root win over what is
// made, by TFTP and by HTTP, at a running server.
func TestShortOwnScripts(t *testing.T) {
	room, client := classicNet(t)
	client.ip(t, "addr add 192.168.0.50/24 dev c1")
	root := filepath.Join(scratch(t), "root")
	const mine, other = "00-0c-29-83-d1-d1", "00-0c-29-83-d1-d2"
	for _, name := range []string{"pxelinux.cfg/01-" + mine, "pxelinux.cfg/C0A8003", "grub/grub.cfg", "boot.ipxe"} {
		write(t, root, name, "my own "+name+"\n")
	}
	v := newServer(t, room, netbootTree(t), strings.Replace(classic, "profiles:", "tftp: {root: "+root+"}\nprofiles:", 1)+`
machines:
  - {name: node9, mac: "`+strings.ReplaceAll(other, "-", ":")+`", profile: debian}
`)
	v.serve(t)
	get := func(url string) string {
		t.Helper()
		out, _, err := client.try(t, "curl", "-sS", "--fail", "--max-time", "10", "--noproxy", "*", url)
		if err != nil {
			return "nothing"
		}
		first, _, _ := strings.Cut(out, "\n")
		if strings.Contains(out, "Seedbed") {
			return "made"
		}
		return first
	}
	for _, c := range []struct{ path, want string }{
		{"pxelinux.cfg/01-" + mine, "my own pxelinux.cfg/01-" + mine},
		{"pxelinux.cfg/C0A8003", "my own pxelinux.cfg/C0A8003"}, // PXELINUX comes to it after C0A80032
		{"pxelinux.cfg/C0A80032", "nothing"},
		{"pxelinux.cfg/01-" + other, "nothing"}, // so that it goes on to the one above
		{"pxelinux.cfg/default", "made"},
		{"grub/grub.cfg-01-" + other, "nothing"},
		{"grub/grub.cfg", "my own grub/grub.cfg"},
		{"boot/01-" + other + "/boot.ipxe", "my own boot.ipxe"},
		{"boot.ipxe", "my own boot.ipxe"},
	} {
		for _, how := range []string{"http://", "tftp://"} {
			if got := get(how + serverAddr + "/" + c.path); got != c.want {
				t.Errorf("%s %s: %q, want %q", how, c.path, got, c.want)
			}
		}
	}
	write(t, root, "pxelinux.cfg/default", "DEFAULT mine\nPROMPT 0\nSAY this is my own menu\nLABEL mine\n\tLOCALBOOT 0\n")
	if got := get("tftp://" + serverAddr + "/pxelinux.cfg/default"); got != "DEFAULT mine" {
		t.Errorf("a file that was added while the server runs: %q", got)
	}
}

// TestShortOwnMenu: PXELINUX itself finds the user's default, though the
// server could make a configuration for every machine.
func TestShortOwnMenu(t *testing.T) {
	need(t, "ip", "qemu-system-x86_64")
	root := filepath.Join(scratch(t), "root")
	write(t, root, "pxelinux.cfg/default", "SERIAL 0 115200\nDEFAULT menu.c32\nMENU TITLE Made by hand\nLABEL mine\n\tMENU LABEL My own entry\n\tLOCALBOOT 0\n")
	v := tapServer(t, bareTree(t), "loader: pxelinux"+strings.Replace(menuSettings, "menu:\n", "tftp: {root: "+root+"}\nmenu:\n", 1))
	b := powerOn(t, v.space, "eth1", false)
	b.shows(t, b.console, 3*time.Minute, "Made by hand", "My own entry")
}
