package store

import (
	"database/sql"
	"sync"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
)

const (
	gather    = 2048 // records that one commit of a Committer takes in at most
	waiting   = 4096 // callers that may wait for a commit to begin
	crowd     = 8    // callers in one commit from which on the next waits for more
	crowdWait = time.Millisecond
	foldOnce  = 256             // leases moved from the log to the table at once
	foldIdle  = 2 * time.Second // how long nothing was committed before that begins
	logFull   = 1 << 19         // leases in the log that begin it under load too
)

// Committer keeps leases as Store.CommitLeases does, but shares one commit,
// and so one wait for the disk, among all who call while the disk is busy with
// the one before, and in a crowd for a millisecond more. Whoever calls alone
// does not wait for company. It is safe
// for concurrent use.
type Committer struct {
	store  *Store
	append *sql.Stmt // nil: not prepared yet
	calls  chan call
	quit   chan struct{}
	done   chan struct{}
	once   sync.Once
	logged int // leases in the log
	body   []byte
	batch  []call
	crowd  bool // the commit before took in several
	ended  chan []ending

	latency Latency

	// for tests: called before and after each commit
	before, after func()
}

type call struct {
	leases []lease.Lease
	answer chan error // one of the two
	then   func(error)
}

// ending is a call that is over.
type ending struct {
	then func(error)
	err  error
}

var answers = sync.Pool{New: func() any { return make(chan error, 1) }}

// NewCommitter starts one; Close it before the store.
func NewCommitter(s *Store) *Committer {
	c := newCommitter(s)
	go c.run()
	return c
}

func newCommitter(s *Store) *Committer {
	c := &Committer{store: s, calls: make(chan call, waiting), quit: make(chan struct{}), done: make(chan struct{}),
		ended: make(chan []ending, 8)}
	if s.write != nil {
		// An error shows again at the first commit.
		_ = s.write.QueryRow("SELECT coalesce(sum(n),0) FROM lease_log").Scan(&c.logged)
	}
	return c
}

// CommitLeases returns nil when all the leases are on the disk. On an error
// none of them is. The leases are not used any more once it returned.
func (c *Committer) CommitLeases(leases []lease.Lease) error {
	one := call{leases: leases, answer: answers.Get().(chan error)}
	select {
	case c.calls <- one:
	case <-c.quit:
		return closed()
	}
	select {
	case err := <-one.answer:
		answers.Put(one.answer)
		return err
	case <-c.done:
		// It may have been answered in the last moment.
		select {
		case err := <-one.answer:
			return err
		default:
			return closed()
		}
	}
}

// StartCommit is CommitLeases that waits for nothing: then is called once with
// what CommitLeases would return, from a goroutine of the Committer. It gives
// false, and does nothing, when as many wait already as may.
func (c *Committer) StartCommit(leases []lease.Lease, then func(error)) bool {
	select {
	case <-c.quit:
		return false
	default:
	}
	select {
	case c.calls <- call{leases: leases, then: then}:
		return true
	default:
		return false
	}
}

func closed() error {
	return fault.New(fault.Unavailable, "", "saving leases: the server is stopping")
}

// Close finishes the commit under way and stops. Later calls fail.
func (c *Committer) Close() error {
	c.once.Do(func() { close(c.quit) })
	<-c.done
	return nil
}

func (c *Committer) run() {
	defer close(c.done)
	defer c.finish()
	go c.tell()
	idle := time.NewTimer(foldIdle)
	defer idle.Stop()
	for {
		select {
		case <-c.quit:
			return
		case first := <-c.calls:
			if c.crowd {
				time.Sleep(crowdWait)
			}
			batch := c.gather(first)
			c.crowd = len(batch) >= crowd
			c.commit(batch)
			idle.Reset(foldIdle)
			if c.logged > logFull {
				c.fold(foldOnce)
			}
		case <-idle.C:
			if c.logged > 0 {
				wait := foldIdle
				if c.fold(foldOnce) {
					wait = time.Millisecond // the next to call is let in between
				}
				idle.Reset(wait)
			}
		}
	}
}

// tell calls those back who did not wait. They send answers: the next commit
// goes on meanwhile.
func (c *Committer) tell() {
	for batch := range c.ended {
		for _, e := range batch {
			e.then(e.err)
		}
	}
}

// finish refuses whom no commit took in.
func (c *Committer) finish() {
	for {
		select {
		case one := <-c.calls:
			c.answer([]call{one}, closed())
			continue
		default:
		}
		close(c.ended)
		if c.append != nil {
			c.append.Close()
		}
		return
	}
}

func (c *Committer) answer(batch []call, err error) {
	var ended []ending
	for _, one := range batch {
		if one.then == nil {
			one.answer <- err
			continue
		}
		if ended == nil {
			ended = make([]ending, 0, len(batch))
		}
		ended = append(ended, ending{one.then, err})
	}
	if ended != nil {
		c.ended <- ended
	}
}

// fold moves a part of the log on. A failure costs nothing but a longer log;
// the disk's error is said by the next commit.
func (c *Committer) fold(n int) bool {
	moved, err := c.store.fold(n)
	if err != nil {
		return false
	}
	c.logged -= moved
	if moved == 0 {
		c.logged = 0
	}
	return true
}

func (c *Committer) gather(first call) []call {
	batch, records := append(c.batch[:0], first), len(first.leases)
	for records < gather {
		select {
		case next := <-c.calls:
			batch, records = append(batch, next), records+len(next.leases)
		default:
			c.batch = batch
			return batch
		}
	}
	c.batch = batch
	return batch
}

func (c *Committer) commit(batch []call) {
	c.body = beginBody(c.body)
	n := 0
	kept := batch[:0]
	for _, one := range batch {
		b, err := c.body, error(nil)
		for i := range one.leases {
			if b, err = appendLease(b, &one.leases[i]); err != nil {
				break
			}
		}
		if err != nil {
			c.answer([]call{one}, fault.Wrap(err, fault.Internal, "", "saving leases"))
			continue
		}
		c.body = b
		n += len(one.leases)
		kept = append(kept, one)
	}
	c.answer(kept, c.write(n))
	clear(batch)
}

// write appends the body to the log; on the disk when it returns nil.
func (c *Committer) write(n int) error {
	if n == 0 {
		return nil
	}
	if c.before != nil {
		c.before()
	}
	db := c.store.write
	if db == nil {
		return fault.New(fault.Conflict, "", "saving leases: the database is open for reading only")
	}
	var err error
	if c.append == nil {
		if c.append, err = db.Prepare(appendLog); err != nil {
			return classify(err, "saving leases")
		}
	}
	c.body = endBody(c.body)
	begun := time.Now()
	_, err = c.append.Exec(n, c.body)
	c.latency.add(time.Since(begun), n, err)
	if err != nil {
		c.append.Close()
		c.append = nil
		if isIOError(err) {
			c.store.reopen()
		}
		return classify(err, "saving leases")
	}
	c.logged += n
	if c.after != nil {
		c.after()
	}
	return nil
}
