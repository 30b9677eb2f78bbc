package install

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"seedbed/internal/fault"
)

// Store keeps attempts. SaveAttempt returns nil only when it is on the disk.
type Store interface {
	SaveAttempt(Attempt) error
}

// lazily is how long counters alone may wait to be saved; a change of state
// or question is saved at once.
const lazily = 5 * time.Second

// Ledger holds all attempts and follows the open ones. It reads no clock: time
// comes with the events. It is safe for concurrent use.
type Ledger struct {
	store Store

	mu      sync.Mutex
	last    int64
	byID    map[int64]*record
	byToken map[string]*record
	newest  map[string]*record // by machine
	models  map[kind][]*record // the successful ones, oldest first, at most maxModels
	since   time.Time          // of this run's first word: nothing was heard before
}

// record is an attempt with what need not outlive the process.
type record struct {
	Attempt
	started bool      // this boot has come as far as a script or file
	after   bool      // another attempt ran on the machine before: what that one started may still run
	dirty   bool      // differs from what the store has
	saved   time.Time // event time of the last save
	unheard unheard
}

// NewLedger starts from the attempts that an earlier run has stored.
func NewLedger(stored []Attempt, store Store) *Ledger {
	l := &Ledger{store: store, byID: map[int64]*record{}, byToken: map[string]*record{}, newest: map[string]*record{}, models: map[kind][]*record{}}
	stored = slices.Clone(stored)
	slices.SortFunc(stored, func(a, b Attempt) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range stored {
		l.enter(a)
	}
	return l
}

func (l *Ledger) enter(a Attempt) {
	r := &record{Attempt: a}
	if old := l.newest[a.Machine]; old != nil {
		r.after = old.after || !old.Started.IsZero()
	}
	l.byID[a.ID], l.newest[a.Machine] = r, r
	if a.Token != "" {
		l.byToken[a.Token] = r
	}
	l.last = max(l.last, a.ID)
	l.learn(r)
}

// Arm makes a new attempt, with a fresh secret token of 128 bits, that waits
// for the machine to boot. One that is open ends as failed. The new attempt is
// stored when the error is nil, and does not exist otherwise.
func (l *Ledger) Arm(machine, profile, image string, at time.Time) (Attempt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.newest[machine]; old != nil && !old.State.Over() {
		next := old.Attempt
		next.State, next.StalledIn, next.Why, next.Ended, next.Question, next.Asked = Failed, "", superseded, at, "", time.Time{}
		if err := l.save(old, next, at); err != nil {
			return Attempt{}, arming(machine, err)
		}
	}
	a := Attempt{ID: l.last + 1, Machine: machine, Profile: profile, Image: image,
		State: Waiting, Token: rand.Text(), Armed: at}
	if err := l.store.SaveAttempt(a); err != nil {
		return Attempt{}, arming(machine, err)
	}
	l.enter(a)
	return a, nil
}

const superseded = "a new attempt was armed"

func arming(machine string, err error) error {
	return fault.Wrap(err, fault.KindOf(err), "", "arming an attempt for %q", machine)
}

// save stores next and then makes it the truth.
func (l *Ledger) save(r *record, next Attempt, at time.Time) error {
	if err := l.store.SaveAttempt(next); err != nil {
		return err
	}
	r.Attempt, r.dirty, r.saved = next, false, at
	return nil
}

// Current gives the machine's newest attempt, over or not.
func (l *Ledger) Current(machine string) (Attempt, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return of(l.newest[machine])
}

// ByToken finds the attempt that a callback address belongs to, over or not.
func (l *Ledger) ByToken(token string) (Attempt, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return of(l.byToken[token])
}

func of(r *record) (Attempt, bool) {
	if r == nil {
		return Attempt{}, false
	}
	return r.Attempt, true
}

// All lists the attempts, oldest first.
func (l *Ledger) All() []Attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Attempt, 0, len(l.byID))
	for _, r := range l.byID {
		out = append(out, r.Attempt)
	}
	slices.SortFunc(out, func(a, b Attempt) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// ShouldInstall says whether the machine is to be booted into its installer,
// and why or why not. The attempt is the newest, if there is one.
func (l *Ledger) ShouldInstall(machine string) (Attempt, bool, string) {
	a, ok := l.Current(machine)
	switch {
	case !ok:
		return a, false, "no attempt to install it was armed"
	case a.State == Done:
		return a, false, fmt.Sprintf("attempt %d has installed it", a.ID)
	case a.State == Failed:
		return a, false, fmt.Sprintf("attempt %d failed: %s", a.ID, a.Why)
	}
	return a, true, fmt.Sprintf("attempt %d is %s", a.ID, a.State)
}

// Observe takes one event in. It belongs to the attempt that it names or, if
// it names none, to the machine's newest; with neither, nothing changes and
// the attempt is zero. changed says that state, question or why differ.
//
// Of an Installed event a nil error promises that the end is on the disk; with
// an error nothing has changed and the sender shall say it again. Any other
// event is taken in also when it cannot be stored; the error says so, and the
// store is asked again with the next one.
func (l *Ledger) Observe(e Event) (a Attempt, changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.newest[e.Machine]
	if e.Attempt != 0 {
		r = l.byID[e.Attempt]
	}
	if r == nil {
		return Attempt{}, false, nil
	}
	if r.State.Over() && !l.reopens(r, e) || r.State == Waiting && r.after && strange(e) {
		return r.Attempt, false, nil
	}
	if l.since.IsZero() {
		l.since = e.At
	}
	next, started := advance(r.Attempt, e, r.started, l.since)
	changed = next.State != r.State || next.Question != r.Question || next.Why != r.Why || next.Boots != r.Boots
	if next.State == Done {
		if err := l.save(r, next, e.At); err != nil {
			return r.Attempt, false, fault.Wrap(err, fault.KindOf(err), "", "recording that %q is installed", r.Machine)
		}
		l.learn(r)
		return r.Attempt, changed, nil
	}
	r.Attempt, r.started, r.dirty = next, started, true
	if changed || e.At.Sub(r.saved) >= lazily {
		if err := l.save(r, next, e.At); err != nil {
			return r.Attempt, changed, fault.Wrap(err, fault.KindOf(err), "", "recording what %q does", r.Machine)
		}
	}
	return r.Attempt, changed, nil
}

// heard is when a machine was last heard, or could first have been. What lies
// in the future does not count: the clock was set back.
func (l *Ledger) heard(last, now time.Time) time.Time {
	since := l.since
	if since.After(now) {
		since = last
	}
	if last.After(now) {
		last = since
	}
	return later(last, since)
}

// reopens: the only event that counts after the end is the callback of an
// installer that had reported a failure and then came through.
func (l *Ledger) reopens(r *record, e Event) bool {
	return e.Step == Installed && r.State == Failed && r.Why != superseded && l.newest[r.Machine] == r
}

// strange events may be of the system that ran before the attempt was armed,
// and of which nobody knows when it ends: an installer that goes on, fails or
// finishes. A boot begins otherwise.
func strange(e Event) bool {
	switch e.Step {
	case Reported, Installed:
		return e.Attempt == 0
	case Fetched:
		return !strings.HasPrefix(e.Path, bootFiles)
	}
	return false
}

// bootFiles is where kernels and initrds are served.
const bootFiles = "boot/"

// Limits are how long a machine may be silent in each stage; zero fields stand
// for the usual 5 and 15 minutes.
type Limits struct {
	Booting    time.Duration
	Installing time.Duration
}

// Sweep finds the attempts that have been silent for too long by now, makes
// them stalled and gives those. It also stores what has waited to be.
func (l *Ledger) Sweep(now time.Time, limits Limits) []Attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Attempt
	if l.since.IsZero() {
		l.since = now // after a restart every machine has its whole time again
	}
	for _, r := range l.byID {
		if allowed := limits.of(r.State); allowed > 0 {
			usual := l.usual(r.Attempt)
			until := now.Add(-r.unheard.since(r.LastAt))
			if until.Sub(l.heard(r.LastAt, now)) >= patience(allowed, usual) {
				r.Why = silence(r.Attempt, until, usual)
				r.StalledIn, r.State, r.dirty = r.State, Stalled, true
				out = append(out, r.Attempt)
			}
		}
		if r.dirty && (r.State == Stalled || now.Sub(r.saved) >= lazily) {
			// On an error it stays dirty and is tried at the next sweep.
			_ = l.save(r, r.Attempt, now)
		}
	}
	slices.SortFunc(out, func(a, b Attempt) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (l Limits) of(s State) time.Duration {
	switch s {
	case Booting:
		return cmp.Or(l.Booting, 5*time.Minute)
	case Installing:
		return cmp.Or(l.Installing, 15*time.Minute)
	}
	return 0
}
