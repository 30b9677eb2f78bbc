package install

import "time"

// unheard is time in which nobody listened to a machine. It began when the
// machine had last been heard at from; a later word makes it void.
type unheard struct {
	from time.Time
	took time.Duration
}

// since is the part of the time since a machine was last heard in which
// nobody listened to it.
func (u unheard) since(last time.Time) time.Duration {
	if u.from.Equal(last) {
		return u.took
	}
	return 0
}

// Unheard says that nobody listened for so long, the server having been
// stopped or frozen until now: what a machine said then is lost, and its
// silence proves nothing.
func (l *Ledger) Unheard(took time.Duration, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.byID {
		if now.Sub(r.LastAt) >= took {
			r.unheard = unheard{r.LastAt, r.unheard.since(r.LastAt) + took}
		}
	}
}
