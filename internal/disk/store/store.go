package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the "sqlite" driver of database/sql, in pure Go

	"seedbed/internal/fault"
)

// Page caches in KiB: memory is kept small, the database is too.
const (
	writerCache = 2048
	readerCache = 512
	readers     = 2
)

// Store is the open database. It is safe for concurrent use. After a full
// disk or another passing error it needs no restart: the next call works.
type Store struct {
	lock   *os.File // nil when read-only
	write  *sql.DB  // one connection; nil when read-only
	read   *sql.DB
	events *journal // nil when read-only
	tally  *tally   // nil when read-only, or where it has no room
	dir    string
	begun  bool // see begun

	closing sync.Once
}

// Open opens DIR/seedbed.db for the server, and makes DIR (0700) and the
// database (0600) where they are not there yet. Only one process at a time
// can: a second one gets a Conflict that names the holder's process number.
// A damaged, foreign or newer database is refused and left as it is.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, dirFault(dir, err)
	}
	lost := isLost(dir)
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock, dir: dir}
	if lost {
		err = s.rebuild("the database seedbed.db is gone, though a server has run from here; a backup put back would end this") // before the new database is there: a crash in between loses nothing
	}
	if err == nil {
		err = s.open(dir)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(dir string) error {
	path := filepath.Join(dir, "seedbed.db")
	unclean, err := inspect(path)
	if err == nil && unclean {
		err = s.inspectWAL(path)
	}
	if err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", address(path, "rw", writerCache)); err != nil {
		return classify(err, "opening the database")
	}
	s.write.SetMaxOpenConns(1)
	s.write.SetMaxIdleConns(1)
	if _, err := verify(s.write); err != nil {
		return err
	}
	if unclean {
		if err := quickCheck(s.write); err != nil {
			return err
		}
	}
	if err := upgrade(s.write); err != nil {
		return err
	}
	noted, wasEnded, err := begun(s.write, unclean)
	if err != nil {
		return err
	}
	s.begun = noted
	if err := s.missWhatIsGone(wasEnded || unclean); err != nil {
		return err
	}
	if err := s.openReaders(path); err != nil {
		return err
	}
	s.events, err = newJournal(s.write, s.read, unclean)
	return err
}

// OpenReadOnly opens DIR/seedbed.db for looking only, beside a running server
// or without one. Everything that writes answers with a fault.
func OpenReadOnly(dir string) (*Store, error) {
	path := filepath.Join(dir, "seedbed.db")
	if _, err := os.Stat(path); err != nil {
		if os.IsNotExist(err) {
			return nil, fault.New(fault.NotFound, "start `seedbed serve` once, or name the state directory with --state", "no seedbed has run from %q yet", dir)
		}
		return nil, dirFault(dir, err)
	}
	s := &Store{dir: dir}
	if err := s.openReaders(path); err != nil {
		return nil, err
	}
	v, err := verify(s.read)
	if err == nil && v < len(steps()) {
		err = fault.New(fault.Conflict, "stop `seedbed serve` and start it again with this program, once: it brings the database up to date and keeps all that is in it; until then the older program can look",
			"the database was written by an older seedbed (schema %d; this program's is %d), and looking changes nothing", v, len(steps()))
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) openReaders(path string) (err error) {
	if s.read, err = sql.Open("sqlite", address(path, "ro", readerCache)); err != nil {
		return classify(err, "opening the database")
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	s.read.SetConnMaxIdleTime(time.Minute) // an idle server gives the memory back
	return nil
}

// Close writes what is still buffered and closes. Further calls fail.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		if s.events != nil {
			err = s.events.close()
		}
		if s.read != nil {
			err = errors.Join(err, s.read.Close())
		}
		if s.begun {
			err = errors.Join(err, ended(s.write))
		}
		if s.write != nil {
			err = errors.Join(err, s.write.Close())
		}
		if s.tally != nil {
			err = errors.Join(err, s.tally.file.Close())
		}
		if s.lock != nil {
			err = errors.Join(err, s.lock.Close())
		}
	})
	return err
}

// inspect looks at the files before SQLite does, since SQLite takes an empty
// file for a new database. unclean: the last process did not close it.
func inspect(path string) (unclean bool, err error) {
	wal, walErr := os.Stat(path + "-wal")
	st, err := os.Stat(path)
	switch {
	case os.IsNotExist(err) && walErr == nil && wal.Size() > 0:
		return false, fault.New(fault.Unavailable, "put seedbed.db back, or move seedbed.db-wal away to start anew",
			"seedbed.db is gone, but its log seedbed.db-wal is there")
	case os.IsNotExist(err):
		return false, create(path)
	case err != nil:
		return false, dirFault(filepath.Dir(path), err)
	case !st.Mode().IsRegular():
		return false, fault.New(fault.Unavailable, "move it out of the way, and put the database or a backup of it in its place", "%q is no file, and so not the database", path)
	case st.Size() == 0:
		return false, fault.New(fault.Unavailable, damagedHint, "opening the database: it is damaged: the file is empty")
	}
	return walErr == nil && wal.Size() >= walHeader, nil
}

// inspectWAL enters the rebuild state where what was written last cannot be
// read whole.
func (s *Store) inspectWAL(path string) error {
	what, err := walDamage(path)
	if err == nil && what != "" {
		if err = keepWAL(path); err == nil {
			err = s.rebuild("what the server before wrote last cannot be read whole: of seedbed.db-wal, " + what + "; it is kept as seedbed.db-wal.damaged")
		}
	}
	if err != nil {
		return dirFault(filepath.Dir(path), err)
	}
	return nil
}

func quickCheck(db *sql.DB) error {
	var said string
	if err := db.QueryRow("PRAGMA quick_check(1)").Scan(&said); err != nil {
		return classify(err, "checking the database after a crash")
	}
	if said != "ok" {
		return fault.Wrap(errors.New(said), fault.Unavailable, damagedHint, "checking the database after a crash: it is damaged")
	}
	return nil
}

// address is the data source name: mode is SQLite's ro, rw or rwc.
func address(path, mode string, cacheKiB int) string {
	q := url.Values{"mode": {mode}, "_pragma": {
		"busy_timeout(5000)",
		fmt.Sprintf("cache_size(-%d)", cacheKiB),
		"foreign_keys(1)",
		"trusted_schema(0)",
	}}
	if mode == "ro" {
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		// FULL: in WAL mode every commit is on the disk when it returns.
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "journal_size_limit(4194304)")
		q.Set("_txlock", "immediate")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// reopen gives the connection up after an error, so that the next call begins
// with what the file says, not with what was thought to be in it.
func (s *Store) reopen() {
	c, err := s.write.Conn(context.Background())
	if err != nil {
		return
	}
	defer c.Close()
	_ = c.Raw(func(any) error { return driver.ErrBadConn })
}

// change runs do in one transaction that is on the disk when it returns nil.
func (s *Store) change(doing string, do func(*sql.Tx) error) error {
	if s.write == nil {
		return fault.New(fault.Conflict, "", "%s: the database is open for reading only", doing)
	}
	return change(s.write, doing, do)
}

func change(db *sql.DB, doing string, do func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return classify(err, doing)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // SQLite may have rolled back by itself, as on a full disk
		return classify(err, doing)
	}
	return classify(tx.Commit(), doing)
}

// list reads all rows of a query, each with scan.
func list[T any](s *Store, doing string, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := s.read.Query(query, args...)
	if err != nil {
		return nil, classify(err, doing)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, classify(err, doing)
		}
		out = append(out, v)
	}
	return out, classify(rows.Err(), doing)
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
