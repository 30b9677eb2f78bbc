package install

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

var t0 = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// shelf is a store in memory that can be told to refuse.
type shelf struct {
	mu    sync.Mutex
	kept  map[int64]Attempt
	saves int
	err   error
}

func (s *shelf) SaveAttempt(a Attempt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if s.kept == nil {
		s.kept = map[int64]Attempt{}
	}
	s.kept[a.ID] = a
	s.saves++
	return nil
}

func armed(t *testing.T) (*Ledger, *shelf, Attempt) {
	t.Helper()
	s := &shelf{}
	l := NewLedger(nil, s)
	a, err := l.Arm("node1", "debian", "debian-13", t0)
	if err != nil {
		t.Fatal(err)
	}
	return l, s, a
}

func rom(step Step) Event { return Event{Step: step, Firmware: machine.BIOS} }

// feed observes events a second apart and returns the last state.
func feed(t *testing.T, l *Ledger, events ...Event) Attempt {
	t.Helper()
	var a Attempt
	for i, e := range events {
		if e.At.IsZero() {
			e.At = t0.Add(time.Duration(i+1) * time.Second)
		}
		e.Machine = "node1"
		var err error
		if a, _, err = l.Observe(e); err != nil {
			t.Fatalf("event %d (%s): %v", i, e.Step, err)
		}
	}
	return a
}

func TestTheEventsOfABootLeadToAState(t *testing.T) {
	tests := map[string]struct {
		events []Event
		state  State
		boots  int
	}{
		"armed, and nothing heard":                     {nil, Waiting, 0},
		"an old system renewing its lease is no boot":  {[]Event{{Step: Sighted}, {Step: Addressed}, {Step: Offered}}, Waiting, 0},
		"firmware asks":                                {[]Event{rom(Sighted)}, Booting, 1},
		"a boot file is loaded unheard":                {[]Event{{Step: Loaded, Path: "pxelinux.0"}}, Booting, 1},
		"one boot asks many times":                     {[]Event{rom(Sighted), rom(Decided), rom(Offered), rom(Sighted), rom(Offered), {Step: Loaded}, {Step: Sighted, Firmware: machine.IPXE}, {Step: Scripted}, {Step: Sighted, Firmware: machine.IPXE}, {Step: Fetched}}, Booting, 1},
		"the answer file is taken":                     {[]Event{rom(Sighted), {Step: Fetched}, {Step: Answered}}, Installing, 1},
		"the installer asks for an address":            {[]Event{rom(Sighted), {Step: Answered}, {Step: Sighted}, {Step: Offered}, {Step: Fetched}}, Installing, 1},
		"the installer speaks":                         {[]Event{{Step: Reported, Text: "hello"}}, Installing, 0},
		"firmware asks while installing: another boot": {[]Event{rom(Sighted), {Step: Answered}, rom(Sighted), rom(Sighted), rom(Offered)}, Booting, 2},
		"firmware asks after it had the kernel":        {[]Event{rom(Sighted), {Step: Scripted}, {Step: Fetched}, rom(Sighted), rom(Sighted)}, Booting, 2},
		"the callback ends it":                         {[]Event{rom(Sighted), {Step: Answered}, {Step: Installed}}, Done, 1},
		"nothing reopens an installed one":             {[]Event{rom(Sighted), {Step: Installed}, rom(Sighted), {Step: Loaded}, {Step: Answered}, {Step: Reported, Failed: true}}, Done, 1},
		"the installer fails":                          {[]Event{rom(Sighted), {Step: Answered}, {Step: Reported, Failed: true, Text: "no disk"}}, Failed, 1},
		"a failed one is not retried by booting":       {[]Event{rom(Sighted), {Step: Reported, Failed: true}, rom(Sighted)}, Failed, 1},
		"a person repaired the failed install":         {[]Event{rom(Sighted), {Step: Reported, Failed: true}, {Step: Installed}}, Done, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l, s, _ := armed(t)
			feed(t, l, tt.events...)
			a, ok := l.Current("node1")
			if !ok || a.State != tt.state || a.Boots != tt.boots {
				t.Errorf("state %s, %d boots; want %s, %d", a.State, a.Boots, tt.state, tt.boots)
			}
			if s.kept[a.ID].State != a.State {
				t.Errorf("stored as %s, is %s", s.kept[a.ID].State, a.State)
			}
			_, should, why := l.ShouldInstall("node1")
			if should != !tt.state.Over() || why == "" {
				t.Errorf("ShouldInstall: %v (%s)", should, why)
			}
		})
	}
}

func TestBytesAndFilesAreSummed(t *testing.T) {
	l, _, _ := armed(t)
	a := feed(t, l, rom(Sighted), Event{Step: Loaded, Path: "pxelinux.0", Bytes: 100}, Event{Step: Fetched, Path: "linux", Bytes: 1000}, Event{Step: Fetched, Path: "gone", Failed: true})
	if a.Bytes != 1100 || a.Files != 2 || !a.Started.Equal(t0.Add(time.Second)) || a.LastStep != Fetched {
		t.Errorf("got %+v", a)
	}
	// An event that comes late does not turn the last one back.
	late := Event{Step: Loaded, Path: "menu.c32", Bytes: 5, At: t0.Add(time.Second), Machine: "node1"}
	if a, _, _ = l.Observe(late); a.LastStep != Fetched || a.Bytes != 1105 {
		t.Errorf("after a late event: %+v", a)
	}
}

func TestAQuestionIsOpenUntilItIsAnswered(t *testing.T) {
	ask := Event{Step: Reported, Question: "netcfg/get_nameservers"}
	tests := map[string]struct {
		then Event
		open string
	}{
		"other log lines leave it open":  {Event{Step: Reported, Text: "dhcp renewed"}, ask.Question},
		"a file fetched leaves it open":  {Event{Step: Fetched}, ask.Question},
		"its answer closes it":           {Event{Step: Reported, Question: ask.Question, Answered: true}, ""},
		"another takes its place":        {Event{Step: Reported, Question: "passwd/root-password"}, "passwd/root-password"},
		"another boot makes it go":       {rom(Sighted), ""},
		"the end of the install as well": {Event{Step: Installed}, ""},
		"and so does its failure":        {Event{Step: Reported, Failed: true, Text: "menu item failed"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l, _, _ := armed(t)
			a := feed(t, l, Event{Step: Answered}, ask, tt.then)
			if a.Question != tt.open || a.Asked.IsZero() != (tt.open == "") {
				t.Errorf("open: %q since %v, want %q", a.Question, a.Asked, tt.open)
			}
			if want := "menu item failed (it had asked netcfg/get_nameservers)"; a.State == Failed && a.Why != want {
				t.Errorf("it failed because %q, want %q", a.Why, want)
			}
		})
	}
}

func TestTheEndIsOnDiskOrIsNot(t *testing.T) {
	l, s, armed := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Answered})
	s.err = fault.New(fault.Unavailable, "make room", "the disk is full")
	end := Event{At: t0.Add(time.Hour), Machine: "node1", Attempt: armed.ID, Step: Installed}
	a, changed, err := l.Observe(end)
	if fault.KindOf(err) != fault.Unavailable || changed || a.State != Installing {
		t.Fatalf("with a full disk: %s, changed %v, err %v", a.State, changed, err)
	}
	if _, should, _ := l.ShouldInstall("node1"); !should {
		t.Error("the end was taken for true without being on disk")
	}
	s.err = nil
	if a, changed, err = l.Observe(end); err != nil || !changed || a.State != Done || s.kept[armed.ID].State != Done {
		t.Fatalf("said again: %s, changed %v, err %v", a.State, changed, err)
	}
	if _, changed, err = l.Observe(end); err != nil || changed {
		t.Errorf("said a third time: changed %v, err %v", changed, err)
	}
	if !s.kept[armed.ID].Ended.Equal(end.At) {
		t.Error("its end has another time")
	}
}

func TestOtherEventsCountAlsoWhenTheyCannotBeStored(t *testing.T) {
	l, s, _ := armed(t)
	s.err = errors.New("disk full")
	a, changed, err := l.Observe(Event{At: t0, Machine: "node1", Step: Sighted, Firmware: machine.UEFI})
	if err == nil || !changed || a.State != Booting {
		t.Fatalf("%s, changed %v, err %v", a.State, changed, err)
	}
	s.err = nil
	l.Sweep(t0.Add(10*time.Second), Limits{})
	if s.kept[a.ID].State != Booting {
		t.Error("not stored after the disk had room again")
	}
}

func TestCountersAreNotSavedWithEachFile(t *testing.T) {
	l, s, _ := armed(t)
	feed(t, l, Event{Step: Answered})
	before := s.saves
	for i := range 400 {
		feed(t, l, Event{Step: Fetched, Bytes: 1, At: t0.Add(time.Minute + time.Duration(i)*10*time.Millisecond)})
	}
	if n := s.saves - before; n > 2 {
		t.Errorf("400 files in 4 seconds cost %d saves", n)
	}
	l.Sweep(t0.Add(2*time.Minute), Limits{})
	if a := s.kept[1]; a.Bytes != 400 {
		t.Errorf("stored %d bytes, want 400", a.Bytes)
	}
}

func TestArmingEndsTheOpenAttempt(t *testing.T) {
	l, s, first := armed(t)
	second, err := l.Arm("node1", "debian", "debian-13", t0.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	old, _ := l.ByToken(first.Token)
	if old.State != Failed || old.Why != "a new attempt was armed" || s.kept[first.ID].State != Failed {
		t.Errorf("the first one: %s, %q", old.State, old.Why)
	}
	if cur, _ := l.Current("node1"); cur.ID != second.ID || second.ID == first.ID || second.Token == first.Token || len(second.Token) < 22 {
		t.Errorf("current %d, second %d, token %q", cur.ID, second.ID, second.Token)
	}
	// The old installer's callback says nothing about the new attempt.
	if a, changed, err := l.Observe(Event{At: t0.Add(time.Hour), Machine: "node1", Attempt: first.ID, Step: Installed}); changed || err != nil || a.State != Failed {
		t.Errorf("late callback: %s, %v, %v", a.State, changed, err)
	}
	if cur, _ := l.Current("node1"); cur.State != Waiting {
		t.Errorf("the new attempt is %s", cur.State)
	}
	if len(l.All()) != 2 {
		t.Errorf("%d attempts", len(l.All()))
	}
	s.err = errors.New("disk full")
	if _, err := l.Arm("node2", "debian", "debian-13", t0); err == nil {
		t.Error("armed without being stored")
	}
	if _, ok := l.Current("node2"); ok {
		t.Error("an attempt exists that was not stored")
	}
}

func TestSilenceStallsAndAnySignBringsBack(t *testing.T) {
	l, s, _ := armed(t)
	if got := l.Sweep(t0.Add(1000*time.Hour), Limits{}); len(got) != 0 {
		t.Errorf("a waiting attempt stalled: %v", got)
	}
	feed(t, l, rom(Sighted), Event{Step: Loaded, Text: "sent \"pxelinux.0\""})
	if got := l.Sweep(t0.Add(2*time.Second+5*time.Minute-1), Limits{}); len(got) != 0 {
		t.Error("stalled too early")
	}
	got := l.Sweep(t0.Add(2*time.Second+5*time.Minute), Limits{})
	if len(got) != 1 || got[0].State != Stalled || got[0].Why != `silent for 5m0s since loaded: sent "pxelinux.0"` {
		t.Fatalf("got %+v", got)
	}
	if s.kept[1].State != Stalled {
		t.Error("not stored as stalled")
	}
	if got := l.Sweep(t0.Add(time.Hour), Limits{}); len(got) != 0 {
		t.Error("stalled twice")
	}
	if _, should, _ := l.ShouldInstall("node1"); !should {
		t.Error("a stalled machine may not try again")
	}
	if a := feed(t, l, Event{Step: Fetched, At: t0.Add(2 * time.Hour)}); a.State != Booting || a.Why != "" {
		t.Errorf("after a sign: %s, %q", a.State, a.Why)
	}
	feed(t, l, Event{Step: Reported, Question: "mirror/bad", At: t0.Add(2 * time.Hour)})
	got = l.Sweep(t0.Add(2*time.Hour+time.Minute), Limits{Installing: time.Minute})
	if len(got) != 1 || !strings.Contains(got[0].Why, "asks mirror/bad") {
		t.Fatalf("got %+v", got)
	}
	if a := feed(t, l, Event{Step: Fetched, At: t0.Add(3 * time.Hour)}); a.State != Installing {
		t.Errorf("after a sign: %s", a.State)
	}
}

func TestALedgerGoesOnAfterARestart(t *testing.T) {
	l, s, a := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Answered})
	again := NewLedger([]Attempt{s.kept[a.ID]}, s)
	if got, ok := again.ByToken(a.Token); !ok || got.State != Installing {
		t.Errorf("%v, %s", ok, got.State)
	}
	b, err := again.Arm("node2", "p", "i", t0)
	if err != nil || b.ID != a.ID+1 {
		t.Errorf("the next attempt is %d (%v)", b.ID, err)
	}
	if _, ok := again.ByToken(""); ok {
		t.Error("an empty token opens an attempt")
	}
	if _, should, why := again.ShouldInstall("stranger"); should || why == "" {
		t.Error("a machine without an attempt is installed")
	}
	if a, changed, err := again.Observe(Event{Machine: "stranger", Step: Sighted}); a.ID != 0 || changed || err != nil {
		t.Error("an event of a machine without attempts changed something")
	}
}

func TestManyMachinesAtOnce(t *testing.T) {
	l := NewLedger(nil, &shelf{})
	var wg sync.WaitGroup
	for i := range 8 {
		name := string(rune('a' + i))
		wg.Go(func() {
			_, _ = l.Arm(name, "p", "i", t0)
			for range 200 {
				_, _, _ = l.Observe(Event{Machine: name, Step: Fetched, Bytes: 1, At: t0})
				l.All()
				l.Sweep(t0, Limits{})
			}
		})
	}
	wg.Wait()
	for _, a := range l.All() {
		if a.Bytes != 200 {
			t.Errorf("%s has %d bytes", a.Machine, a.Bytes)
		}
	}
}
