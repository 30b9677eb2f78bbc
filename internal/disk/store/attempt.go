package store

import (
	"database/sql"

	"seedbed/internal/core/install"
)

// SaveAttempt keeps an attempt under its number, over an older state of it;
// it is on the disk when nil is returned.
func (s *Store) SaveAttempt(a install.Attempt) error {
	return s.change("saving an attempt", func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO attempt
			(id,machine,profile,image,state,stalled_in,why,token,armed,started,ended,last_step,last_text,last_at,bytes,files,boots,question)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
			ON CONFLICT (id) DO UPDATE SET state=excluded.state, stalled_in=excluded.stalled_in, why=excluded.why,
			started=excluded.started, ended=excluded.ended, last_step=excluded.last_step, last_text=excluded.last_text,
			last_at=excluded.last_at, bytes=excluded.bytes, files=excluded.files, boots=excluded.boots, question=excluded.question`,
			a.ID, a.Machine, a.Profile, a.Image, string(a.State), string(a.StalledIn), a.Why, a.Token,
			nanos(a.Armed), nanos(a.Started), nanos(a.Ended), string(a.LastStep), a.LastText, nanos(a.LastAt),
			a.Bytes, a.Files, a.Boots, a.Question)
		return err
	})
}

// Attempts gives all that are kept, oldest first.
func (s *Store) Attempts() ([]install.Attempt, error) {
	return list(s, "reading attempts", func(r *sql.Rows) (a install.Attempt, err error) {
		var armed, started, ended, last int64
		err = r.Scan(&a.ID, &a.Machine, &a.Profile, &a.Image, &a.State, &a.StalledIn, &a.Why, &a.Token,
			&armed, &started, &ended, &a.LastStep, &a.LastText, &last, &a.Bytes, &a.Files, &a.Boots, &a.Question)
		a.Armed, a.Started, a.Ended, a.LastAt = moment(armed), moment(started), moment(ended), moment(last)
		return a, err
	}, `SELECT id,machine,profile,image,state,stalled_in,why,token,armed,started,ended,last_step,last_text,last_at,bytes,files,boots,question
		FROM attempt ORDER BY id`)
}
