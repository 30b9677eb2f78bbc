package store

import (
	"testing"

	"seedbed/internal/core/lease"
)

func TestWhatBeginsTogetherIsOneCommitAndOverAtTheEnd(t *testing.T) {
	s := open(t, t.TempDir())
	c := NewCommitter(s)
	defer c.Close()
	over := 0
	c.Together(func() {
		for i := range 50 {
			if !c.StartCommit([]lease.Lease{given(i)}, func(err error) {
				if err != nil {
					t.Error(err)
				}
				over++ // by this goroutine, or the race detector says so
			}) {
				t.Error("refused")
			}
		}
	})
	var commits int
	if err := s.write.QueryRow("SELECT count(*) FROM lease_log").Scan(&commits); err != nil || commits != 1 || over != 50 {
		t.Errorf("%d commits, %d called back, %v", commits, over, err)
	}
	if n := len(must(s.Leases())); n != 50 {
		t.Errorf("%d kept", n)
	}
}

func TestASlowDiskIsNotWaitedFor(t *testing.T) {
	s := open(t, t.TempDir())
	c := NewCommitter(s)
	defer c.Close()
	c.judge(slow + 1)
	gate, done := make(chan struct{}), make(chan error)
	c.turn.Lock() // before is read by whoever commits
	c.before = func() { <-gate }
	c.turn.Unlock()
	c.Together(func() {
		c.StartCommit([]lease.Lease{given(1)}, func(err error) { done <- err })
	})
	close(gate) // Together has returned though the disk has not
	if err := <-done; err != nil {
		t.Error(err)
	}
	for range slowFor {
		c.judge(slow)
	}
	if c.slowness.Load() != 0 {
		t.Error("a disk that is quick again is still taken for slow")
	}
}
