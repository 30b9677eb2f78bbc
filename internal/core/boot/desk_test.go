package boot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// sees is a sighting of node1 with that architecture and firmware.
func sees(a machine.Arch, f machine.Firmware) machine.Sighting {
	return machine.Sighting{At: noon, MAC: mac1, Arch: a, HasArch: true, Firmware: f}
}

func TestGoalOfAMachine(t *testing.T) {
	stranger := machine.Machine{Name: "m-02", MACs: []machine.MAC{{2}}}
	for _, c := range []struct {
		outcome string
		change  func(*Settings)
		before  func(*testing.T, *bench)
		machine *machine.Machine // node1 when nil
		kind    Kind
		why     string
	}{
		{outcome: "a machine with a profile is installed", kind: Script, why: "attempt 1 is waiting"},
		{outcome: "an installed machine boots its disk", kind: LocalDisk, why: "has installed it",
			before: func(t *testing.T, b *bench) { b.installed(t, "node1") }},
		{outcome: "one armed again is installed again", kind: Script, why: "attempt 2 is waiting",
			before: func(t *testing.T, b *bench) {
				b.installed(t, "node1")
				if _, err := b.ledger.Arm("node1", "debian", "debian-13", noon); err != nil {
					t.Fatal(err)
				}
			}},
		{outcome: "one whose install failed is not erased again by itself", kind: LocalDisk, why: "failed",
			before: func(t *testing.T, b *bench) {
				if _, err := b.ledger.Arm("node1", "debian", "debian-13", noon); err != nil {
					t.Fatal(err)
				}
				b.ledger.Observe(install.Event{At: noon, Machine: "node1", Step: install.Reported, Failed: true, Text: "no disk"})
			}},
		{outcome: "an image that is gone leaves the machine its disk", kind: LocalDisk, why: "image debian-13 is not in the catalogue",
			before: func(_ *testing.T, b *bench) { b.Catalogue.Drop("debian-13") }},
		{outcome: "an attempt that cannot be recorded leaves the machine its disk", kind: LocalDisk, why: "disk full",
			before: func(_ *testing.T, b *bench) {
				b.Attempts = install.NewLedger(nil, forgetful{errors.New("disk full")})
			}},
		{outcome: "an image without a network installer leaves the machine its disk", kind: LocalDisk, why: "no kernel that can be booted",
			before: func(_ *testing.T, b *bench) {
				i, _ := b.Catalogue.Get("debian-13")
				i.Netboot = false
				b.Catalogue.Put(i)
			}},
		{outcome: "an unknown machine is shown the menu", machine: &stranger, kind: Menu, why: "no profile"},
		{outcome: "an unknown machine with ignore gets nothing", machine: &stranger, kind: Ignore, why: "ignore",
			change: func(s *Settings) { s.Unknown = "ignore" }},
		{outcome: "an unknown machine with a profile is installed", machine: &stranger, kind: Script, why: "waiting",
			change: func(s *Settings) { s.Unknown = "debian" }},
		{outcome: "a manual profile shows the menu", kind: Menu, why: "manual",
			change: func(s *Settings) { s.Profiles["debian"] = s.Profiles["manual"] }},
		{outcome: "a profile that left the settings shows the menu", kind: Menu, why: "not in the settings",
			change: func(s *Settings) { delete(s.Profiles, "debian") }},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			b := newBench(c.change)
			if c.before != nil {
				c.before(t, b)
			}
			m := b.node1(t)
			if c.machine != nil {
				m = *c.machine
			}
			d := b.DecideScript(m, noon, place)
			if d.Kind != c.kind || !strings.Contains(d.Why, c.why) {
				t.Errorf("got %s: %s", d.Kind, d.Why)
			}
			if again := b.DecideScript(m, noon, place); again.Kind != d.Kind || again.Attempt != d.Attempt {
				t.Errorf("asked again it is %s, attempt %d, and was %s, attempt %d", again.Kind, again.Attempt, d.Kind, d.Attempt)
			}
			fw := b.Decide(m, sees(machine.ArchBIOS, machine.BIOS), place)
			if want := map[bool]Kind{true: Ignore, false: Loader}[c.kind == Ignore]; fw.Kind != want || fw.Why != d.Why {
				t.Errorf("its firmware is told %s: %s", fw.Kind, fw.Why)
			}
		})
	}
}

func TestWhoIsNoFirmwareGetsAnAddressOnly(t *testing.T) {
	b := newBench(nil)
	if d := b.Decide(b.node1(t), machine.Sighting{At: noon, MAC: mac1}, place); d.Kind != Ignore || d.BootFile != "" {
		t.Errorf("got %+v", d)
	}
	if _, armed := b.ledger.Current("node1"); armed {
		t.Error("an installed system that renews its address armed an install")
	}
}

func TestLoaderForEachFirmware(t *testing.T) {
	script := "http://192.0.2.150/boot/01-" + mac1.Hyphened() + "/boot.ipxe"
	for _, c := range []struct {
		arch machine.Arch
		fw   machine.Firmware
		pref string
		want string
	}{
		{machine.ArchBIOS, machine.BIOS, "auto", "pxelinux.0"},
		{machine.ArchBIOS, machine.BIOS, "ipxe", "undionly.kpxe"},
		{machine.ArchBIOS, machine.BIOS, "grub", "pxelinux.0"},
		{machine.ArchX64, machine.UEFI, "auto", "boot/debian-13/bootnetx64.efi"},
		{machine.ArchX64, machine.UEFI, "pxelinux", "boot/debian-13/bootnetx64.efi"},
		{machine.ArchX64, machine.UEFI, "ipxe", "snponly.efi"},
		{machine.ArchEBC, machine.UEFI, "auto", "boot/debian-13/bootnetx64.efi"},
		{machine.ArchARM64, machine.UEFI, "auto", "boot/debian-13-arm64/bootnetaa64.efi"},
		{machine.ArchARM64, machine.UEFI, "ipxe", "snponly-arm64.efi"},
		{machine.ArchX64HTTP, machine.UEFIHTTP, "auto", "http://192.0.2.150/boot/debian-13/bootnetx64.efi"},
		{machine.ArchX64HTTP, machine.UEFIHTTP, "ipxe", "http://192.0.2.150/snponly.efi"},
		{machine.ArchBIOS, machine.IPXE, "auto", script},
		{machine.ArchX64, machine.IPXE, "auto", script},
		{machine.ArchARM64, machine.IPXE, "ipxe", script},
		{machine.ArchX64, machine.IPXE, "grub", "boot/debian-13/bootnetx64.efi"},
		{machine.ArchARM32, machine.UEFI, "auto", ""},
		{machine.Arch(0x1b), machine.UEFI, "ipxe", ""},
	} {
		b := newBench(func(s *Settings) { s.Loader = c.pref })
		d := b.Decide(b.node1(t), sees(c.arch, c.fw), place)
		if d.BootFile != c.want {
			t.Errorf("%s, architecture %d, loader %s: boot file %q, want %q (%s: %s)", c.fw, c.arch, c.pref, d.BootFile, c.want, d.Kind, d.Why)
		}
		if c.want == "" && (d.Kind != Ignore || !strings.Contains(d.Why, "no boot loader")) {
			t.Errorf("architecture %d: %s: %s", c.arch, d.Kind, d.Why)
		}
	}
}

// Every combination: what one firmware cannot run is never offered to it.
func TestNoFirmwareIsOfferedWhatItCannotRun(t *testing.T) {
	forced := []string{"", "/pxelinux.0", "undionly.kpxe", "undionly.kkpxe", "ipxe.efi", "snponly-arm64.efi", "ipxe-x86_64.efi", "shimx64.efi", "http://192.0.2.9/menu.ipxe"}
	archs := map[machine.Arch][]machine.Firmware{
		machine.ArchBIOS: {machine.BIOS, machine.IPXE}, machine.ArchX64: {machine.UEFI, machine.IPXE}, machine.ArchEBC: {machine.UEFI, machine.IPXE},
		machine.ArchARM64: {machine.UEFI, machine.IPXE}, machine.ArchIA32: {machine.UEFI, machine.IPXE}, machine.ArchARM32: {machine.UEFI},
		machine.ArchX64HTTP: {machine.UEFIHTTP}, machine.ArchARM64HTTP: {machine.UEFIHTTP},
	}
	biosOnly := func(f string) bool {
		return strings.HasSuffix(f, ".0") || strings.HasSuffix(f, ".kpxe") || strings.HasSuffix(f, ".kkpxe")
	}
	for _, pref := range []string{"auto", "ipxe", "pxelinux", "grub"} {
		b := newBench(func(s *Settings) { s.Loader = pref })
		for a, firmwares := range archs {
			for _, fw := range firmwares {
				for _, force := range forced {
					p := place
					p.Subnet = &lease.Subnet{BootFile: force}
					f := b.Decide(b.node1(t), sees(a, fw), p).BootFile
					at := fmt.Sprintf("%s, architecture %d, loader %s, boot-file %q: offered %q", fw, a, pref, force, f)
					bios := a == machine.ArchBIOS
					switch {
					case !bios && biosOnly(f):
						t.Error("a BIOS loader to UEFI:", at)
					case bios && strings.HasSuffix(f, ".efi"):
						t.Error("a UEFI loader to BIOS:", at)
					case fw == machine.IPXE && isIPXE(f[strings.LastIndex(f, "/")+1:]):
						t.Error("iPXE again to iPXE:", at)
					case fw != machine.IPXE && strings.HasSuffix(f, ".ipxe"):
						t.Error("a script to a ROM:", at)
					case fw == machine.UEFIHTTP && f != "" && !strings.HasPrefix(f, "http://"):
						t.Error("no URL to HTTP Boot:", at)
					}
				}
			}
		}
	}
}

func TestSettingsOfTheSubnetWinOverOurChoice(t *testing.T) {
	b := newBench(nil)
	p := place
	p.Subnet = &lease.Subnet{BootFile: "/pxelinux.0", NextServer: ip("192.0.2.9")}
	d := b.Decide(b.node1(t), sees(machine.ArchBIOS, machine.BIOS), p)
	if d.BootFile != "/pxelinux.0" || d.NextServer != ip("192.0.2.9") {
		t.Errorf("got %q from %s", d.BootFile, d.NextServer)
	}
	d = b.Decide(b.node1(t), sees(machine.ArchX64, machine.UEFI), p)
	if d.BootFile != "boot/debian-13/bootnetx64.efi" {
		t.Errorf("UEFI is forced to %q", d.BootFile)
	}
}

func TestHostWithoutLoadersSaysSo(t *testing.T) {
	b := newBench(nil)
	b.Loaders = hostWith()
	d := b.Decide(b.node1(t), sees(machine.ArchBIOS, machine.BIOS), place)
	if d.Kind != Ignore || !strings.Contains(d.Why, "no boot loader for bios on amd64") {
		t.Errorf("got %s: %s", d.Kind, d.Why)
	}
}

func TestMenuListsWhatCanBeBooted(t *testing.T) {
	b := newBench(func(s *Settings) { s.Default = "manual" })
	m := machine.Machine{Name: "m-02", MACs: []machine.MAC{{2}}}
	labels := func() (out []string) {
		for _, e := range b.DecideScript(m, noon, place).Menu.Entries {
			out = append(out, e.Label)
		}
		return out
	}
	if got := labels(); !slices.Equal(got, []string{"local", "", "debian", "manual", "arm"}) {
		t.Errorf("got %q", got)
	}
	b.Catalogue.Drop("debian-13")
	if got := labels(); !slices.Equal(got, []string{"local", "", "arm"}) {
		t.Errorf("with its image gone: %q", got)
	}
	if d := b.DecideScript(m, noon, place).Menu; d.Default != "manual" && d.Default != "local" {
		t.Errorf("default %q", d.Default)
	}
}

func TestMenuGoesToTheDiskOnceTheMachineIsInstalled(t *testing.T) {
	b := newBench(func(s *Settings) { s.Default = "debian" })
	m := machine.Machine{Name: "m-02", MACs: []machine.MAC{{2}}}
	if d := b.DecideScript(m, noon, place); d.Menu.Default != "debian" {
		t.Errorf("at first the default is %q", d.Menu.Default)
	}
	b.installed(t, "m-02")
	if d := b.DecideScript(m, noon, place); d.Menu.Default != script.LocalLabel {
		t.Errorf("afterwards the default is %q: an install loop", d.Menu.Default)
	}
}

func TestMenuFollowsTheSettings(t *testing.T) {
	other := machine.Machine{Name: "m-02", MACs: []machine.MAC{{2}}}
	for _, c := range []struct {
		outcome string
		change  func(*Settings)
		want    string // labels and titles; - is a separator, the default has a star
	}{
		{"all profiles by themselves", func(*Settings) {}, "local* - debian manual arm"},
		{"without those that are hidden", func(s *Settings) { s.Hide = []string{"manual", "debian"} }, "local* - arm"},
		{"in the order given", func(s *Settings) {
			s.Items = []MenuItem{{Profile: "arm"}, {Separator: true}, {Local: true}}
		}, "arm - local*"},
		{"the local disk is never missing", func(s *Settings) { s.Items = []MenuItem{{Profile: "arm"}}; s.Default = "arm" }, "local arm*"},
		{"an entry for other machines is not shown", func(s *Settings) {
			s.Items = []MenuItem{{Local: true}, {Profile: "arm", Machines: []string{"node1"}}, {Profile: "manual", Machines: []string{"m-02"}}}
		}, "local* manual"},
		{"separators with nothing between them are one", func(s *Settings) {
			s.Items = []MenuItem{{Separator: true}, {Local: true}, {Separator: true}, {Profile: "arm", Machines: []string{"node1"}}, {Separator: true}, {Profile: "manual"}, {Separator: true}}
		}, "local* - manual"},
		{"a default that is not shown is the local disk", func(s *Settings) { s.Hide, s.Default = []string{"arm"}, "arm" }, "local* - debian manual"},
		{"a profile without its image is not shown", func(s *Settings) { s.Items = []MenuItem{{Profile: "gone"}, {Profile: "arm"}} }, "local* arm"},
		{"nothing twice", func(s *Settings) {
			s.Items = []MenuItem{{Local: true}, {Profile: "arm", Title: "first"}, {Profile: "arm", Title: "second"}}
		}, "local* arm=first"},
		{"words alone", func(s *Settings) { s.Items = []MenuItem{{Local: true}, {Title: "Installers"}, {Profile: "arm"}} }, "local* =Installers arm"},
	} {
		var got []string
		d := newBench(c.change).DecideScript(other, noon, place)
		for _, e := range d.Menu.Entries {
			s := e.Label
			switch {
			case e.Separator:
				s = "-"
			case e.Words() || e.Title == "first" || e.Title == "second":
				s += "=" + e.Title
			}
			if e.Label == d.Menu.Default {
				s += "*"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.outcome, s, c.want)
		}
	}
}

func TestFileNameThatNoLoaderCanBeToldIsNotBooted(t *testing.T) {
	for _, name := range []string{"vm linuz", "x\nLABEL evil", "a;b", "${net0/mac}", "-x", "a,b", "x#y"} {
		b := newBench(nil)
		img, _ := b.Catalogue.Get("debian-13")
		img.Files = append(img.Files[:0:0], img.Files...)
		img.Files[0].Path = "boot/" + name
		b.Catalogue.Put(img)
		if d := b.DecideScript(b.node1(t), noon, place); d.Kind != LocalDisk || !strings.Contains(d.Why, "cannot be told the file name") {
			t.Errorf("%q: %s, %s", name, d.Kind, d.Why)
		}
	}
}
