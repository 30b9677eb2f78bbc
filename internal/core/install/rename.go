package install

import (
	"cmp"
	"slices"
)

// Rename says that machines have other names now, old to new: their attempts
// go with them, so that an installed machine stays one under its new name. Who
// has attempts under the new name and keeps it keeps those, and nothing goes
// there. moved are the attempts that are current under the new names. On an
// error the rest is done all the same, and stored at a sweep.
func (l *Ledger) Rename(names map[string]string) (moved []Attempt, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	goes := l.movable(names)
	if len(goes) == 0 {
		return nil, nil
	}
	current := map[string]*record{}
	for old := range goes {
		current[old] = l.newest[old]
		delete(l.newest, old)
	}
	for _, r := range l.byID {
		to, ok := goes[r.Machine]
		if !ok {
			continue
		}
		next := r.Attempt
		next.Machine = to
		if fail := l.save(r, next, r.saved); fail != nil {
			r.Attempt, r.dirty, err = next, true, cmp.Or(err, fail)
		}
	}
	for old, r := range current {
		if have := l.newest[goes[old]]; have == nil || have.ID < r.ID {
			l.newest[goes[old]] = r
		}
	}
	for _, to := range goes {
		if a := l.newest[to].Attempt; !slices.ContainsFunc(moved, func(m Attempt) bool { return m.ID == a.ID }) {
			moved = append(moved, a)
		}
	}
	slices.SortFunc(moved, func(a, b Attempt) int { return cmp.Compare(a.ID, b.ID) })
	return moved, err
}

// movable are those of names that have attempts and whose new name is free.
func (l *Ledger) movable(names map[string]string) map[string]string {
	goes := map[string]string{}
	for old, to := range names {
		if l.newest[old] != nil && old != to {
			goes[old] = to
		}
	}
	for again := true; again; {
		again = false
		for old, to := range goes {
			if _, leaves := goes[to]; l.newest[to] != nil && !leaves {
				delete(goes, old)
				again = true
			}
		}
	}
	return goes
}
