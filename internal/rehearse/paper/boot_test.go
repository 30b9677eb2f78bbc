package paper

import (
	"fmt"
	"strings"
	"testing"

	"seedbed/internal/core/answer/secret"
	"seedbed/internal/core/install"
)

const wired = `
interfaces: [eth1]
subnets:
  - {network: 192.0.2.0/24, pools: [192.0.2.100-192.0.2.120], gateway: 192.0.2.1, dns: [192.0.2.1], domain: example.org}
`

const one = wired + `
profiles:
  debian:
    image: debian-13
    install: {root-password: "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3Jk"}
machines:
  - {name: node1, mac: "00:0c:29:83:d1:d1", address: 192.0.2.14, profile: debian}
`

// From power-on to the end of the install, and the network boot after it.
func TestEveryFirmwareInstallsOnceAndThenBootsItsDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		rom      ROM
		cpu      string
		settings string
	}{
		{"bios", BIOS, "amd64", one},
		{"bios-ipxe", BIOS, "amd64", one + "loader: ipxe\n"},
		{"uefi-x64", X64, "amd64", one},
		{"uefi-x64-ipxe", X64, "amd64", one + "loader: ipxe\n"},
		{"uefi-arm64", ARM64, "arm64", one},
		{"uefi-http", HTTP, "amd64", one},
		{"ipxe", IPXE, "amd64", one},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "192.0.2.150/24", c.settings, imported(t, "debian-13", medium(t, c.cpu)))
			m := s.box(c.rom)
			first := boot(t, m)
			if first.Kernel == 0 {
				t.Fatalf("no installer was started; so far:\n%s", m.Transcript())
			}
			if err := m.Install(t.Context(), first.Args); err != nil {
				t.Fatalf("%v; so far:\n%s", err, m.Transcript())
			}
			if second := boot(t, m); !second.Disk {
				t.Errorf("an installed machine does not boot its disk but %s", second)
			}
			if !s.saw(install.Installed, "") {
				t.Error("the end of the install was not reported")
			}
			matches(t, c.name+".txt", m.Transcript())
		})
	}
}

func TestUnknownMachineIsLeftAloneWhereTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	s := serve(t, "192.0.2.150/24", wired+"unknown-machines: ignore\n")
	m := s.box(BIOS)
	m.Patience = 500_000_000
	if o := boot(t, m); o.Disk || o.Kernel > 0 || !strings.Contains(o.Why, "no offer") {
		t.Errorf("got: %s", o)
	}
	if !s.saw(install.Decided, "ignore") {
		t.Errorf("why nothing was offered is not told: %+v", s.events)
	}
}

func TestProfilePickedFromTheMenuIsInstalledOnce(t *testing.T) {
	t.Parallel()
	for _, rom := range []ROM{BIOS, X64, IPXE} {
		t.Run(string(rom), func(t *testing.T) {
			t.Parallel()
			settings := strings.Replace(one, ", profile: debian}", "}", 1)
			s := serve(t, "192.0.2.150/24", settings, imported(t, "debian-13", medium(t, "amd64")))
			m := s.box(rom)
			if o := boot(t, m); !o.Disk {
				t.Errorf("a menu that nobody touches ends in %s, not in the disk", o)
			}
			m.Pick = "debian"
			o := boot(t, m)
			if o.Kernel == 0 {
				t.Fatalf("no installer was started; so far:\n%s", m.Transcript())
			}
			if err := m.Install(t.Context(), o.Args); err != nil {
				t.Fatalf("%v; so far:\n%s", err, m.Transcript())
			}
			if !s.saw(install.Installed, "") {
				t.Error("the end of the install was not reported")
			}
			m.Pick = ""
			if o := boot(t, m); !o.Disk {
				t.Errorf("afterwards it does not boot its disk but %s", o)
			}
			matches(t, "pick-"+string(rom)+".txt", m.Transcript())
		})
	}
}

// What iPXE's person types is checked by the server: a wrong password leads
// back to the menu, the right one to the installer.
func TestIPXEMenuAsksForThePassword(t *testing.T) {
	t.Parallel()
	const right = "open: sesame/%@"
	hash, err := secret.Hash(right)
	if err != nil {
		t.Fatal(err)
	}
	settings := strings.Replace(one, ", profile: debian}", "}", 1) + "menu: {password: " + hash + "}\n"
	s := serve(t, "192.0.2.150/24", settings, imported(t, "debian-13", medium(t, "amd64")))
	m := s.box(IPXE)
	m.Pick, m.Passwords = "debian", []string{"wrong", right}
	o := boot(t, m)
	if o.Kernel == 0 {
		t.Fatalf("no installer was started; so far:\n%s", m.Transcript())
	}
	if err := m.Install(t.Context(), o.Args); err != nil {
		t.Fatalf("%v; so far:\n%s", err, m.Transcript())
	}
	matches(t, "password-ipxe.txt", m.Transcript())
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, "sesame") || strings.Contains(text, "wrong") {
			t.Errorf("an event tells a password: %s", text)
		}
	}
}

func TestMachineWithoutLoaderForItIsNotLedAstray(t *testing.T) {
	t.Parallel()
	// An image for amd64 and a host with iPXE for it alone: arm64 gets no
	// boot file that it cannot run.
	s := serve(t, "192.0.2.150/24", one, imported(t, "debian-13", medium(t, "amd64")))
	m := s.box(ARM64)
	m.Patience = 500_000_000
	if o := boot(t, m); o.Kernel > 0 || strings.Contains(m.Transcript(), "x64") {
		t.Errorf("got %s:\n%s", o, m.Transcript())
	}
}

func TestMenuThatInstallsByDefaultDoesSoOnce(t *testing.T) {
	t.Parallel()
	settings := strings.Replace(one, ", profile: debian}", "}", 1) + "menu: {default: debian}\n"
	s := serve(t, "192.0.2.150/24", settings, imported(t, "debian-13", medium(t, "amd64")))
	m := s.box(BIOS)
	o := boot(t, m)
	if o.Kernel == 0 {
		t.Fatalf("the menu's default was not started; so far:\n%s", m.Transcript())
	}
	if err := m.Install(t.Context(), o.Args); err != nil {
		t.Fatalf("%v; so far:\n%s", err, m.Transcript())
	}
	if o := boot(t, m); !o.Disk {
		t.Errorf("an install loop: afterwards it %s", o)
	}
}
