package store

import (
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"seedbed/internal/fault"
)

// applicationID marks a SQLite file as ours: "Seed".
const applicationID = 0x53656564

//go:embed schema/*.sql
var schemaFiles embed.FS

// steps are the schema steps in their order; step n leads to user_version n+1.
func steps() []string {
	names, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil || len(names) == 0 {
		panic("store: no schema embedded")
	}
	out := make([]string, 0, len(names))
	for _, name := range names {
		b, err := schemaFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		out = append(out, string(b))
	}
	return out
}

// create makes a complete, empty database beside its place and moves it in,
// so that a half-made one is never met: whatever bears the name is whole.
func create(path string) error {
	tmp := path + ".new"
	for _, old := range []string{tmp, tmp + "-wal", tmp + "-shm"} {
		if err := os.Remove(old); err != nil && !os.IsNotExist(err) {
			return dirFault(filepath.Dir(path), err)
		}
	}
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return dirFault(filepath.Dir(path), err)
	}
	f.Close()
	db, err := sql.Open("sqlite", address(tmp, "rwc", writerCache))
	if err != nil {
		return classify(err, "creating the database")
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec(fmt.Sprintf("PRAGMA application_id=%d", applicationID))
	if err == nil {
		err = upgrade(db)
	}
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return classify(err, "creating the database")
	}
	if err := os.Rename(tmp, path); err != nil {
		return dirFault(filepath.Dir(path), err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return dirFault(dir, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !os.IsPermission(err) && err != syscall.EINVAL {
		return dirFault(dir, err)
	}
	return nil
}

// version reads how far the schema of a database has come.
func version(db *sql.DB) (id, v int, err error) {
	if err = db.QueryRow("PRAGMA application_id").Scan(&id); err == nil {
		err = db.QueryRow("PRAGMA user_version").Scan(&v)
	}
	return id, v, err
}

// verify refuses a database that is not ours, or is newer than this program.
func verify(db *sql.DB) (v int, err error) {
	id, v, err := version(db)
	if err != nil {
		return 0, classify(err, "opening the database")
	}
	if id != applicationID {
		return 0, fault.New(fault.Invalid, damagedHint, "seedbed.db is not a database of seedbed")
	}
	if known := len(steps()); v > known {
		return 0, fault.New(fault.Invalid, "use the seedbed that wrote it, or a later one",
			"the database is newer (schema %d) than this program (schema %d)", v, known)
	}
	return v, nil
}

// upgrade applies the steps that a database lacks, each in one transaction.
func upgrade(db *sql.DB) error {
	_, v, err := version(db)
	if err != nil {
		return classify(err, "reading the schema's version")
	}
	for i, step := range steps() {
		if i < v {
			continue
		}
		tx, err := db.Begin()
		if err != nil {
			return classify(err, "upgrading the database")
		}
		_, err = tx.Exec(step + fmt.Sprintf("\n;PRAGMA user_version=%d;", i+1))
		if err == nil && i == 1 {
			err = carryLeases(tx)
		}
		if err == nil && i == 3 {
			err = sumLeases(tx)
		}
		if err == nil {
			err = tx.Commit()
		} else {
			_ = tx.Rollback()
		}
		if err != nil {
			return logFault(err, fmt.Sprintf("upgrading the database to schema %d", i+1))
		}
	}
	return nil
}
