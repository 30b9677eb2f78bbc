package store

import (
	"database/sql"
	"errors"
	"hash/crc32"

	"seedbed/internal/core/lease"
)

// summed is what is known of the leases in the table: how many, and the
// exclusive or of the CRC-32C of each, as the log would hold it.
type summed struct {
	n   int
	sum uint32
	buf []byte
}

var errTable = errors.New("the table of leases is not as it was written")

// add counts one lease, again to take it away.
func (s *summed) add(l *lease.Lease, by int) error {
	var err error
	if s.buf, err = appendLease(s.buf[:0], l); err != nil {
		return errTable
	}
	s.n += by
	s.sum ^= crc32.Checksum(s.buf, castagnoli)
	return nil
}

// replace counts a lease instead of the one in that row, if it is there.
func (s *summed) replace(row *sql.Row, l *lease.Lease) error {
	var old lease.Lease
	err := scanLease(row, &old)
	if err == nil {
		err = s.add(&old, -1)
	}
	if err != nil && err != sql.ErrNoRows {
		return err
	}
	return s.add(l, 1)
}

// check compares with what is written down.
func (s *summed) check(tx *sql.Tx) error {
	was, err := readSum(tx)
	if err == nil && (was.n != s.n || was.sum != s.sum) {
		err = errTable
	}
	return err
}

func readSum(tx *sql.Tx) (s summed, err error) {
	err = tx.QueryRow("SELECT n,sum FROM lease_sum").Scan(&s.n, &s.sum)
	if err == sql.ErrNoRows {
		err = errTable
	}
	return s, err
}

// write keeps the sum, and the newest entry of the log that it has taken in.
func (s *summed) write(tx *sql.Tx, last int64) error {
	_, err := tx.Exec("UPDATE lease_sum SET n=?,sum=?,log_end=?", s.n, s.sum, last)
	return err
}

// sumLeases is for a database that had no sum.
func sumLeases(tx *sql.Tx) error {
	rows, err := tx.Query(selectLeases)
	if err != nil {
		return err
	}
	defer rows.Close()
	var s summed
	for rows.Next() {
		var l lease.Lease
		if err := scanLease(rows, &l); err != nil {
			return err
		}
		if err := s.add(&l, 1); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	if _, err := tx.Exec("UPDATE lease_sum SET n=?,sum=?", s.n, s.sum); err != nil {
		return err
	}
	_, err = tx.Exec(noteEnd)
	return err
}

// begun notes, in the database's own file before anything else is written,
// that a server writes from now on, until ended. After that, a log that is not
// there was lost. unclean: there is one. wasEnded: the last server had come to
// its end. Where the disk has no room for that note the server begins without
// it: nothing can be acknowledged there now.
func begun(db *sql.DB, unclean bool) (noted, wasEnded bool, err error) {
	const doing = "opening the database"
	err = change(db, doing, func(tx *sql.Tx) error {
		var rows, last, n int
		var newest sql.NullInt64
		if err := tx.QueryRow("SELECT log_rows,log_last FROM lease_sum").Scan(&rows, &last); err != nil {
			return err
		}
		if wasEnded = rows >= 0; wasEnded && !unclean {
			if err := tx.QueryRow("SELECT count(*),max(id) FROM lease_log").Scan(&n, &newest); err != nil {
				return err
			}
			if n != rows || newest.Int64 != int64(last) {
				return logFault(errLogBody, doing)
			}
		}
		_, err := tx.Exec("UPDATE lease_sum SET log_rows=-1")
		return err
	})
	if err == nil {
		_, err = db.Exec("PRAGMA wal_checkpoint(PASSIVE)")
		err = classify(err, doing)
	}
	if isFull(err) {
		return false, wasEnded, nil
	}
	return err == nil, wasEnded, err
}

// ended is what a server does last.
func ended(db *sql.DB) error {
	return change(db, "closing the database", func(tx *sql.Tx) error {
		_, err := tx.Exec(noteEnd)
		return err
	})
}

const noteEnd = "UPDATE lease_sum SET log_rows=(SELECT count(*) FROM lease_log),log_last=(SELECT coalesce(max(id),0) FROM lease_log)"
