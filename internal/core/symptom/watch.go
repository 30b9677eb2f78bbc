package symptom

import (
	"slices"
	"time"
)

// Bounds of what a Watch remembers, whatever the wire carries.
const (
	maxStories = 4096
	maxFacts   = 2048 // of one machine
	squeezed   = 128  // newest facts that are looked through for worthless ones
)

// settle is how long a symptom that is known by what did not come has to last
// before it is told: DHCP servers that look first whether an address is free
// take three seconds, and firmware asks again after four.
const settle = 5 * time.Second

// Watch tells symptoms while they happen. The zero value is ready; it is for
// one goroutine.
type Watch struct {
	book  book
	fresh map[*story]bool      // stories that grew, or have something to settle
	first map[string]time.Time // by key: since when it is found
	told  map[string]bool
}

// See takes a fact in. Facts come in the order of their time.
func (w *Watch) See(f Fact) {
	if w.fresh == nil {
		w.fresh, w.first, w.told = map[*story]bool{}, map[string]time.Time{}, map[string]bool{}
	}
	if len(w.book.stories) >= maxStories {
		w.book = book{} // a wire with so many is a storm; it begins anew
		clear(w.fresh)
		clear(w.first)
		clear(w.told)
	}
	s := w.book.enter(f)
	s.squeeze(f)
	w.fresh[s] = true
}

// Tell gives the symptoms that were not told yet. It wants to be called about
// once a second.
func (w *Watch) Tell(now time.Time) (out []Symptom) {
	for _, s := range w.book.stories {
		if !w.fresh[s] {
			continue
		}
		delete(w.fresh, s)
		found := map[string]bool{}
		for _, x := range s.symptoms() {
			k := x.key()
			found[k] = true
			switch since, ok := w.first[k]; {
			case w.told[k]:
			case x.absent && !ok:
				w.first[k] = now
				w.fresh[s] = true
			case x.absent && now.Sub(since) < settle:
				w.fresh[s] = true
			default:
				w.told[k] = true
				s.keys = append(s.keys, k)
				out = append(out, x)
			}
			if x.absent {
				s.keys = append(s.keys, k)
			}
		}
		w.forget(s, found)
	}
	return out
}

// forget lets what has passed be told again when it comes back.
func (w *Watch) forget(s *story, found map[string]bool) {
	keys := s.keys[:0]
	for _, k := range s.keys {
		if found[k] {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
			continue
		}
		delete(w.first, k)
		delete(w.told, k)
	}
	s.keys = keys
}

// key tells symptoms apart; two servers on a wire are one symptom, whoever
// hears them.
func (x Symptom) key() string {
	if x.Name == "two-servers" {
		return x.Name + " " + x.subject
	}
	return x.Name + " " + x.Who + " " + x.subject
}

// squeeze drops what the newest fact has made worthless, so that a machine
// that loads gigabytes is remembered in a few facts.
func (s *story) squeeze(f Fact) {
	if f.Kind == TFTPAck && f.Block > 0 {
		// Blocks before an acknowledged one tell nothing any more.
		from := max(0, len(s.facts)-squeezed)
		kept := s.facts[:from]
		for _, x := range s.facts[from : len(s.facts)-1] {
			if x.Port != f.Port || x.Kind != TFTPData && x.Kind != TFTPAck || x.Kind == TFTPAck && x.Block == 0 {
				kept = append(kept, x)
			}
		}
		s.facts = append(kept, f)
	}
	if len(s.facts) > maxFacts {
		s.facts = append(s.facts[:0], s.facts[maxFacts/2:]...)
	}
}
