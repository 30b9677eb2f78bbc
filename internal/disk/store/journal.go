package store

import (
	"database/sql"
	"sync"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/fault"
)

// How events are gathered and how many are kept.
const (
	journalDelay = 500 * time.Millisecond // the oldest waits no longer for the disk
	journalHold  = 10000                  // held back at most while the disk refuses
	journalFull  = 512                    // written at once when so many wait
	keepAttempt  = 20000                  // a journal may exceed these by one pruning round,
	keepOutside  = 100000                 // which comes when a tenth more was written,
	pruneEvery   = 1000                   // and when so many were
	pruneOnce    = 1000                   // events that one commit removes
)

// journal gathers events in memory and writes them in the background, since
// they come in floods and the wait for the disk must not slow a boot down.
type journal struct {
	db, read *sql.DB

	mu    sync.Mutex
	next  int64
	held  []install.Event
	going []install.Event // being written now
	last  error           // of the last write
	bell  chan struct{}   // closed at the next append; nil while nobody listens
	shut  bool
	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}

	writing     sync.Mutex // one write at a time; guards what follows
	keepAttempt int
	keepOutside int
	pruneEvery  int
	unpruned    map[int64]int // events written since the last pruning, by attempt
}

func newJournal(db, read *sql.DB, unclean bool) (*journal, error) {
	var last sql.NullInt64
	if err := db.QueryRow("SELECT seq FROM sqlite_sequence WHERE name='event'").Scan(&last); err != nil && err != sql.ErrNoRows {
		return nil, classify(err, "reading events")
	}
	j := &journal{db: db, read: read, next: last.Int64 + 1,
		wake: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{}),
		keepAttempt: keepAttempt, keepOutside: keepOutside, pruneEvery: pruneEvery, unpruned: map[int64]int{}}
	if unclean {
		// Numbers that a watcher saw, but the disk did not, are not given again.
		j.next += journalHold
	}
	go j.run()
	return j, nil
}

func (j *journal) append(events []install.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.shut {
		return fault.New(fault.Unavailable, "", "saving events: the server is stopping")
	}
	if len(events) == 0 {
		return j.last
	}
	for i := range events {
		events[i].ID = j.next
		j.next++
	}
	first := len(j.held) == 0
	j.held = append(j.held, events...)
	if over := len(j.held) - journalHold; over > 0 {
		j.held = append(j.held[:0:0], j.held[over:]...)
	}
	if j.bell != nil {
		close(j.bell)
		j.bell = nil
	}
	if first || len(j.held) >= journalFull {
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
	return j.last
}

func (j *journal) changed() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.bell == nil {
		j.bell = make(chan struct{})
	}
	return j.bell
}

// unwritten gives the events that may not be on the disk yet, in order.
func (j *journal) unwritten() []install.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append(append([]install.Event(nil), j.going...), j.held...)
}

func (j *journal) waiting() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.held)
}

func (j *journal) run() {
	defer close(j.ended)
	for {
		select {
		case <-j.quit:
			return
		case <-j.wake:
		}
		late := time.NewTimer(journalDelay)
		for waiting := true; waiting; {
			select {
			case <-j.quit:
				late.Stop()
				return
			case <-late.C:
				waiting = false
			case <-j.wake:
				waiting = j.waiting() < journalFull
			}
		}
		late.Stop()
		if err := j.flush(); err != nil {
			// Try again soon: the disk may have room by then.
			select {
			case j.wake <- struct{}{}:
			default:
			}
		}
	}
}

// flush writes what is held. On an error it is held on.
func (j *journal) flush() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	j.mu.Lock()
	batch := j.held
	j.held, j.going = nil, batch
	j.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := change(j.db, "saving events", func(tx *sql.Tx) error { return putEvents(tx, batch) })
	j.mu.Lock()
	j.last, j.going = err, nil
	if err != nil {
		j.held = append(batch, j.held...)
	}
	j.mu.Unlock()
	if err == nil {
		err = j.prune(batch)
	}
	return err
}

func (j *journal) prune(written []install.Event) error {
	for _, e := range written {
		j.unpruned[e.Attempt]++
	}
	for attempt, n := range j.unpruned {
		limit := j.keepAttempt
		if attempt == 0 {
			limit = j.keepOutside
		}
		if n < max(j.pruneEvery, limit/10) {
			continue
		}
		if err := j.pruneOne(attempt, limit); err != nil {
			return err
		}
		delete(j.unpruned, attempt)
	}
	return nil
}

func (j *journal) close() error {
	j.mu.Lock()
	first := !j.shut
	j.shut = true
	j.mu.Unlock()
	if first {
		close(j.quit)
	}
	<-j.ended
	return j.flush()
}
