package machine

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	macA  = MAC{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}
	macB  = MAC{0, 0x0c, 0x29, 0x83, 0xd1, 0xd2}
	uuidA = "564d273c-0102-0304-0506-070883d1d100"
)

func rom(mac MAC, uuid string) Sighting {
	return Sighting{At: noon, MAC: mac, UUID: uuid, Arch: ArchX64, HasArch: true, Firmware: UEFI}
}

func TestMACAddressIsReadInEveryUsualForm(t *testing.T) {
	for _, s := range []string{"00:0c:29:83:d1:d1", "00:0C:29:83:D1:D1", "00-0c-29-83-d1-d1", "000c.2983.d1d1", "000c2983d1d1"} {
		if m, err := ParseMAC(s); err != nil || m != macA {
			t.Errorf("%q: %v, %v", s, m, err)
		}
	}
	for _, s := range []string{"", "00:0c:29:83:d1", "00:0c:29:83:d1:d1:d1", "node1", "gg:0c:29:83:d1:d1", "00 0c 29 83 d1 d1"} {
		if m, err := ParseMAC(s); err == nil {
			t.Errorf("%q was taken for %v", s, m)
		}
	}
	if macA.String() != "00:0c:29:83:d1:d1" || macA.Hyphened() != "00-0c-29-83-d1-d1" {
		t.Errorf("%s %s", macA, macA.Hyphened())
	}
}

func TestMachineSurvivesJSON(t *testing.T) {
	m := Machine{Name: "node1", MACs: []MAC{macA, macB}, UUID: uuidA, Address: netip.MustParseAddr("192.0.2.14"), Firmware: UEFI, Arch: ArchX64, FirstSeen: noon}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back Machine
	if err := json.Unmarshal(b, &back); err != nil || back.MACs[1] != macB || back.Address != m.Address || !back.FirstSeen.Equal(noon) {
		t.Errorf("%s: %+v, %v", b, back, err)
	}
}

func TestArchitectureNamesCPUAndFirmware(t *testing.T) {
	for a, want := range map[Arch]struct {
		cpu string
		fw  Firmware
	}{
		ArchBIOS: {"amd64", BIOS}, ArchX64: {"amd64", UEFI}, ArchEBC: {"amd64", UEFI}, ArchIA32: {"i386", UEFI}, ArchARM64: {"arm64", UEFI},
		ArchARM32: {"armhf", UEFI}, ArchX64HTTP: {"amd64", UEFIHTTP}, ArchARM64HTTP: {"arm64", UEFIHTTP}, Arch(0x1b): {"", UEFI},
	} {
		if a.CPU() != want.cpu || a.Firmware() != want.fw {
			t.Errorf("architecture %d: %q %q", a, a.CPU(), a.Firmware())
		}
	}
}

func TestNewMachineIsNamedByItsMACAndRememberedOnce(t *testing.T) {
	r := NewRoster(nil)
	m, fresh := r.Identify(rom(macA, uuidA))
	if m.Name != "m-000c2983d1d1" || !fresh || m.Firmware != UEFI || m.Arch != ArchX64 || m.UUID != uuidA || !m.FirstSeen.Equal(noon) || m.Declared {
		t.Errorf("%+v, %v", m, fresh)
	}
	later := rom(macA, uuidA)
	later.At = noon.Add(time.Minute)
	if m, fresh = r.Identify(later); fresh || !m.LastSeen.Equal(later.At) || !m.FirstSeen.Equal(noon) {
		t.Errorf("seen again: %+v, %v", m, fresh)
	}
}

func TestLaptopThatOnlyWantsAnAddressIsNoMachine(t *testing.T) {
	r := NewRoster(nil)
	if m, fresh := r.Identify(Sighting{At: noon, MAC: macA}); fresh || m.Name != "" || len(r.All()) != 0 {
		t.Errorf("%+v, %v, %v", m, fresh, r.All())
	}
	// Its installer is known by what its ROM was.
	r.Identify(rom(macA, ""))
	if m, fresh := r.Identify(Sighting{At: noon, MAC: macA}); fresh || m.Name != "m-000c2983d1d1" || m.Firmware != UEFI {
		t.Errorf("%+v, %v", m, fresh)
	}
}

func TestDeclaredMachineIsFoundByAnyMACOrItsUUID(t *testing.T) {
	r := NewRoster(nil)
	r.Declare([]Machine{{Name: "node1", MACs: []MAC{macA, macB}, Profile: "debian"}, {Name: "node2", UUID: uuidA}})
	for mac, want := range map[MAC]string{macA: "node1", macB: "node1"} {
		if m, _ := r.Identify(rom(mac, "")); m.Name != want {
			t.Errorf("%s is %q", mac, m.Name)
		}
	}
	m, fresh := r.Identify(rom(MAC{2, 0, 0, 0, 0, 9}, uuidA))
	if m.Name != "node2" || !fresh || m.MAC() != (MAC{2, 0, 0, 0, 0, 9}) {
		t.Errorf("by its UUID: %+v, %v", m, fresh)
	}
	if m, ok := r.ByMAC(MAC{2, 0, 0, 0, 0, 9}); !ok || m.Name != "node2" {
		t.Errorf("its MAC was not learnt: %+v", m)
	}
}

func TestMACCountsBeforeTheUUID(t *testing.T) {
	// Boards of one maker that all say the same UUID stay apart.
	r := NewRoster(nil)
	r.Declare([]Machine{{Name: "node1", MACs: []MAC{macA}}, {Name: "node2", MACs: []MAC{macB}}})
	r.Identify(rom(macA, uuidA))
	if m, _ := r.Identify(rom(macB, uuidA)); m.Name != "node2" {
		t.Errorf("got %q", m.Name)
	}
}

func TestForcedFirmwareStays(t *testing.T) {
	r := NewRoster(nil)
	r.Declare([]Machine{{Name: "node1", MACs: []MAC{macA}, Firmware: BIOS}})
	if m, _ := r.Identify(rom(macA, "")); m.Firmware != BIOS {
		t.Errorf("the settings' %s became %s", BIOS, m.Firmware)
	}
	r.Declare([]Machine{{Name: "node2", MACs: []MAC{macB}}})
	r.Identify(rom(macB, ""))
	if m, _ := r.Identify(Sighting{At: noon, MAC: macB, Firmware: IPXE, Arch: ArchBIOS, HasArch: true}); m.Arch != ArchX64 {
		t.Errorf("iPXE's word on the architecture was taken for the ROM's: %d", m.Arch)
	}
}

func TestNewSettingsKeepWhatWasSeen(t *testing.T) {
	r := NewRoster(nil)
	r.Identify(rom(macA, uuidA))
	r.Declare([]Machine{{Name: "node1", MACs: []MAC{macA}, Profile: "debian"}})
	m, ok := r.Get("node1")
	if !ok || !m.Declared || m.UUID != uuidA || m.Arch != ArchX64 || m.Firmware != UEFI || !m.FirstSeen.Equal(noon) {
		t.Errorf("%+v", m)
	}
	if _, ok := r.Get("m-000c2983d1d1"); ok {
		t.Error("the machine is there twice")
	}
	r.Declare(nil)
	if m, ok = r.Get("00:0c:29:83:d1:d1"); !ok || m.Name != "m-000c2983d1d1" || m.Declared || m.Profile != "" {
		t.Errorf("no longer declared: %+v, %v", m, ok)
	}
	if all := r.All(); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}

func TestRememberedMachinesAreThereAtTheStart(t *testing.T) {
	r := NewRoster([]Machine{{Name: "m-000c2983d1d1", MACs: []MAC{macA}, UUID: uuidA, FirstSeen: noon}})
	if m, fresh := r.Identify(Sighting{At: noon.Add(time.Hour), MAC: macA}); fresh || m.Name != "m-000c2983d1d1" || !m.FirstSeen.Equal(noon) {
		t.Errorf("%+v, %v", m, fresh)
	}
}

func TestBoardsThatShareAUUIDStayTwoMachines(t *testing.T) {
	r := NewRoster(nil)
	dummy := "03000200-0400-0500-0006-000700080009"
	a, _ := r.Identify(Sighting{MAC: MAC{2, 0, 0, 0, 0, 1}, UUID: dummy, Firmware: UEFI, HasArch: true, Arch: ArchX64})
	b, _ := r.Identify(Sighting{MAC: MAC{2, 0, 0, 0, 0, 2}, UUID: dummy, Firmware: UEFI, HasArch: true, Arch: ArchX64})
	if a.Name == b.Name {
		t.Errorf("two boards became one machine: %s", a.Name)
	}
}

func TestUUIDOfTheSettingsNamesAMachineOfAnyCard(t *testing.T) {
	r := NewRoster(nil)
	id := "5eedbed0-0000-4000-8000-5254005eed01"
	r.Declare([]Machine{{Name: "node1", UUID: id}})
	m, _ := r.Identify(Sighting{MAC: MAC{2, 0, 0, 0, 0, 9}, UUID: id, Firmware: BIOS, HasArch: true})
	if m.Name != "node1" {
		t.Errorf("it was taken for %s", m.Name)
	}
}

func TestADeclaredMachineIsKnownByItsClientIDOrItsPort(t *testing.T) {
	r := NewRoster(nil)
	port := Port{Circuit: "ge-0/0/7", Remote: "sw1"}
	r.Declare([]Machine{{Name: "byid", ClientID: "serial-7"}, {Name: "atport", Port: port}, {Name: "fixed", MACs: []MAC{{2, 9}}}})
	is := func(outcome string, s Sighting, want string) {
		t.Helper()
		s.Firmware = BIOS
		if m, _ := r.Identify(s); m.Name != want {
			t.Errorf("%s: it is %q, want %q", outcome, m.Name, want)
		}
	}
	is("by client-id", Sighting{MAC: MAC{2, 1}, ClientID: []byte("serial-7")}, "byid")
	is("and from then on by its MAC", Sighting{MAC: MAC{2, 1}}, "byid")
	is("at the port", Sighting{MAC: MAC{2, 2}, Port: port}, "atport")
	is("another box at the port", Sighting{MAC: MAC{2, 3}, Port: port}, "atport")
	is("whose MAC the settings name", Sighting{MAC: MAC{2, 9}, Port: port}, "fixed")
	is("met elsewhere before", Sighting{MAC: MAC{2, 4}}, "m-020400000000")
	is("and then plugged in there", Sighting{MAC: MAC{2, 4}, Port: port}, "atport")
	if m, ok := r.Get("m-020400000000"); ok {
		t.Errorf("it is still known as %+v", m)
	}
	is("a neighbour", Sighting{MAC: MAC{2, 5}, Port: Port{Circuit: "ge-0/0/8", Remote: "sw1"}}, "m-020500000000")
}
