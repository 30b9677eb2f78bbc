package store

import (
	"crypto/sha256"
	"database/sql"
	"time"

	"seedbed/internal/fault"
)

// Bounds of what is kept, so that a client that asks for ever fills no disk.
const (
	maxDocument  = 4 << 20 // bytes of one
	maxDocuments = 500     // of one attempt
)

// Document is an answer file or script, exactly as it was served.
type Document struct {
	Attempt int64     `json:"attempt"`
	Name    string    `json:"name"`
	At      time.Time `json:"time"` // when it was first served so
	SHA256  []byte    `json:"sha256"`
	Content []byte    `json:"content"`
}

// SaveDocument keeps what was served under a name in an attempt (0: outside
// any). The same bytes are kept once, however often they were served. More
// than 4 MiB is Invalid; an attempt's documents after the 500th are Conflict.
func (s *Store) SaveDocument(attempt int64, name string, content []byte) error {
	if len(content) > maxDocument {
		return fault.New(fault.Invalid, "", "%q has %d bytes; documents up to %d are kept", name, len(content), maxDocument)
	}
	sum := sha256.Sum256(content)
	var known bool
	err := s.read.QueryRow("SELECT EXISTS (SELECT 1 FROM document WHERE attempt=? AND name=? AND sha256=?)", attempt, name, sum[:]).Scan(&known)
	if err != nil || known {
		return classify(err, "saving a document")
	}
	return s.change("saving a document", func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM document WHERE attempt=?", attempt).Scan(&n); err != nil {
			return err
		}
		if n >= maxDocuments {
			return fault.New(fault.Conflict, "", "%d different documents of attempt %d are kept already", n, attempt)
		}
		if content == nil {
			content = []byte{} // nil would be NULL
		}
		if _, err := tx.Exec("INSERT INTO content (sha256,bytes) VALUES (?,?) ON CONFLICT DO NOTHING", sum[:], content); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO document (attempt,name,at,sha256) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
			attempt, name, nanos(time.Now()), sum[:])
		return err
	})
}

// Documents gives what was served in an attempt, in the order it was.
func (s *Store) Documents(attempt int64) ([]Document, error) {
	return list(s, "reading documents", func(r *sql.Rows) (d Document, err error) {
		var at int64
		err = r.Scan(&d.Attempt, &d.Name, &at, &d.SHA256, &d.Content)
		d.At = moment(at)
		return d, err
	}, "SELECT attempt,name,at,sha256,bytes FROM document JOIN content USING (sha256) WHERE attempt=? ORDER BY id", attempt)
}
