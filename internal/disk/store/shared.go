package store

import (
	"database/sql"
	"path/filepath"

	"seedbed/internal/fault"
)

// OpenShared opens the database for a change to the catalogue that does not
// wait for the server to stop: as Open does where nobody serves, else beside
// the server. Leases, attempts and events are the server's: leave them alone.
func OpenShared(dir string) (*Store, error) {
	s, err := Open(dir)
	if err == nil || fault.KindOf(err) != fault.Conflict {
		return s, err
	}
	path := filepath.Join(dir, "seedbed.db")
	s = &Store{}
	if s.write, err = sql.Open("sqlite", address(path, "rw", writerCache)); err != nil {
		return nil, classify(err, "opening the database")
	}
	s.write.SetMaxOpenConns(1)
	if _, err = verify(s.write); err == nil {
		err = s.openReaders(path)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}
