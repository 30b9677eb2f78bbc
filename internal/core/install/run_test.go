package install

import (
	"testing"
	"time"
)

// TestAServerThatWasAwayBlamesNobody: a silence while the server did not run is
// not the machine's, neither as a stall nor as what is learned.
func TestAServerThatWasAwayBlamesNobody(t *testing.T) {
	l, s, a := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Answered})
	back := t0.Add(3 * time.Hour)
	l = NewLedger([]Attempt{s.kept[a.ID]}, s)
	if got := l.Sweep(back, Limits{}); len(got) != 0 {
		t.Fatalf("two seconds after the restart: %+v", got)
	}
	if got := l.Sweep(back.Add(14*time.Minute), Limits{}); len(got) != 0 {
		t.Fatalf("within its time: %+v", got)
	}
	e := Event{Step: Reported, Text: "it goes on", Machine: "node1", At: back.Add(14 * time.Minute)}
	if now, _, _ := l.Observe(e); now.Silences.Installing != 14*time.Minute {
		t.Errorf("a silence of %s is learned", now.Silences.Installing)
	}
	if got := l.Sweep(back.Add(30*time.Minute), Limits{}); len(got) != 1 || got[0].State != Stalled {
		t.Errorf("silent for its whole time: %+v", got)
	}
}

func TestAClockThatIsSetBackHidesNoStall(t *testing.T) {
	l, s, a := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Answered})
	l = NewLedger([]Attempt{s.kept[a.ID]}, s) // its last event lies in the future now
	before := t0.Add(-24 * time.Hour)
	l.Sweep(before, Limits{})
	e := Event{Step: Fetched, Path: "images/x/a.deb", Text: "a.deb", Machine: "node1", At: before.Add(time.Minute)}
	if now, _, _ := l.Observe(e); now.LastStep != Fetched || !now.LastAt.Equal(e.At) {
		t.Errorf("what is heard now is not the last: %+v", now)
	}
	if got := l.Sweep(before.Add(17*time.Minute), Limits{}); len(got) != 1 {
		t.Errorf("silent for 16 minutes: %+v", got)
	}
}

// TestALongTransferIsNoSilence: it tells of itself, is counted once, and its
// bytes as they go.
func TestALongTransferIsNoSilence(t *testing.T) {
	l, _, _ := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Scripted, Path: "boot.ipxe"})
	at := t0.Add(time.Minute)
	part := Event{Step: Fetched, Path: "images/ubuntu.iso", Text: "ubuntu.iso", Machine: "node1", Bytes: 10 << 20, Partial: true}
	for range 360 { // half an hour
		at = at.Add(5 * time.Second)
		part.At = at
		l.Observe(part)
		if got := l.Sweep(at.Add(2*time.Second), Limits{}); len(got) != 0 {
			t.Fatalf("stalled while it loads: %+v", got)
		}
	}
	if a, _ := l.Current("node1"); a.Bytes != 3600<<20 || a.Files != 1 {
		t.Errorf("%d bytes and %d files on the way", a.Bytes>>20, a.Files)
	}
	end := part
	end.Partial, end.At, end.Bytes, end.Told = false, at.Add(time.Second), 3605<<20, 3600<<20
	if a, _, _ := l.Observe(end); a.Bytes != 3605<<20 || a.Files != 2 {
		t.Errorf("%d bytes and %d files at its end", a.Bytes>>20, a.Files)
	}
	if got := l.Sweep(at.Add(6*time.Minute), Limits{}); len(got) != 1 {
		t.Errorf("silent for more than five minutes: %+v", got)
	}
}

// TestWhatStillRunsIsNotTheNewAttempt: a machine is armed anew while its old
// installer runs; that one goes on, fails or finishes before somebody resets it.
func TestWhatStillRunsIsNotTheNewAttempt(t *testing.T) {
	old := map[string]Event{
		"its log goes on":    {Step: Reported, Text: "its log goes on"},
		"it fails":           {Step: Reported, Text: "menu item failed", Failed: true},
		"it finishes":        {Step: Installed, Text: "the installer's log says that it has finished"},
		"it loads a package": {Step: Fetched, Path: "images/debian/pool/a.deb"},
	}
	for name, e := range old {
		t.Run(name, func(t *testing.T) {
			l, s, _ := armed(t)
			feed(t, l, rom(Sighted), Event{Step: Answered})
			second, err := l.Arm("node1", "debian", "debian-13", t0.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // also after a restart of the server
				e.Machine, e.At = "node1", t0.Add(2*time.Minute)
				if a, _, _ := l.Observe(e); a.ID != second.ID || a.State != Waiting || a.Files != 0 {
					t.Errorf("the new attempt is %+v", a)
				}
				l = NewLedger([]Attempt{s.kept[1], s.kept[2]}, s)
			}
			// The machine is reset, and what is heard then counts.
			for _, e := range []Event{rom(Sighted), {Step: Scripted}, {Step: Fetched, Path: "boot/debian/linux"}, {Step: Answered}, {Step: Reported, Failed: true, Text: "no disk"}} {
				e.Machine, e.At = "node1", t0.Add(3*time.Minute)
				l.Observe(e)
			}
			if a, _ := l.Current("node1"); a.State != Failed {
				t.Errorf("after its own failure: %s", a.State)
			}
		})
	}
	// Its own callback counts always: it names the attempt.
	l, _, _ := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Answered})
	second, _ := l.Arm("node1", "debian", "debian-13", t0.Add(time.Minute))
	a, _, _ := l.Observe(Event{Step: Installed, Machine: "node1", Attempt: second.ID, At: t0.Add(2 * time.Minute)})
	if a.State != Done {
		t.Errorf("after its own callback: %s", a.State)
	}
}

// TestMachinesBehindOneAddressStayApart: two machines behind a router that
// hides them report by the address of their own attempt.
func TestMachinesBehindOneAddressStayApart(t *testing.T) {
	s := &shelf{}
	l := NewLedger(nil, s)
	a, _ := l.Arm("node1", "debian", "debian-13", t0)
	b, _ := l.Arm("node2", "debian", "debian-13", t0)
	for i, x := range []Attempt{a, b, a, b} {
		by, ok := l.ByToken(x.Token)
		if !ok || by.ID != x.ID {
			t.Fatalf("the token of %d is %d's", x.ID, by.ID)
		}
		step := Answered
		if i >= 2 {
			step = Reported
		}
		e := Event{Step: step, Machine: by.Machine, Attempt: by.ID, At: t0.Add(time.Duration(i) * time.Second)}
		if x.ID == b.ID && step == Reported {
			e.Failed, e.Text = true, "no disk"
		}
		l.Observe(e)
	}
	one, _ := l.Current("node1")
	two, _ := l.Current("node2")
	if one.State != Installing || two.State != Failed {
		t.Errorf("node1 %s, node2 %s", one.State, two.State)
	}
}

// TestAQuestionOutlivesTheServer: asked before a restart, answered after it.
func TestAQuestionOutlivesTheServer(t *testing.T) {
	const q = "netcfg/get_nameservers"
	for name, c := range map[string]struct {
		lines    []string
		answered bool
		asked    string
	}{
		"its answer":                {[]string{"<-- 0 ok"}, true, ""},
		"a request":                 {[]string{"--> GET netcfg/get_nameservers"}, true, ""},
		"another part of the log":   {},
		"another question at once":  {[]string{"--> INPUT critical passwd/root-password", "<-- 0 question will be asked", "--> GO"}, true, "passwd/root-password"},
		"progress, and its message": {[]string{"--> PROGRESS INFO base-installer/progress/x"}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var r LogReader
			r.Resume(q)
			if r.Question() != q {
				t.Fatalf("open: %q", r.Question())
			}
			answered, asked := false, ""
			tag := "debconf"
			if c.lines == nil {
				tag, c.lines = "kernel", []string{"usb 1-1: new device"}
			}
			for _, line := range c.lines {
				rep, _ := r.Read(tag, line)
				answered = answered || rep.Answered
				if rep.Asked {
					asked = rep.Question
				}
			}
			if answered != c.answered || asked != c.asked || r.Question() != c.asked && c.answered {
				t.Errorf("answered %v, asked %q, open %q", answered, asked, r.Question())
			}
		})
	}
}
