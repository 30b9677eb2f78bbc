package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// rebuildName is a file that holds when the records of leases were found lost,
// and why on its second line.
// It is no part of the database: it has to outlive that.
const rebuildName = "rebuild"

// isLost says whether a seedbed has served from here before, and its database
// is gone.
func isLost(dir string) bool {
	for _, name := range []string{"seedbed.db", "seedbed.db-wal"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			return false
		}
	}
	_, err := os.Lstat(filepath.Join(dir, "lock"))
	return err == nil
}

// Rebuilding says since when records of leases have been missing: the
// database was lost, or somebody said Rebuild, and nobody Rebuilt.
func (s *Store) Rebuilding() (since time.Time, missing bool) {
	path := filepath.Join(s.dir, rebuildName)
	b, err := os.ReadFile(path)
	if err != nil {
		return time.Time{}, false
	}
	first, _, _ := strings.Cut(string(b), "\n")
	if since, err = time.Parse(time.RFC3339, strings.TrimSpace(first)); err == nil {
		return since, true
	}
	if st, err := os.Stat(path); err == nil {
		since = st.ModTime()
	}
	return since, true
}

// Missing says why records are, in a clause; "" where nobody has said it.
func (s *Store) Missing() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, rebuildName))
	_, why, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return why
}

// Rebuild notes that records of leases are missing from now on, on the disk
// when it returns nil.
func (s *Store) Rebuild() error { return s.rebuild("somebody said so (serve --rebuild)") }

func (s *Store) rebuild(why string) error {
	f, err := os.OpenFile(filepath.Join(s.dir, rebuildName), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return dirFault(s.dir, err)
	}
	_, err = f.WriteString(time.Now().UTC().Format(time.RFC3339) + "\n" + why + "\n")
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return dirFault(s.dir, err)
	}
	return syncDir(s.dir)
}

// Rebuilt ends what Rebuild began.
func (s *Store) Rebuilt() error {
	if err := os.Remove(filepath.Join(s.dir, rebuildName)); err != nil && !os.IsNotExist(err) {
		return dirFault(s.dir, err)
	}
	return syncDir(s.dir)
}

// keepWAL copies a damaged write-ahead log: SQLite overwrites what it
// cannot read.
func keepWAL(path string) error {
	from, err := os.Open(path + "-wal")
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path+"-wal.damaged", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
