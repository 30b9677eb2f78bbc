package store

import (
	"database/sql"

	"seedbed/internal/core/install"
	"seedbed/internal/fault"
)

// maxEvents bounds what one query gives when it asks for no less.
const maxEvents = 10000

// AppendEvents takes events into the journal and writes their ID into the
// given slice. They are on the disk within a second; Events finds them at
// once. The error, if any, is that of the last attempt to write: the events
// are then held back (the newest 10,000 of them) and written with the next.
func (s *Store) AppendEvents(events []install.Event) error {
	if s.events == nil {
		return fault.New(fault.Conflict, "", "saving events: the database is open for reading only")
	}
	return s.events.append(events)
}

// Changed gives a channel that is closed when the next event is appended. In
// a store open for reading only it never is.
func (s *Store) Changed() <-chan struct{} {
	if s.events == nil {
		return nil
	}
	return s.events.changed()
}

// Events gives the events that a query asks for, oldest first; at most 10,000
// at once. Without After it gives the newest, with it the next ones.
func (s *Store) Events(q install.Query) ([]install.Event, error) {
	if q.Limit <= 0 || q.Limit > maxEvents {
		q.Limit = maxEvents
	}
	// Taken before the disk is read: what is written in between is in both.
	var waiting []install.Event
	if s.events != nil {
		waiting = s.events.unwritten()
	}
	where, args := "id>?", []any{q.After}
	if q.Machine != "" {
		where, args = where+" AND machine=?", append(args, q.Machine)
	}
	if q.Attempt != 0 {
		where, args = where+" AND attempt=?", append(args, q.Attempt)
	}
	order := "ASC"
	if q.After == 0 {
		order = "DESC"
	}
	args = append(args, q.Limit)
	out, err := list(s, "reading events", scanEvent,
		"SELECT * FROM (SELECT "+eventColumns+" FROM event WHERE "+where+" ORDER BY id "+order+" LIMIT ?) ORDER BY id", args...)
	if err != nil {
		return nil, err
	}
	return join(q, out, waiting), nil
}

// join puts those that are still in memory behind those on the disk: events
// are written in the order of their numbers.
func join(q install.Query, out, waiting []install.Event) []install.Event {
	last := q.After
	if len(out) > 0 {
		last = out[len(out)-1].ID
	}
	for _, e := range waiting {
		if e.ID > last && (q.Machine == "" || e.Machine == q.Machine) && (q.Attempt == 0 || e.Attempt == q.Attempt) {
			out = append(out, e)
		}
	}
	switch over := len(out) - q.Limit; {
	case over <= 0:
		return out
	case q.After == 0:
		return out[over:]
	}
	return out[:q.Limit]
}

const eventColumns = "id,at,machine,attempt,step,text,path,bytes,failed,firmware,question,answered"

func scanEvent(r *sql.Rows) (e install.Event, err error) {
	var at int64
	err = r.Scan(&e.ID, &at, &e.Machine, &e.Attempt, &e.Step, &e.Text, &e.Path, &e.Bytes, &e.Failed, &e.Firmware, &e.Question, &e.Answered)
	e.At = moment(at)
	return e, err
}

func putEvents(tx *sql.Tx, events []install.Event) error {
	stmt, err := tx.Prepare("INSERT INTO event (" + eventColumns + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, e := range events {
		_, err := stmt.Exec(e.ID, nanos(e.At), e.Machine, e.Attempt, string(e.Step), e.Text, e.Path, e.Bytes, e.Failed,
			string(e.Firmware), e.Question, e.Answered)
		if err != nil {
			return err
		}
	}
	return nil
}

// Of the events of an attempt, those that come in floods, and the others.
const (
	floods = " FROM event WHERE attempt=? AND step IN ('reported','fetched')"
	others = " FROM event WHERE attempt=? AND step NOT IN ('reported','fetched')"
)

// pruneOne keeps at most limit events of one attempt (0: of none). What came
// in floods goes first, so that the story of a long install stays whole. It
// looks without keeping the writers waiting, and removes a few at a time.
func (j *journal) pruneOne(attempt int64, limit int) error {
	var have int
	if err := j.read.QueryRow("SELECT count(*) FROM event WHERE attempt=?", attempt).Scan(&have); err != nil {
		return classify(err, "pruning events")
	}
	over := have - limit
	for _, of := range []string{floods, others} {
		if over <= 0 {
			return nil
		}
		var n int
		var last sql.NullInt64
		err := j.read.QueryRow("SELECT count(*), max(id) FROM (SELECT id"+of+" ORDER BY id LIMIT ?)", attempt, over).Scan(&n, &last)
		if err != nil {
			return classify(err, "pruning events")
		}
		if err := j.remove(of, attempt, last.Int64, n); err != nil {
			return err
		}
		over -= n
	}
	return nil
}

// remove deletes the n events of that kind up to last.
func (j *journal) remove(of string, attempt, last int64, n int) error {
	for ; n > 0; n -= pruneOnce {
		err := change(j.db, "pruning events", func(tx *sql.Tx) error {
			_, err := tx.Exec("DELETE FROM event WHERE id IN (SELECT id"+of+" AND id<=? ORDER BY id LIMIT ?)", attempt, last, pruneOnce)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
