package store

import (
	"errors"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"seedbed/internal/fault"
)

const damagedHint = "the file was left as it is: keep a copy of it, then put a backup in its place, or move it away to start anew: the history of installs is then lost, and leases are found again carefully (rebuild state)"

// classify turns what SQLite says into a fault; doing names what was tried,
// as "saving leases". nil stays nil, a fault stays as it is.
func classify(err error, doing string) error {
	var known *fault.Fault
	if err == nil || errors.As(err, &known) {
		return err
	}
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return fault.Wrap(err, fault.Internal, "", "%s", doing)
	}
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fault.Wrap(err, fault.Unavailable, "make room on the disk that holds the state directory; seedbed goes on by itself then", "%s: the disk is full", doing)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.Wrap(err, fault.Unavailable, damagedHint, "%s: the database is damaged", doing)
	case sqlite3.SQLITE_CONSTRAINT:
		return fault.Wrap(err, fault.Conflict, "", "%s: it contradicts what is kept already", doing)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fault.Wrap(err, fault.Unavailable, "let the user who runs seedbed read and write the state directory", "%s: the database cannot be opened for that", doing)
	case sqlite3.SQLITE_IOERR:
		return fault.Wrap(err, fault.Unavailable, "look for disk errors in the kernel's log", "%s: the disk gave an error", doing)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.Wrap(err, fault.Unavailable, "close whatever else has seedbed.db open for writing", "%s: the database is busy", doing)
	}
	return fault.Wrap(err, fault.Internal, "", "%s", doing)
}

// isIOError says that the disk gave an error other than that it is full.
func isIOError(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_IOERR
}

// isFull says that the disk has no room.
func isFull(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_FULL
}

// dirFault says what stands between us and the state directory.
func dirFault(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Wrap(err, fault.Unavailable, "make room on that disk", "state directory %q: the disk is full", dir)
	case errors.Is(err, syscall.EROFS):
		return fault.Wrap(err, fault.Unavailable, "choose another one with --state, or mount it for writing", "state directory %q is on a read-only file system", dir)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "run as a user who may write there, or choose another one with --state", "state directory %q is not writable", dir)
	}
	return fault.Wrap(err, fault.Unavailable, "choose another one with --state", "state directory %q cannot be used", dir)
}
