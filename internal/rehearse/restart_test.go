package rehearse

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/rehearse/report"
	"seedbed/internal/rehearse/vm"
)

func TestWhichPanicsAreFalseStarts(t *testing.T) {
	const fault = "Kernel panic - not syncing: Fatal exception in interrupt"
	for _, c := range []struct {
		name     string
		accel    string
		heard    bool
		restarts int
		panic    string
		want     bool
	}{
		{"emulated, nothing heard", "tcg", false, 0, fault, true},
		{"a second time", "tcg", false, 1, fault, true},
		{"a third time", "tcg", false, 2, fault, false},
		{"a real processor", "kvm", false, 0, fault, false},
		{"the installer was heard", "tcg", true, 0, fault, false},
		{"no root file system", "tcg", false, 0, "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", false},
		{"no init", "tcg", false, 0, "Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.", false},
		{"init was killed by a signal", "tcg", false, 0, "Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b", true},
		{"init gave up", "tcg", false, 0, "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100", false},
		{"too little memory", "tcg", false, 0, "Kernel panic - not syncing: System is deadlocked on memory", false},
	} {
		if got := falseStart(c.accel, c.heard, c.restarts, c.panic); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhoWasHeard(t *testing.T) {
	for _, c := range []struct {
		name string
		e    install.Event
		want bool
	}{
		{"firmware asks for an address", install.Event{Step: install.Sighted, Firmware: machine.BIOS}, false},
		{"iPXE asks for an address", install.Event{Step: install.Sighted, Firmware: machine.IPXE}, false},
		{"a loader asks for the initrd", install.Event{Step: install.Fetched, Text: "initrd.gz"}, false},
		{"an installer asks for an address", install.Event{Step: install.Sighted}, true},
		{"an installer asks for its answers", install.Event{Step: install.Answered}, true},
		{"an installer logs", install.Event{Step: install.Reported}, true},
	} {
		if got := heardOf(c.e); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// down is a machine that has gone down.
type down struct{ guest }

func (down) Done() <-chan struct{} {
	ended := make(chan struct{})
	close(ended)
	return ended
}

// A machine that panics is started anew twice; what is noted of it keeps out
// of the stages of the start that counts.
func TestRestartsAreNotedAndEnd(t *testing.T) {
	r := &run{Options: Options{Say: func(time.Duration, install.Step, string) {}, Log: slog.New(slog.DiscardHandler)}, start: time.Now().Add(-30 * time.Second), boot: 1,
		events: make(chan install.Event), console: vm.NewConsole(nil, nil)}
	r.result = report.Result{Accel: "tcg", Firmware: "bios", Took: time.Minute, Stages: []report.Stage{{At: 2 * time.Second, Step: install.Loaded, Text: "pxelinux.0", Boot: 1}}}
	v := down{}
	const line = "Kernel panic - not syncing: Fatal exception"
	for i := range mostRestarts {
		if err := r.panicked(v, line); err != errAgain || r.result.Why != "" {
			t.Fatalf("start %d: %v, %q", i+1, err, r.result.Why)
		}
	}
	if err := r.panicked(v, line); err != nil || r.result.Why != "its kernel gave up: "+line {
		t.Fatalf("the last start: %v, %q", err, r.result.Why)
	}
	if r.result.Questions != 0 || len(r.result.Restarts) != mostRestarts {
		t.Errorf("%d questions, restarts %+v", r.result.Questions, r.result.Restarts)
	}
	if spans := r.result.Spans(); len(spans) != 0 {
		t.Errorf("the false start's stages are counted: %+v", spans)
	}
	from := r.result.Restarts[mostRestarts-1].At
	r.result.Stages = append(r.result.Stages, report.Stage{At: from + 3*time.Second, Step: install.Loaded, Text: "pxelinux.0", Boot: 1})
	if spans := r.result.Spans(); len(spans) != 1 || spans[0].Took != 3*time.Second {
		t.Errorf("spans after the restart: %+v", spans)
	}
	var page, junit bytes.Buffer
	if err := r.result.HTML(&page); err != nil {
		t.Fatal(err)
	}
	if err := r.result.JUnit(&junit); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "<dt>restarted</dt>"); n != mostRestarts || !strings.Contains(page.String(), "false start") {
		t.Errorf("the page notes %d restarts", n)
	}
	if n := strings.Count(junit.String(), ", boot 1: "+line); n != mostRestarts {
		t.Errorf("JUnit notes %d restarts:\n%s", n, junit.String())
	}
}

func TestPanicIsSeen(t *testing.T) {
	if got := panicked([]string{"[    6.8] CR2: 0", "[    6.806310] Kernel panic - not syncing: Fatal exception in interrupt", "[   17.8] Kernel Offset: disabled"}); got != "Kernel panic - not syncing: Fatal exception in interrupt" {
		t.Errorf("got %q", got)
	}
	if got := panicked([]string{"d-i: what is a kernel panic?", "panic=-1"}); got != "" {
		t.Errorf("got %q", got)
	}
}
