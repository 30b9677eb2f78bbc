//go:build e2e

package e2e

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// menuPassword is the password whose hashes stand in menuSettings.
const menuPassword = "letmein"

// menuSettings have a menu with everything in it. It waits for a person.
const menuSettings = `
interfaces: [eth1]
subnets:
  - network: 192.168.0.0/24
    pools: [192.168.0.210-192.168.0.220]
    gateway: 192.168.0.1
    dns: [192.168.0.1]
menu:
  title: Rack A1
  timeout: 0s
  serial: 115200
  entries:
    - local
    - separator
    - {title: Installers}
    - {show: debian, title: "Install it's $HOME & more", key: d}
    - {show: rescue, title: For this machine alone, machines: [node2]}
    - {show: other, title: For another machine, machines: [node3]}
profiles:
  debian: {image: netboot}
  rescue: {image: netboot}
  other: {image: netboot}
machines:
  - {name: node2, mac: "` + tapMAC + `"}
  - {name: node3, mac: "52:54:00:5e:ed:03"}
`

// bareTree is a netboot tree without loaders, so that all are the host's.
func bareTree(t *testing.T) string {
	t.Helper()
	dir := netbootTree(t)
	for _, name := range []string{"bootnetx64.efi", "grubx64.efi", "grub"} {
		if err := os.RemoveAll(filepath.Join(dir, "debian-installer/amd64", name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// press types on the machine's keyboard; a line end is the Enter key.
func (b *box) press(t *testing.T, text string) {
	t.Helper()
	for _, c := range text {
		code := string(c)
		switch c {
		case '\n':
			code = "ret"
		case '↓':
			code = "down"
		}
		b.do(t, "send-key", map[string]any{"keys": []map[string]string{{"type": "qcode", "data": code}}, "hold-time": 60})
		// The emulated keyboard takes one key at a time, and tells nobody when
		// it has been read.
		time.Sleep(250 * time.Millisecond)
	}
}

// starts waits until the machine has fetched the installer's kernel.
func starts(t *testing.T, v *server, b *box) {
	t.Helper()
	within(t, time.Minute, func() (bool, string) {
		return happened(v.events(t), "fetched", "linux"), "the kernel was not fetched; the serial line:\n" + tail(blankLines.ReplaceAllString(b.console(t), "\n"), 60)
	})
}

// TestShortMenus: the real loaders show the whole menu on their serial line,
// and a hot key starts its entry.
func TestShortMenus(t *testing.T) {
	need(t, "ip", "qemu-system-x86_64")
	for _, c := range []struct {
		name, loader string
		uefi         bool
		keys         string // that start the entry with hot key d
		words        []string
	}{
		{"BIOS-PXELINUX", "pxelinux", false, "d\n", []string{"D) Install it's $HOME & more", "Press [Tab] to edit options"}},
		{"BIOS-iPXE", "ipxe", false, "d", []string{"D) Install it_s _HOME _ more"}},
		{"UEFI-iPXE", "ipxe", true, "d", []string{"D) Install it_s _HOME _ more"}},
		{"UEFI-GRUB", "grub", true, "d", []string{"GNU GRUB", "D) Install it's $HOME & more"}},
		{"UEFI-GRUB-of-a-medium", "grub", true, "d", []string{"GNU GRUB", "D) Install it's $HOME & more"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			medium := bareTree(t)
			if iso, ok := testISO(); c.name == "UEFI-GRUB-of-a-medium" {
				if !ok {
					t.Skip("needs a medium with shim and GRUB: SEEDBED_TEST_ISO, or make medium")
				}
				medium = iso
			}
			v := tapServer(t, medium, "loader: "+c.loader+menuSettings)
			var more []string
			if c.name == "BIOS-iPXE" {
				more = onSerial
			}
			b := powerOn(t, v.space, "eth1", c.uefi, more...)
			words := append(c.words, "Boot from local disk", "Installers", "For this machine alone")
			if c.loader != "grub" { // it has no place for a title
				words = append(words, "Rack A1")
			}
			b.shows(t, b.console, menuLimit, words...)
			if strings.Contains(b.console(t), "For another machine") {
				t.Error("an entry for another machine is shown")
			}
			if happened(v.events(t), "fetched", "linux") {
				t.Fatal("an installer was started without being picked")
			}
			b.press(t, c.keys)
			starts(t, v, b)
			if byTFTP := strings.Contains(v.log.String(), `/boot/netboot/linux`); byTFTP && c.name == "UEFI-GRUB-of-a-medium" {
				t.Error("a GRUB that has HTTP fetched the kernel by TFTP")
			}
		})
	}
}

// TestShortMenuPasswords: each loader asks, takes no wrong password, and starts
// the entry by the right one. PXELINUX and GRUB check it; for iPXE the server does.
func TestShortMenuPasswords(t *testing.T) {
	need(t, "ip", "qemu-system-x86_64", "openssl", "grub-mkpasswd-pbkdf2")
	crypt := output1(t, "", "openssl", "passwd", "-6", menuPassword)
	words := strings.Fields(output1(t, menuPassword+"\n"+menuPassword+"\n", "grub-mkpasswd-pbkdf2", "-c", "1000"))
	locked := strings.Replace(menuSettings, "  timeout: 0s\n", "  timeout: 0s\n  password: "+crypt+"\n  grub-password: "+words[len(words)-1]+"\n", 1)
	for _, c := range []struct {
		name, loader string
		uefi         bool
		wrong, right string
		asks         []string // what it says before it is told, one a try
	}{
		{"BIOS-PXELINUX", "pxelinux", false, "d\nwrong\n", "d\n" + menuPassword + "\n", []string{"Password required"}},
		{"UEFI-GRUB", "grub", true, "dseedbed\nwrong\n", "dseedbed\n" + menuPassword + "\n", []string{"Enter username:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := tapServer(t, bareTree(t), "loader: "+c.loader+locked)
			b := powerOn(t, v.space, "eth1", c.uefi)
			b.shows(t, b.console, menuLimit, "Boot from local disk", "D) Install")
			b.press(t, c.wrong[:1])
			if strings.HasPrefix(c.wrong, "d\n") {
				b.press(t, "\n")
				c.wrong = c.wrong[1:]
			}
			b.shows(t, b.console, time.Minute, c.asks...)
			b.press(t, c.wrong[1:])
			b.shows(t, func(t *testing.T) string { return after(b.console(t), c.asks[0]) }, time.Minute, "D) Install")
			if happened(v.events(t), "fetched", "linux") {
				t.Fatal("a wrong password started the installer")
			}
			b.press(t, c.right)
			starts(t, v, b)
		})
	}
	t.Run("BIOS-iPXE", func(t *testing.T) {
		v := tapServer(t, bareTree(t), "loader: ipxe"+locked)
		b := powerOn(t, v.space, "eth1", false, onSerial...)
		b.shows(t, b.console, menuLimit, "Rack A1", "Boot from local disk", "D) Install")
		b.press(t, "d")
		b.shows(t, b.console, time.Minute, "Username:", "Password:")
		b.press(t, "\nwrong\n") // the name stands there already
		b.shows(t, b.console, time.Minute, "Not started")
		b.shows(t, func(t *testing.T) string { return after(b.console(t), "Not started") }, time.Minute, "D) Install")
		if happened(v.events(t), "fetched", "linux") {
			t.Fatal("a wrong password started the installer")
		}
		b.press(t, "d")
		b.shows(t, func(t *testing.T) string { return after(b.console(t), "Not started") }, time.Minute, "Password:")
		b.press(t, "\n"+menuPassword+"\n")
		starts(t, v, b)
		if log := v.log.String() + b.console(t); strings.Contains(log, menuPassword) || strings.Contains(log, base64.StdEncoding.EncodeToString([]byte("seedbed:"+menuPassword))) {
			t.Error("the password is on the screen or in the log")
		}
	})
}

// after is what stands behind the last occurrence of words.
func after(text, words string) string {
	return text[max(0, strings.LastIndex(text, words)):]
}

// output1 is a program's output with the blanks at its ends removed.
func output1(t *testing.T, in string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// TestShortMenuSecureBoot: with Secure Boot on, the host's signed shim and GRUB
// show the menu, and GRUB refuses a kernel that nobody signed.
func TestShortMenuSecureBoot(t *testing.T) {
	need(t, "ip", "qemu-system-x86_64")
	const code, vars = "/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"
	b, err := os.ReadFile(vars)
	if _, err2 := os.Stat(code); err != nil || err2 != nil {
		t.Skip("needs UEFI firmware with Microsoft's keys (OVMF): run tools/setup e2e")
	}
	v := tapServer(t, bareTree(t), "loader: grub"+menuSettings)
	box := powerOn(t, v.space, "eth1", false, "-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "virtio-net-pci.romfile=",
		"-drive", "if=pflash,format=raw,readonly=on,file="+code, "-drive", "if=pflash,format=raw,file="+write(t, scratch(t), "vars.fd", string(b)))
	box.shows(t, box.console, menuLimit, "GNU GRUB", "Boot from local disk", "Installers", "D) Install it's $HOME & more")
	box.press(t, "d")
	box.shows(t, box.console, time.Minute, "bad shim signature")
	starts(t, v, box)
}
