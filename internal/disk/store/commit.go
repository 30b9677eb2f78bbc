package store

import (
	"database/sql"
	"sync"

	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
)

// gather bounds how many records one transaction of a Committer takes in.
const gather = 64

// Committer keeps leases as Store.CommitLeases does, but shares one
// transaction, and so one wait for the disk, among all who call while the
// disk is busy with the one before. Whoever calls alone does not wait for
// company. It is safe for concurrent use.
type Committer struct {
	store *Store
	calls chan call
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
}

type call struct {
	leases []lease.Lease
	answer chan error
}

// NewCommitter starts one; Close it before the store.
func NewCommitter(s *Store) *Committer {
	c := &Committer{store: s, calls: make(chan call, gather), quit: make(chan struct{}), done: make(chan struct{})}
	go c.run()
	return c
}

// CommitLeases returns nil when all the leases are on the disk. On an error
// none of them is; a Conflict of one caller does not touch the others.
func (c *Committer) CommitLeases(leases []lease.Lease) error {
	one := call{leases, make(chan error, 1)}
	select {
	case c.calls <- one:
	case <-c.quit:
		return closed()
	}
	select {
	case err := <-one.answer:
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

func closed() error {
	return fault.New(fault.Unavailable, "", "saving leases: the server is stopping")
}

// Close finishes the transaction under way and stops. Later calls fail.
func (c *Committer) Close() error {
	c.once.Do(func() { close(c.quit) })
	<-c.done
	return nil
}

func (c *Committer) run() {
	defer close(c.done)
	for {
		select {
		case <-c.quit:
			return
		case first := <-c.calls:
			c.commit(c.gather(first))
		}
	}
}

func (c *Committer) gather(first call) []call {
	batch, records := []call{first}, len(first.leases)
	for records < gather {
		select {
		case next := <-c.calls:
			batch, records = append(batch, next), records+len(next.leases)
		default:
			return batch
		}
	}
	return batch
}

func (c *Committer) commit(batch []call) {
	refused := make([]error, len(batch))
	err := c.store.change("saving leases", func(tx *sql.Tx) error {
		for i, one := range batch {
			var err error
			if refused[i], err = putApart(tx, one.leases); err != nil {
				return err
			}
		}
		return nil
	})
	for i, one := range batch {
		if err != nil {
			one.answer <- err
		} else {
			one.answer <- refused[i]
		}
	}
}

// putApart writes one caller's leases such that their refusal leaves the rest
// of the transaction whole. err: the transaction as such is lost.
func putApart(tx *sql.Tx, leases []lease.Lease) (refused, err error) {
	if _, err = tx.Exec("SAVEPOINT one"); err != nil {
		return nil, err
	}
	if err = putLeases(tx, leases); err != nil {
		if !isConstraint(err) {
			return nil, err
		}
		refused = classify(err, "saving leases")
		if _, err = tx.Exec("ROLLBACK TO one"); err != nil {
			return nil, err
		}
	}
	_, err = tx.Exec("RELEASE one")
	return refused, err
}
