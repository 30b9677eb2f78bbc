package store

import (
	"database/sql"
	"encoding/json"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/fault"
)

// more is what of an attempt no query asks for.
type more struct {
	Asked    time.Time        `json:"asked,omitzero"`
	Packages int              `json:"packages,omitempty"`
	Marks    []install.Mark   `json:"marks,omitempty"`
	Silences install.Silences `json:"silences,omitzero"`
}

// SaveAttempt keeps an attempt under its number, over an older state of it;
// it is on the disk when nil is returned.
func (s *Store) SaveAttempt(a install.Attempt) error {
	body, err := json.Marshal(more{a.Asked, a.Packages, a.Marks, a.Silences})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "", "saving an attempt")
	}
	return s.change("saving an attempt", func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO attempt
			(id,machine,profile,image,state,stalled_in,why,token,armed,started,ended,last_step,last_text,last_at,bytes,files,boots,question,more)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
			ON CONFLICT (id) DO UPDATE SET machine=excluded.machine, state=excluded.state, stalled_in=excluded.stalled_in, why=excluded.why,
			started=excluded.started, ended=excluded.ended, last_step=excluded.last_step, last_text=excluded.last_text,
			last_at=excluded.last_at, bytes=excluded.bytes, files=excluded.files, boots=excluded.boots, question=excluded.question, more=excluded.more`,
			a.ID, a.Machine, a.Profile, a.Image, string(a.State), string(a.StalledIn), a.Why, a.Token,
			nanos(a.Armed), nanos(a.Started), nanos(a.Ended), string(a.LastStep), a.LastText, nanos(a.LastAt),
			a.Bytes, a.Files, a.Boots, a.Question, string(body))
		return err
	})
}

// Attempts gives all that are kept, oldest first.
func (s *Store) Attempts() ([]install.Attempt, error) {
	return list(s, "reading attempts", func(r *sql.Rows) (a install.Attempt, err error) {
		var armed, started, ended, last int64
		var body []byte
		err = r.Scan(&a.ID, &a.Machine, &a.Profile, &a.Image, &a.State, &a.StalledIn, &a.Why, &a.Token,
			&armed, &started, &ended, &a.LastStep, &a.LastText, &last, &a.Bytes, &a.Files, &a.Boots, &a.Question, &body)
		a.Armed, a.Started, a.Ended, a.LastAt = moment(armed), moment(started), moment(ended), moment(last)
		var m more
		if err == nil {
			err = json.Unmarshal(body, &m)
		}
		a.Asked, a.Packages, a.Marks, a.Silences = m.Asked, m.Packages, m.Marks, m.Silences
		return a, err
	}, `SELECT id,machine,profile,image,state,stalled_in,why,token,armed,started,ended,last_step,last_text,last_at,bytes,files,boots,question,more
		FROM attempt ORDER BY id`)
}
