package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/answer/secret"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/machine"
)

const lockedDebian = "/boot/locked/01-00-0c-29-83-d1-d1/debian.ipxe"

// lockedBench shows node1 a menu under the password "let me in".
func lockedBench(t *testing.T) *bench {
	t.Helper()
	hash, err := secret.Hash("let me in")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(func(s *Settings) { s.Password = hash })
	b.Roster.Declare(nil)
	b.Identify(machine.Sighting{At: noon, MAC: mac1, Firmware: machine.IPXE})
	return b
}

func (b *bench) login(path, password string, from netip.Addr, at time.Time) (Content, error) {
	return b.shelf.Open(Asked{At: at, Path: path, Client: from, Place: place, Login: true, Password: Password(password)})
}

func TestLockedEntryIsToldToWhoKnowsThePassword(t *testing.T) {
	b := lockedBench(t)
	if _, _, err := b.get(lockedDebian); !errors.Is(err, ErrPassword) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("without a password: %v", err)
	}
	for _, wrong := range []string{"", "let me", "let me in ", strings.Repeat("x", 10_000)} {
		if _, err := b.login(lockedDebian, wrong, ip(client), noon); !errors.Is(err, ErrPassword) {
			t.Errorf("with %.20q: %v", wrong, err)
		}
	}
	c, err := b.login(lockedDebian, "let me in", ip(client), noon)
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, c.Size)
	c.Body.ReadAt(text, 0)
	if s := string(text); !strings.HasPrefix(s, "#!ipxe\n") || !strings.Contains(s, "/boot/debian-13/linux ") || !c.Secret {
		t.Errorf("told, secret %v:\n%s", c.Secret, s)
	}
	menu, _, err := b.get("/boot/01-00-0c-29-83-d1-d1/boot.ipxe")
	if err != nil || strings.Contains(menu, "/answer/") || !strings.Contains(menu, script.LockedPath("${netX/mac:hexhyp}", "debian")) {
		t.Errorf("%v: the menu tells what it locks, or not where it is:\n%s", err, menu)
	}
}

func TestLockedPathsThatLeadNowhere(t *testing.T) {
	b := lockedBench(t)
	for _, p := range []string{"/boot/locked/01-00-0c-29-83-d1-d1/local.ipxe", "/boot/locked/01-00-0c-29-83-d1-d1/none.ipxe", "/boot/locked/01-00-0c-29-83-d1-d1/debian",
		"/boot/locked/debian.ipxe", "/boot/locked/a/01-00-0c-29-83-d1-d1/debian.ipxe", "/boot/locked/01-00-0c-29-83-d1-d1/../debian.ipxe"} {
		if _, err := b.login(p, "let me in", ip(client), noon); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", p, err)
		}
	}
	open := newBench(nil) // its menu has no password
	open.Roster.Declare(nil)
	open.Identify(machine.Sighting{At: noon, MAC: mac1, Firmware: machine.IPXE})
	if _, err := open.login(lockedDebian, "", ip(client), noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a menu without a password: %v", err)
	}
}

func TestGuessingThePasswordIsSlow(t *testing.T) {
	b := lockedBench(t)
	at := noon
	for range guesses {
		if _, err := b.login(lockedDebian, "guess", ip(client), at); !errors.Is(err, ErrPassword) {
			t.Fatal(err)
		}
	}
	if _, err := b.login(lockedDebian, "let me in", ip(client), at); !errors.Is(err, ErrTooMany) {
		t.Errorf("a guess too many is answered with %v", err)
	}
	if _, err := b.login(lockedDebian, "let me in", ip("192.0.2.99"), at); err != nil {
		t.Errorf("another address waits for the guesser: %v", err)
	}
	at = at.Add(Regain)
	for range 3 { // a right one is not counted
		if _, err := b.login(lockedDebian, "let me in", ip(client), at); err != nil {
			t.Errorf("after a while: %v", err)
		}
	}
	if _, err := b.login(lockedDebian, "guess", ip(client), at); !errors.Is(err, ErrPassword) {
		t.Error(err)
	}
	if _, err := b.login(lockedDebian, "guess", ip(client), at); !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
}

func TestGateForgetsWhoGuessesNoMore(t *testing.T) {
	var g gate
	a := ip("10.0.0.0")
	for range maxGates {
		g.take(a, noon)
		a = a.Next()
	}
	if g.take(a, noon) {
		t.Error("more addresses are remembered than the bound")
	}
	if !g.take(a, noon.Add(Regain)) || len(g.wrong) != 1 {
		t.Errorf("%d addresses are remembered that guess no more", len(g.wrong))
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	a := Asked{Password: "sesame"}
	if s := fmt.Sprintf("%v %+v %#v %s", a, a, a, a.Password); strings.Contains(s, "sesame") {
		t.Error(s)
	}
}
