package machine

import (
	"maps"
	"testing"
)

// New settings, or a restart, that say the same of a machine change nothing
// for it: its cards were learned from the wire.
func TestAMachineKnownByAnythingButItsMACStaysItselfWithNewSettings(t *testing.T) {
	id, port := "5eedbed0-0000-4000-8000-5254005eed01", Port{Circuit: "ge-0/0/7", Remote: "sw1"}
	declared := []Machine{{Name: "byuuid", UUID: id, Profile: "debian"}, {Name: "byid", ClientID: "serial-7", Profile: "debian"}, {Name: "atport", Port: port, Profile: "debian"}}
	seen := map[string]Sighting{
		"byuuid": {MAC: MAC{2, 0, 0, 0, 0, 9}, UUID: id, Firmware: BIOS, HasArch: true},
		"byid":   {MAC: MAC{2, 0, 0, 0, 0, 8}, ClientID: []byte("serial-7"), Firmware: BIOS, HasArch: true},
		"atport": {MAC: MAC{2, 0, 0, 0, 0, 7}, Port: port, Firmware: BIOS, HasArch: true},
	}
	r := NewRoster(nil)
	r.Declare(declared)
	for name, s := range seen {
		if m, _ := r.Identify(s); m.Name != name {
			t.Fatalf("at first %s is %q", name, m.Name)
		}
	}
	restarted := NewRoster(r.All())
	restarted.Declare(declared)
	r.Declare(declared)
	for what, r := range map[string]*Roster{"new settings": r, "a restart": restarted} {
		for name, s := range seen {
			// Of a client-id or port a restart remembers nothing until it is heard.
			if m, ok := r.ByMAC(s.MAC); (what == "new settings" || name == "byuuid") && (!ok || m.Name != name || m.Profile != "debian") {
				t.Errorf("after %s, by its card %s is %q with profile %q", what, name, m.Name, m.Profile)
			}
			if m, _ := r.Identify(s); m.Name != name || m.Profile != "debian" {
				t.Errorf("after %s, asking again %s is %q with profile %q", what, name, m.Name, m.Profile)
			}
		}
		if n := len(r.All()); n != 3 {
			t.Errorf("after %s there are %d machines", what, n)
		}
	}
}

func TestAUUIDThatSeveralBoardsShareTakesNoneOfThem(t *testing.T) {
	id := "5eedbed0-0000-4000-8000-5254005eed01"
	r := NewRoster(nil)
	for i := range 2 {
		r.Identify(Sighting{MAC: MAC{2, 0, 0, 0, 0, byte(i)}, UUID: id, Firmware: BIOS, HasArch: true})
	}
	r.Declare([]Machine{{Name: "node1", UUID: id}})
	for i := range 2 {
		if m, _ := r.ByMAC(MAC{2, 0, 0, 0, 0, byte(i)}); m.Declared {
			t.Errorf("board %d is %s", i, m.Name)
		}
	}
}

// What goes by a machine's name must learn of its new one, and of no other.
func TestANewNameIsTold(t *testing.T) {
	a, b := MAC{2, 0, 0, 0, 0, 1}, MAC{2, 0, 0, 0, 0, 2}
	for name, c := range map[string]struct {
		before, after []Machine
		want          map[string]string
	}{
		"nothing new":                   {[]Machine{{Name: "node1", MACs: []MAC{a}}}, []Machine{{Name: "node1", MACs: []MAC{a}}}, nil},
		"renamed":                       {[]Machine{{Name: "node1", MACs: []MAC{a}}}, []Machine{{Name: "web1", MACs: []MAC{a}}}, map[string]string{"node1": "web1"}},
		"taken out":                     {[]Machine{{Name: "node1", MACs: []MAC{a}}}, nil, map[string]string{"node1": "m-020000000001"}},
		"another board under the name":  {[]Machine{{Name: "node1", MACs: []MAC{a}}}, []Machine{{Name: "node1", MACs: []MAC{b}}}, nil},
		"two that changed their names":  {[]Machine{{Name: "node1", MACs: []MAC{a}}, {Name: "node2", MACs: []MAC{b}}}, []Machine{{Name: "node1", MACs: []MAC{b}}, {Name: "node2", MACs: []MAC{a}}}, map[string]string{"node1": "node2", "node2": "node1"}},
		"renamed, its old name is used": {[]Machine{{Name: "node1", MACs: []MAC{a}}}, []Machine{{Name: "web1", MACs: []MAC{a}}, {Name: "node1", MACs: []MAC{b}}}, map[string]string{"node1": "web1"}},
		"a card that becomes a machine": {[]Machine{{Name: "node1", MACs: []MAC{a, b}}}, []Machine{{Name: "web1", MACs: []MAC{b}}, {Name: "node1", MACs: []MAC{a}}}, nil},
	} {
		r := NewRoster(nil)
		r.Declare(c.before)
		if got := r.Declare(c.after); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	r := NewRoster(nil)
	r.Identify(Sighting{MAC: a, Firmware: BIOS, HasArch: true})
	if got := r.Declare([]Machine{{Name: "node1", MACs: []MAC{a}}}); got["m-020000000001"] != "node1" {
		t.Errorf("one met on the wire gets a name: %v", got)
	}
}

func TestWhatADeclaredMachineBootsByIsKnownAndForcesNothing(t *testing.T) {
	declared := []Machine{{Name: "node1", MACs: []MAC{{2, 1}}}}
	r := NewRoster(nil)
	r.Declare(declared)
	for _, f := range []Firmware{BIOS, UEFI} {
		m, fresh := r.Identify(Sighting{At: noon, MAC: MAC{2, 1}, Firmware: f, HasArch: true})
		if m.Seen != f || !fresh || m.Firmware != NoFirmware {
			t.Errorf("seen as %q, forced to %q, worth remembering: %v; want %q", m.Seen, m.Firmware, fresh, f)
		}
	}
	r.Identify(Sighting{At: noon, MAC: MAC{2, 1}, Firmware: IPXE, HasArch: true})
	r.Declare(declared)
	if m, _ := r.Get("node1"); m.Seen != UEFI {
		t.Errorf("after new settings it was seen as %q", m.Seen)
	}
}
