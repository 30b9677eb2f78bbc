package boot

import (
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/install"
)

// unhurried takes its time between a look and what follows from it.
type unhurried struct{ *install.Ledger }

func (u unhurried) Current(machine string) (install.Attempt, bool) {
	a, ok := u.Ledger.Current(machine)
	time.Sleep(2 * time.Millisecond)
	return a, ok
}

// A machine whose cards ask at the same moment has one attempt; a second would
// end the first, and take the answers from under the script that it was told.
func TestAMachineThatAsksTwiceAtOnceHasOneAttempt(t *testing.T) {
	for name, ask := range map[string]func(*bench){
		"at its boot": func(b *bench) {
			m, _ := b.Roster.Get("node1")
			b.DecideScript(m, noon, place)
		},
		"for the answers of what was picked": func(b *bench) {
			_, _, _ = b.get("/answer/pick/node1/debian/" + b.pickSign("node1", "debian") + "/preseed.cfg")
		},
	} {
		b := newBench(nil)
		b.Attempts = unhurried{b.ledger}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { ask(b) })
		}
		wg.Wait()
		if n := len(b.ledger.All()); n != 1 {
			t.Errorf("%s: %d attempts", name, n)
		}
	}
}
