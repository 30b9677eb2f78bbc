package store

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// tallyName is a file beside the database that holds the number of the newest
// entry of the lease log that is on the disk, and a CRC-32C of that number. It
// is written after each commit and before its ACKs, and not waited for: after a
// loss of power it may tell an earlier number, never a later one. So a database
// with a lower number has lost leases: its WAL was cut off between two
// transactions, or an older copy was put in its place.
const tallyName = "tally"

type tally struct {
	file *os.File

	mu  sync.Mutex // guards buf
	buf []byte
}

func openTally(dir string) (*tally, error) {
	f, err := os.OpenFile(filepath.Join(dir, tallyName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &tally{file: f}, nil
}

// read gives 0 where the file does not say.
func (t *tally) read() int64 {
	b := make([]byte, 64)
	n, _ := t.file.ReadAt(b, 0)
	number, sum, _ := strings.Cut(strings.TrimSpace(string(b[:n])), " ")
	last, err := strconv.ParseInt(number, 10, 64)
	if err != nil || sum != sumOf([]byte(number)) {
		return 0
	}
	return last
}

// write notes the newest entry. An error costs no lease: what stands there
// then is lower.
func (t *tally) write(last int64) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	// Of one length, so that one call replaces all of it.
	t.buf = fmt.Appendf(t.buf[:0], "%020d", last)
	t.buf = fmt.Appendf(t.buf, " %s\n", sumOf(t.buf))
	_, _ = t.file.WriteAt(t.buf, 0)
}

func sumOf(number []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(number, castagnoli)) }

// tallied opens the tally and says by how many commits the database is behind
// it, and what the newest is.
func (s *Store) tallied() (behind, end int64, err error) {
	if s.tally, err = openTally(s.dir); err != nil {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			return 0, 0, nil // the next start makes it
		}
		return 0, 0, dirFault(s.dir, err)
	}
	if err := s.write.QueryRow("SELECT " + logEnd).Scan(&end); err != nil {
		return 0, 0, classify(err, "opening the database")
	}
	return max(0, s.tally.read()-end), end, nil
}

// missWhatIsGone enters the rebuild state where the WAL of a server that did
// not stop in order is not there (wal says that it is, or needs not be), or the
// database is older than what was acknowledged, unless it is in it for another
// reason.
func (s *Store) missWhatIsGone(wal bool) error {
	behind, end, err := s.tallied()
	_, missing := s.Rebuilding()
	switch {
	case err != nil:
	case !wal:
		err = s.rebuild("the server before did not stop in order, and what it wrote last, in seedbed.db-wal, is gone; stop, put that file back, and start again if you have it")
	case behind > 0 && !missing:
		err = s.rebuild(fmt.Sprintf("the database is older than what was acknowledged from here, by %d commits: it is an older copy, or the end of seedbed.db-wal was cut off", behind))
	}
	if err == nil {
		s.tally.write(end) // it is told once
	}
	return err
}

// logEnd is the number of the newest entry that there was.
const logEnd = "max(coalesce((SELECT max(id) FROM lease_log),0),(SELECT log_end FROM lease_sum))"
