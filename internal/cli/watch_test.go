package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/core/machine"
	"seedbed/internal/wire/api"
)

var updateScreens = flag.Bool("update-screens", false, "write the golden screens anew")

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.Local)

func row(name string, a *install.Attempt, done float64, left time.Duration) api.Machine {
	m := api.Machine{Machine: machine.Machine{Name: name}, Attempt: a}
	if a != nil {
		m.Standing = &api.Standing{Outlook: install.Outlook{Done: done, Left: left}}
		if a.Question != "" {
			q := book.Explained(a.Question)
			m.Standing.Asks = &q
		}
	}
	return m
}

func fleet() []api.Machine {
	return []api.Machine{
		row("node1", &install.Attempt{ID: 7, Profile: "debian", State: install.Installing, LastStep: install.Fetched, LastText: "images/debian-13/pool/main/b/bash/bash_5.2.37-2_amd64.deb", Files: 210, Packages: 190, Bytes: 321_000_000, Boots: 1}, 0.41, 6*time.Minute),
		row("node2", &install.Attempt{ID: 8, Profile: "debian", State: install.Installing, Question: "netcfg/get_nameservers", Asked: noon.Add(-40 * time.Second), Boots: 1}, 0.13, 0),
		row("node3", &install.Attempt{State: install.Stalled, StalledIn: install.Booting, Why: "silent for 5m0s since loaded: pxelinux.0"}, 0.05, 11*time.Minute),
		row("node4", &install.Attempt{State: install.Done, Ended: noon.Add(-3 * time.Hour)}, 1, 0),
		row("node5", &install.Attempt{State: install.Waiting}, 0, 0),
		row("stranger\x1b[31m", nil, 0, 0),
	}
}

func screen(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *updateScreens {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s (-update-screens takes it over): got\n%swant\n%s", name, got, want)
	}
}

func TestTheTableOfMachinesIsAsRecorded(t *testing.T) {
	screen(t, "watch.golden", machinesScreen(fleet(), noon, 160, 24))
}

func TestTheTableOfMachinesOnANarrowTerminal(t *testing.T) {
	all := append(fleet(), row("機械機械機械機械", &install.Attempt{State: install.Failed, Why: "磁盘太小"}, 0.5, 0))
	screen(t, "watch-narrow.golden", machinesScreen(all, noon, 40, 24))
}

func TestATimelineIsAsRecorded(t *testing.T) {
	events := []install.Event{
		{At: noon.Add(-5 * time.Minute), Machine: "node2", Step: install.Offered, Text: "192.0.2.14, pxelinux.0"},
		{At: noon.Add(-4 * time.Minute), Machine: "node2", Step: install.Fetched, Text: "linux", Bytes: 8_000_000},
	}
	screen(t, "watch-node2.golden", machineScreen(fleet()[1], events, noon, 100, 24))
}

// Whatever the terminal's size and whatever clients sent, a screen fits.
func TestAScreenFitsTheTerminal(t *testing.T) {
	var many []api.Machine
	for range 50 {
		many = append(many, fleet()...)
		many = append(many, row("機械機械機械機械機械", &install.Attempt{State: install.Failed, Why: `the installer says "磁盘\u009b2J太小"` + "\u009b\u202e"}, 0.5, 0))
	}
	events := make([]install.Event, 300)
	for i := range events {
		events[i] = install.Event{At: noon, Step: install.Reported, Text: strings.Repeat("\x1b[2Jlong ", 40)}
	}
	for _, width := range []int{1, 20, 40, 80, 200} {
		for _, height := range []int{1, 2, 5, 24, 60} {
			for name, text := range map[string]string{"table": machinesScreen(many, noon, width, height), "timeline": machineScreen(many[1], events, noon, width, height)} {
				lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
				if len(lines) > max(1, height-1) {
					t.Errorf("%s at %dx%d: %d lines", name, width, height, len(lines))
				}
				for _, l := range lines {
					if cells(l) > width || strings.ContainsAny(l, "\x1b\u009b\u202e") {
						t.Errorf("%s at %dx%d: %q", name, width, height, l)
					}
				}
			}
		}
	}
	if text := machinesScreen(many, noon, 80, 24); !strings.Contains(text, "more") || !strings.Contains(text, "node2") {
		t.Errorf("the urgent ones come first, the rest is counted:\n%s", text)
	}
}
