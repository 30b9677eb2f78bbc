package install

import (
	"strings"
	"testing"
	"time"
)

func at(d time.Duration) time.Time { return t0.Add(d) }

// run is an install of node1 that takes 10 minutes: 1 to boot, 4 to fetch 400
// MB of packages, the rest to set up; said with the given pause between signs.
func run(t *testing.T, l *Ledger, from time.Duration, upTo time.Duration) Attempt {
	t.Helper()
	var a Attempt
	see := func(d time.Duration, e Event) {
		if d > upTo {
			return
		}
		e.At, e.Machine = at(from+d), "node1"
		var err error
		if a, _, err = l.Observe(e); err != nil {
			t.Fatal(err)
		}
	}
	see(0, rom(Sighted))
	see(30*time.Second, Event{Step: Fetched, Path: "linux", Bytes: 10 << 20})
	see(time.Minute, Event{Step: Answered, Path: "preseed.cfg", Bytes: 1000})
	see(2*time.Minute, Event{Step: Reported, Stage: "base-installer"})
	for i := range 40 {
		see(2*time.Minute+time.Duration(i+1)*5*time.Second, Event{Step: Fetched, Path: "pool/a.deb", Bytes: 10 << 20})
	}
	see(6*time.Minute, Event{Step: Reported, Stage: "pkgsel"})
	see(8*time.Minute, Event{Step: Reported, Stage: "finish-install"})
	see(10*time.Minute, Event{Step: Installed})
	return a
}

func TestEarlierAttemptsTellWhatIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		after, left time.Duration
		done        float64
	}{
		"at the start":                   {0, 10 * time.Minute, 0},
		"with the kernel":                {30 * time.Second, 9*time.Minute + 30*time.Second, 0.05},
		"half of the packages":           {2*time.Minute + 100*time.Second, 6 * time.Minute, 0.4},
		"in a stage that serves nothing": {6 * time.Minute, 4 * time.Minute, 0.6},
		"in the last":                    {8 * time.Minute, 2 * time.Minute, 0.8},
		"at the end":                     {10 * time.Minute, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l, _, _ := armed(t)
			if first := run(t, l, 0, time.Hour); first.State != Done || first.Packages != 40 {
				t.Fatalf("%+v", first)
			}
			if _, err := l.Arm("node1", "debian", "debian-13", at(time.Hour)); err != nil {
				t.Fatal(err)
			}
			a := run(t, l, time.Hour, c.after)
			o := l.Outlook(a, at(time.Hour+c.after))
			if d := o.Left - c.left; d.Abs() > 15*time.Second || o.Done < c.done-0.03 || o.Done > c.done+0.03 {
				t.Errorf("%s left, %.2f done; want %s, %.2f", o.Left, o.Done, c.left, c.done)
			}
		})
	}
}

func TestWithoutAnEarlierAttemptNothingIsPromised(t *testing.T) {
	l, _, a := armed(t)
	if o := l.Outlook(a, t0); o != (Outlook{}) {
		t.Errorf("waiting: %+v", o)
	}
	last := 0.0
	for _, d := range []time.Duration{0, 30 * time.Second, time.Minute, 2 * time.Minute, 6 * time.Minute, 8 * time.Minute} {
		l, _, _ := armed(t)
		o := l.Outlook(run(t, l, 0, d), at(d))
		if o.Left != 0 || o.Earlier != 0 || o.Done <= last || o.Done >= 1 {
			t.Errorf("after %s: %+v, before it %.2f", d, o, last)
		}
		last = o.Done
	}
	// What another profile took says nothing.
	run(t, l, 0, time.Hour)
	b, err := l.Arm("node2", "other", "debian-13", t0)
	if err != nil {
		t.Fatal(err)
	}
	b, _, _ = l.Observe(Event{Machine: "node2", At: t0, Step: Answered})
	if o := l.Outlook(b, at(time.Minute)); o.Earlier != 0 || o.Left != 0 {
		t.Errorf("another profile: %+v", o)
	}
}

func TestSilenceIsComparedWithEarlierAttempts(t *testing.T) {
	l, s, _ := armed(t)
	run(t, l, 0, time.Hour)
	for i := range 2 {
		from := time.Duration(i+1) * time.Hour
		if _, err := l.Arm("node1", "debian", "debian-13", at(from)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			run(t, l, from, time.Hour) // the second success: two teach
		}
	}
	// Never silent for more than 2 min while installing (in pkgsel): 8 min is enough, not 15.
	a := run(t, l, 2*time.Hour, 3*time.Minute)
	heard := a.LastAt
	if got := l.Sweep(heard.Add(8*time.Minute-1), Limits{}); len(got) != 0 {
		t.Errorf("too early: %+v", got)
	}
	got := l.Sweep(heard.Add(8*time.Minute), Limits{})
	if len(got) != 1 || !strings.Contains(got[0].Why, "never silent here for more than 2m0s") {
		t.Fatalf("got %+v", got)
	}
	// After a restart it has not forgotten.
	var kept []Attempt
	for _, a := range s.kept {
		kept = append(kept, a)
	}
	again := NewLedger(kept, s)
	again.Observe(Event{Machine: "node1", At: heard.Add(10 * time.Minute), Step: Fetched})
	if cur, _ := again.Current("node1"); again.Outlook(cur, heard.Add(10*time.Minute)).Earlier == 0 {
		t.Error("nothing is known of earlier attempts")
	}
	if got := again.Sweep(heard.Add(30*time.Minute), Limits{}); len(got) != 1 || !strings.Contains(got[0].Why, "earlier attempts") {
		t.Errorf("after a restart: %+v", got)
	}
}

func TestALearnedLimitHasBounds(t *testing.T) {
	const m = time.Minute
	for _, c := range []struct{ limit, usual, want time.Duration }{
		{15 * m, 0, 15 * m},
		{15 * m, time.Second, 2 * m},
		{15 * m, m, 4 * m},
		{15 * m, 9 * m, 15 * m},
		{15 * m, 20 * m, 30 * m}, // so long, and it came through
		{m, 10 * time.Second, m}, // the settings are stricter
	} {
		if got := patience(c.limit, c.usual); got != c.want {
			t.Errorf("limit %s, usual %s: %s, want %s", c.limit, c.usual, got, c.want)
		}
	}
}

func TestAStageIsMarkedOnceInABoot(t *testing.T) {
	l, _, _ := armed(t)
	a := feed(t, l, rom(Sighted), Event{Step: Loaded, Path: "pxelinux.0"}, Event{Step: Fetched, Path: "linux"}, Event{Step: Fetched, Path: "initrd"},
		Event{Step: Answered}, Event{Step: Fetched, Path: "x.deb"}, Event{Step: Reported, Stage: "netcfg"}, Event{Step: Reported, Stage: "netcfg"})
	var got []string
	for _, m := range a.Marks {
		got = append(got, m.Stage)
	}
	if s := strings.Join(got, " "); s != "boot kernel answer file netcfg" {
		t.Errorf("marks: %s", s)
	}
	if a = feed(t, l, rom(Sighted)); len(a.Marks) != 1 || a.Boots != 2 {
		t.Errorf("after another boot: %+v", a.Marks)
	}
	for i := range 1000 {
		a = feed(t, l, Event{Step: Reported, Stage: strings.Repeat("x", i)})
	}
	if len(a.Marks) > maxMarks {
		t.Errorf("%d marks are kept", len(a.Marks))
	}
}
