package store

import (
	"testing"
	"time"

	"seedbed/internal/core/install"
)

func happened(n int, machine string, attempt int64, step install.Step) []install.Event {
	out := make([]install.Event, n)
	for i := range out {
		out[i] = install.Event{At: t0.Add(time.Duration(i)), Machine: machine, Attempt: attempt, Step: step}
	}
	return out
}

func TestEventsAreFoundByQuery(t *testing.T) {
	s := open(t, t.TempDir())
	for _, batch := range [][]install.Event{happened(3, "a", 1, install.Sighted), happened(2, "b", 2, install.Fetched), happened(1, "a", 3, install.Fetched)} {
		if err := s.AppendEvents(batch); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		q    install.Query
		want []int64
	}{
		"all":             {install.Query{}, []int64{1, 2, 3, 4, 5, 6}},
		"of a machine":    {install.Query{Machine: "a"}, []int64{1, 2, 3, 6}},
		"of an attempt":   {install.Query{Attempt: 2}, []int64{4, 5}},
		"after one":       {install.Query{After: 4}, []int64{5, 6}},
		"the next two":    {install.Query{After: 1, Limit: 2}, []int64{2, 3}},
		"the newest two":  {install.Query{Limit: 2}, []int64{5, 6}},
		"of all at once":  {install.Query{Machine: "a", Attempt: 1, After: 2}, []int64{3}},
		"none there":      {install.Query{Machine: "zz"}, nil},
		"none after them": {install.Query{After: 6}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []int64
			for _, e := range must(s.Events(tt.q)) {
				got = append(got, e.ID)
			}
			same(t, tt.want, got)
		})
	}
}

func TestEventsReachTheDiskByThemselves(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	r, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	bell := s.Changed()
	if err := s.AppendEvents(happened(1, "a", 0, install.Sighted)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-bell:
	default:
		t.Error("who waits for a change was not woken")
	}
	for end := time.Now().Add(time.Second); len(must(r.Events(install.Query{}))) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not on the disk after a second")
		}
	}
}

func TestOldEventsGoAndTheStoryStays(t *testing.T) {
	s := open(t, t.TempDir())
	s.events.keepAttempt, s.events.keepOutside, s.events.pruneEvery = 50, 80, 10
	_ = s.AppendEvents(happened(5, "a", 7, install.Sighted))
	for range 30 {
		_ = s.AppendEvents(happened(10, "a", 7, install.Reported))
		_ = s.AppendEvents(happened(10, "b", 0, install.Sighted))
		if err := s.events.flush(); err != nil {
			t.Fatal(err)
		}
	}
	of7 := must(s.Events(install.Query{Attempt: 7}))
	if len(of7) != 50 || of7[4].Step != install.Sighted || of7[5].Step != install.Reported {
		t.Errorf("%d events of the attempt are left", len(of7))
	}
	all := must(s.Events(install.Query{Machine: "b"}))
	if len(all) != 80 || all[79].ID != 605 {
		t.Errorf("%d events outside attempts are left", len(all))
	}
	// A number is not given again, even when its event has gone.
	last := happened(1, "a", 0, install.Sighted)
	if _ = s.AppendEvents(last); last[0].ID != 606 {
		t.Errorf("the next event is %d", last[0].ID)
	}
}
