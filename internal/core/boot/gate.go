package boot

import (
	"fmt"
	"io/fs"
	"net/netip"
	"sync"
	"time"

	"seedbed/internal/core/answer/secret"
)

// What a client is told that asks for an entry under the menu's password. Both
// are fs.ErrPermission.
var (
	ErrPassword = fmt.Errorf("this menu entry needs the menu's password: %w", fs.ErrPermission)
	ErrTooMany  = fmt.Errorf("too many wrong passwords: %w", fs.ErrPermission)
)

// Password is what a client says the menu's password is. It is never printed.
type Password string

// String implements fmt.Stringer.
func (Password) String() string { return "…" }

// GoString implements fmt.GoStringer.
func (Password) GoString() string { return "…" }

// How many wrong passwords one address may try: guesses at once, and one more
// each regain.
const (
	guesses  = 5
	Regain   = 10 * time.Second
	maxGates = 4096 // addresses remembered
	longest  = 128  // bytes of a password; iPXE's own form takes 63
)

// gate checks the menu's password, and counts the wrong ones of each address.
// The zero gate is ready. One password is checked at a time: hashing is slow
// on purpose, and boots must go on meanwhile.
type gate struct {
	mu    sync.Mutex
	wrong map[netip.Addr]time.Time // when the last of its wrong guesses is forgotten

	hashing sync.Mutex
}

// check gives nil, ErrPassword or ErrTooMany. A right password costs nothing.
func (g *gate) check(client netip.Addr, given Password, hash string, at time.Time) error {
	if !g.take(client, at) {
		return ErrTooMany
	}
	if len(given) == 0 || len(given) > longest {
		return ErrPassword
	}
	g.hashing.Lock()
	ok := secret.Matches(hash, string(given))
	g.hashing.Unlock()
	if !ok {
		return ErrPassword
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wrong[client] = g.wrong[client].Add(-Regain)
	return nil
}

// take counts a guess as a wrong one, until it is known to be right.
func (g *gate) take(client netip.Addr, at time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	until, known := g.wrong[client]
	if !known && len(g.wrong) >= maxGates {
		for a, t := range g.wrong {
			if !t.After(at) {
				delete(g.wrong, a)
			}
		}
		if len(g.wrong) >= maxGates {
			return false
		}
	}
	if until.Before(at) {
		until = at
	}
	if until = until.Add(Regain); until.Sub(at) > guesses*Regain {
		return false
	}
	if g.wrong == nil {
		g.wrong = map[netip.Addr]time.Time{}
	}
	g.wrong[client] = until
	return true
}
