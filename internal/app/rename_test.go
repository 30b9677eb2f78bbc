package app

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
)

// A name that went over to another board takes nothing of that board's back to
// the one that had it before, across a restart too.
func TestARenamingIsOverOnceItIsDone(t *testing.T) {
	const settings = "interfaces: [lo]\nsubnets:\n  - {network: 192.0.2.0/24, pools: [192.0.2.10-192.0.2.20]}\n"
	const before = settings + "machines:\n  - {name: node1, mac: '02:00:00:00:00:01'}\n"
	after := strings.ReplaceAll(before, "node1", "web1") + "  - {name: node1, mac: '02:00:00:00:00:02'}\n"
	dir := t.TempDir()
	start := func(text string) *App {
		t.Helper()
		c, err := config.Parse("seedbed.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		a, err := Open(Options{Config: c, State: dir, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := start(before)
	a.desk.Identify(machine.Sighting{At: time.Now(), MAC: machine.MAC{2, 0, 0, 0, 0, 1}, Firmware: machine.BIOS, HasArch: true})
	a.Close()
	a = start(after)
	armed, err := a.ledger.Arm("node1", "debian", "debian-13", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	a = start(after)
	defer a.Close()
	if at, ok := a.Attempt("node1"); !ok || at.ID != armed.ID {
		t.Errorf("node1 has attempt %d (%v)", at.ID, ok)
	}
	if at, ok := a.Attempt("web1"); ok || at.State != install.State("") {
		t.Errorf("web1 would be installed by attempt %d, which was armed for node1", at.ID)
	}
}
