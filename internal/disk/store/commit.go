package store

import (
	"database/sql"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
)

const (
	gather    = 2048 // records that one commit of a Committer takes in at most
	waiting   = 4096 // callers that may wait for a commit to begin
	crowd     = 8    // callers in one commit from which on the next waits for more
	crowdWait = time.Millisecond
	slow      = 20 * time.Millisecond // a commit that takes longer is not waited for by Together
	slowFor   = 16                    // quick commits after which it is again
	foldOnce  = 256                   // leases moved from the log to the table at once
	foldIdle  = 2 * time.Second       // how long nothing was committed before that begins
	logFull   = 1 << 19               // leases in the log that begin it under load too
	foldPace  = 20 * time.Millisecond // then: a part, and at least this until the next,
	foldShare = 4                     // and this many times what the part has taken
)

// Committer keeps leases as Store.CommitLeases does, but shares one commit,
// and so one wait for the disk, among all who call while the disk is busy with
// the one before, and in a crowd for a millisecond more. Whoever calls alone
// does not wait for company. It is safe
// for concurrent use.
type Committer struct {
	store *Store
	calls chan call
	wakes chan struct{} // told that there are calls
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
	ended chan []ending

	together atomic.Int32 // callers within Together
	slowness atomic.Int32 // quick commits to come until the disk is taken for quick

	turn     sync.Mutex // of who commits; guards what follows
	append   *sql.Stmt  // nil: not prepared yet
	logged   int        // leases in the log
	body     []byte
	batch    []call
	crowd    bool      // the commit before took in several
	last     time.Time // when a commit ended
	nextFold time.Time // when the next part of a full log may be moved

	latency Latency

	// for tests: called before and after each commit
	before, after func()
}

type call struct {
	leases []lease.Lease
	answer chan error // one of the two
	then   func(error)
}

var answers = sync.Pool{New: func() any { return make(chan error, 1) }}

// NewCommitter starts one; Close it before the store.
func NewCommitter(s *Store) *Committer {
	c := newCommitter(s)
	go c.run()
	return c
}

func newCommitter(s *Store) *Committer {
	c := &Committer{store: s, calls: make(chan call, waiting), wakes: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
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
		c.wake()
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
		if c.together.Load() == 0 {
			c.wake()
		}
		return true
	default:
		return false
	}
}

// Together runs do and commits in one go what StartCommit was given meanwhile,
// on the caller's own thread: waking another one costs more than a commit, and
// would take a processor from those who are answered. It then calls back
// before it returns. While the disk is slow it returns at once, and all goes on
// in the background.
func (c *Committer) Together(do func()) {
	c.together.Add(1)
	defer c.finishTogether()
	do()
}

func (c *Committer) finishTogether() {
	if c.together.Add(-1) > 0 || len(c.calls) == 0 {
		return // the last of them does it
	}
	if c.slowness.Load() > 0 || !c.turn.TryLock() {
		c.wake()
		return
	}
	batch := c.gather()
	c.crowd = len(batch) >= crowd
	var ended []ending
	if c.stopping() {
		ended = c.answer(batch, closed())
	} else {
		ended = c.commit(batch)
	}
	c.turn.Unlock()
	if len(c.calls) > 0 {
		c.wake()
	}
	for _, e := range ended {
		e.then(e.err)
	}
}

func (c *Committer) stopping() bool {
	select {
	case <-c.quit:
		return true
	default:
		return false
	}
}

func (c *Committer) wake() {
	select {
	case c.wakes <- struct{}{}:
	default:
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
		case <-c.wakes:
			idle.Reset(c.work())
		case <-idle.C:
			idle.Reset(c.tidy())
		}
	}
}

// work commits until nobody waits, and gives the time until tidy.
func (c *Committer) work() time.Duration {
	c.turn.Lock()
	defer c.turn.Unlock()
	for len(c.calls) > 0 && !c.stopping() {
		if c.crowd {
			time.Sleep(crowdWait)
		}
		batch := c.gather()
		c.crowd = len(batch) >= crowd
		if ended := c.commit(batch); ended != nil {
			c.ended <- ended
		}
		if c.logged > logFull && time.Until(c.nextFold) <= 0 {
			c.fold(foldOnce)
		}
	}
	if c.logged > logFull {
		return max(0, time.Until(c.nextFold))
	}
	return foldIdle
}

// tidy moves a part of the log on if it is time, and gives the time until the
// next part.
func (c *Committer) tidy() time.Duration {
	c.turn.Lock()
	defer c.turn.Unlock()
	left, pause := foldIdle-time.Since(c.last), time.Until(c.nextFold)
	switch {
	case left > 0 && c.logged <= logFull:
		return left
	case left > 0 && pause > 0:
		return pause
	case c.logged == 0 || !c.fold(foldOnce):
		return foldIdle
	case left > 0:
		return time.Until(c.nextFold)
	}
	return time.Millisecond // the next to call is let in between
}

// fold moves a part of the log on. A failure costs nothing but a longer log;
// the disk's error is said by the next commit.
func (c *Committer) fold(n int) bool {
	begun := time.Now()
	moved, err := c.store.fold(n)
	c.nextFold = time.Now().Add(max(foldPace, foldShare*time.Since(begun)))
	if err != nil {
		return false
	}
	c.logged -= moved
	if moved == 0 {
		c.logged = 0
	}
	return true
}

// gather takes those who wait, as many as one commit may hold.
func (c *Committer) gather() []call {
	batch := c.batch[:0]
	for records := 0; records < gather; {
		select {
		case next := <-c.calls:
			batch, records = append(batch, next), records+len(next.leases)
			continue
		default:
		}
		break
	}
	c.batch = batch
	return batch
}

// commit writes what the calls are for, answers those who wait and gives those
// who are to be called back.
func (c *Committer) commit(batch []call) []ending {
	var refused []ending
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
			refused = append(refused, c.answer([]call{one}, fault.Wrap(err, fault.Internal, "", "saving leases"))...)
			continue
		}
		c.body = b
		n += len(one.leases)
		kept = append(kept, one)
	}
	ended := c.answer(kept, c.write(n))
	clear(batch)
	c.last = time.Now()
	return append(ended, refused...)
}

// judge takes the disk for slow from one slow commit on until many were quick.
func (c *Committer) judge(took time.Duration) {
	if took > slow {
		c.slowness.Store(slowFor)
	} else if n := c.slowness.Load(); n > 0 {
		c.slowness.Store(n - 1)
	}
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
	if c.append == nil {
		var err error
		if c.append, err = db.Prepare(appendLog); err != nil {
			return classify(err, "saving leases")
		}
	}
	c.body = endBody(c.body)
	begun := time.Now()
	r, err := c.append.Exec(n, c.body)
	took := time.Since(begun)
	c.latency.add(took, n, err)
	c.judge(took)
	if err != nil {
		c.append.Close()
		c.append = nil
		if isIOError(err) {
			c.store.reopen()
		}
		return classify(err, "saving leases")
	}
	if last, err := r.LastInsertId(); err == nil {
		c.store.tally.write(last)
	}
	c.logged += n
	if c.after != nil {
		c.after()
	}
	return nil
}
