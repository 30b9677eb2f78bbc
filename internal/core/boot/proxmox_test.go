package boot

import (
	"io"
	"strings"
	"testing"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// told is what Proxmox's installer posts of a machine with these cards, as
// proxmox-auto-install-assistant system-info prints it.
func told(macs ...string) string {
	var cards []string
	for i, m := range macs {
		cards = append(cards, `{"link":"eno`+string(rune('1'+i))+`","mac":"`+m+`"}`)
	}
	return `{"$schema":{"version":"1.0"},"product":{"fullname":"Proxmox VE","product":"pve","enable_btrfs":true},"iso":{"release":"9.1","isorelease":"1"},` +
		`"dmi":{"system":{"serial":"","uuid":"564d273c-0102-0304-0506-070883d1d100"},"baseboard":{},"chassis":{}},"network_interfaces":[` + strings.Join(cards, ",") + `]}`
}

// proxmoxBench has node1 and node2 with profile pve, which answers.
func proxmoxBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(nil)
	withMedia(t, b, "iso", "", "proxmox-ve-9", "proxmox-ve-8")
	set := b.Settings()
	for _, key := range []string{"proxmox-ve-9", "proxmox-ve-8"} {
		p := set.Profiles[key]
		p.Install = &answer.Install{RootPassword: "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3Jk"}
		set.Profiles[key] = p
	}
	set.Order = append(set.Order, "proxmox-ve-9")
	b.Use(set)
	b.Roster.Declare([]machine.Machine{{Name: "node1", MACs: []machine.MAC{mac1, {2, 0, 0, 0, 0, 1}}, Profile: "proxmox-ve-9"},
		{Name: "node2", MACs: []machine.MAC{{2, 0, 0, 0, 0, 2}}, Profile: "proxmox-ve-9"}, {Name: "node3", MACs: []machine.MAC{{2, 0, 0, 0, 0, 3}}, Profile: "debian"}})
	return b
}

func (b *bench) post(path, body, from string) (string, Content, error) {
	c, err := b.shelf.Open(Asked{At: noon, Path: path, Client: ip(from), Place: place, Posted: true, Body: []byte(body)})
	if err != nil {
		return "", c, err
	}
	text, err := io.ReadAll(io.NewSectionReader(c.Body, 0, c.Size))
	return string(text), c, err
}

func TestProxmoxIsAnsweredByItsCards(t *testing.T) {
	b := proxmoxBench(t)
	d := b.DecideScript(b.node1(t), noon, place)
	if ipxe := string(d.Text(script.IPXE, place)); !strings.Contains(ipxe, " proxmox-start-auto-installer ") || strings.Contains(ipxe, "/answer/") {
		t.Errorf("its installer is started by:\n%s", ipxe)
	}
	att, _ := b.ledger.Current("node1")
	for _, body := range []string{told(mac1.String()), told("02:00:00:00:00:01"), told("00:11:22:33:44:55", strings.ToUpper(mac1.String())), told("no mac", mac1.String())} {
		for _, from := range []string{client, "192.0.2.99"} { // leased by this server, or by another
			text, c, err := b.post("/answer/proxmox", body, from)
			if err != nil || !strings.Contains(text, `fqdn = "node1.`) || !strings.Contains(text, "/events/"+att.Token+"/installed") {
				t.Fatalf("%s: %v\n%s", body, err, text)
			}
			if !c.Secret || c.Name != "answer.toml" || c.Event.Step != install.Answered || c.Event.Machine != "node1" || c.Event.Attempt != att.ID || strings.Contains(c.Event.Path, att.Token) {
				t.Errorf("%+v", c)
			}
		}
	}
	// The attempt's own address is another way there.
	if text, _, err := b.post("/answer/"+att.Token+"/answer.toml", told(), client); err != nil || !strings.Contains(text, "node1") {
		t.Error(err)
	}
}

func TestWhoGetsNoAnswersOfProxmox(t *testing.T) {
	b := proxmoxBench(t)
	b.DecideScript(b.node1(t), noon, place)
	for _, c := range []struct {
		outcome, body, from string
		kind                fault.Kind
	}{
		{"no JSON", "hello", client, fault.Invalid},
		{"nothing", "", client, fault.Invalid},
		{"a list", "[1]", client, fault.Invalid},
		{"no cards", told(), client, fault.NotFound},
		{"unknown cards", told("00:11:22:33:44:55"), client, fault.NotFound},
		{"cards of two machines", told(mac1.String(), "02:00:00:00:00:02"), client, fault.Conflict},
		{"another machine's address", told("02:00:00:00:00:02"), client, fault.Conflict},
		{"a machine that no installer was started on", told("02:00:00:00:00:02"), "192.0.2.99", fault.NotFound},
		{"a machine with another installer", told("02:00:00:00:00:03"), "192.0.2.99", fault.NotFound},
	} {
		if c.outcome == "a machine with another installer" {
			m, _ := b.Roster.Get("node3")
			b.DecideScript(m, noon, place)
		}
		if _, _, err := b.post("/answer/proxmox", c.body, c.from); fault.KindOf(err) != c.kind {
			t.Errorf("%s: %v", c.outcome, err)
		}
	}
	if _, _, err := b.get("/answer/proxmox"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("by GET: %v", err)
	}
	b.ledger.Observe(install.Event{At: noon, Machine: "node1", Step: install.Installed})
	if _, _, err := b.post("/answer/proxmox", told(mac1.String()), client); fault.KindOf(err) != fault.NotFound {
		t.Errorf("after its end: %v", err)
	}
}

func TestProxmoxWithoutAPreparedMediumIsNotStarted(t *testing.T) {
	b := proxmoxBench(t)
	m := b.node1(t)
	m.Profile = "proxmox-ve-8"
	if d := b.DecideScript(m, noon, place); d.Kind != LocalDisk || !strings.Contains(d.Why, "not prepared") {
		t.Errorf("%+v", d)
	}
	m.Profile = ""
	for _, e := range b.DecideScript(m, noon, place).Menu.Entries {
		if strings.HasPrefix(e.Label, "proxmox") {
			t.Errorf("the menu offers %s, whose installer would not be told that it was picked", e.Label)
		}
	}
}
