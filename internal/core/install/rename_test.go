package install

import (
	"errors"
	"testing"
	"time"
)

func TestAnInstalledMachineStaysOneUnderItsNewName(t *testing.T) {
	l, s, first := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Answered}, Event{Step: Installed})
	moved, err := l.Rename(map[string]string{"node1": "web1", "nobody": "x"})
	if err != nil || len(moved) != 1 || moved[0].Machine != "web1" {
		t.Fatalf("moved %+v, %v", moved, err)
	}
	if _, ok := l.Current("node1"); ok {
		t.Error("the old name has an attempt")
	}
	if a, should, why := l.ShouldInstall("web1"); should || a.ID != first.ID {
		t.Errorf("web1: attempt %d, %v (%s)", a.ID, should, why)
	}
	again := NewLedger([]Attempt{s.kept[first.ID]}, s)
	if a, ok := again.Current("web1"); !ok || a.State != Done {
		t.Error("a restart knows it by its old name")
	}
}

func TestARenameInTheMidstOfAnInstall(t *testing.T) {
	l, s, first := armed(t)
	feed(t, l, rom(Sighted), Event{Step: Answered})
	s.err = errors.New("disk full")
	if _, err := l.Rename(map[string]string{"node1": "web1"}); err == nil {
		t.Error("that it was not stored is not said")
	}
	s.err = nil
	l.Sweep(t0.Add(10*time.Second), Limits{})
	if s.kept[first.ID].Machine != "web1" {
		t.Error("not stored after the disk had room again")
	}
	a, changed, err := l.Observe(Event{At: t0.Add(time.Minute), Machine: "web1", Attempt: first.ID, Step: Installed})
	if err != nil || !changed || a.State != Done || a.Machine != "web1" {
		t.Errorf("its callback: %+v, %v, %v", a, changed, err)
	}
}

func TestWhoseAttemptsGoWhere(t *testing.T) {
	for name, c := range map[string]struct {
		names map[string]string
		want  map[string]int64 // the current attempt of each; node1 had 1, node2 2
	}{
		"they change their names":        {map[string]string{"node1": "node2", "node2": "node1"}, map[string]int64{"node1": 2, "node2": 1}},
		"one after the other":            {map[string]string{"node1": "node2", "node2": "node3"}, map[string]int64{"node1": 0, "node2": 1, "node3": 2}},
		"onto one that stays":            {map[string]string{"node1": "node2"}, map[string]int64{"node1": 1, "node2": 2}},
		"behind one that cannot go":      {map[string]string{"node0": "node1", "node1": "node2"}, map[string]int64{"node0": 3, "node1": 1, "node2": 2}},
		"two records become one machine": {map[string]string{"node1": "node9", "node2": "node9"}, map[string]int64{"node1": 0, "node2": 0, "node9": 2}},
		"a name that stays what it was":  {map[string]string{"node1": "node1"}, map[string]int64{"node1": 1}},
	} {
		l := NewLedger(nil, &shelf{})
		for _, m := range []string{"node1", "node2", "node0"} {
			if _, err := l.Arm(m, "debian", "debian-13", t0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Rename(c.names); err != nil {
			t.Fatal(err)
		}
		for m, want := range c.want {
			if a, _ := l.Current(m); a.ID != want {
				t.Errorf("%s: %s has attempt %d, want %d", name, m, a.ID, want)
			}
		}
	}
}
