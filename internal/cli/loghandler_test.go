package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestLogLinesAreThoseOfTheTextHandler(t *testing.T) {
	var ours, theirs bytes.Buffer
	for _, h := range []slog.Handler{&lineHandler{out: &ours}, slog.NewTextHandler(&theirs, nil)} {
		l := slog.New(h).With("iface", "eth1")
		l.Info("plain")
		l.Info("with blanks", "mac", "02:00:00:00:00:01", "n", 7, "u", uint16(9), "yes", true, "took", 3*time.Second)
		l.Warn("", "empty", "", "quoted", `a "b" \`, "control", "a\nb\x00", "umlaut", "Grüße", "bad", "\xff\xfe")
		l.Error("things", "err", errors.New("reading: no"), "address", netip.MustParseAddr("192.0.2.1"), "net", netip.MustParsePrefix("192.0.2.0/24"),
			"list", []string{"a", "b"}, "nil", nil, "at", time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), "eq", "a=b", "f", 1.5)
		l.Debug("not this")
	}
	a, b := strings.Split(ours.String(), "\n"), strings.Split(theirs.String(), "\n")
	if len(a) != len(b) {
		t.Fatalf("%d lines, want %d:\n%s", len(a), len(b), ours.String())
	}
	for i := range a {
		_, x, _ := strings.Cut(a[i], " ") // but for the time
		_, y, _ := strings.Cut(b[i], " ")
		if x != y || len(a[i]) != len(b[i]) {
			t.Errorf("%q\nwant %q", a[i], b[i])
		}
	}
}

func BenchmarkLogLine(b *testing.B) {
	for name, h := range map[string]slog.Handler{"line": &lineHandler{out: discard{}}, "text": slog.NewTextHandler(discard{}, nil)} {
		b.Run(name, func(b *testing.B) {
			l := slog.New(h)
			for b.Loop() {
				l.LogAttrs(b.Context(), slog.LevelInfo, "DHCPACK on 10.65.77.225 to 00:0c:01:02:50:03 via 10.64.0.2",
					slog.String("mac", "00:0c:01:02:50:03"), slog.String("xid", "0001d49f"), slog.String("iface", "eth1"))
			}
		})
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// writes counts what is written, and keeps it.
type writes struct {
	n int
	bytes.Buffer
}

func (w *writes) Write(b []byte) (int, error) { w.n++; return w.Buffer.Write(b) }

func TestLinesHeldBackAreWrittenInOneGo(t *testing.T) {
	var out writes
	h := newLineHandler(&out, slog.LevelInfo)
	l := slog.New(h).With("iface", "eth1")
	hold := l.Handler().(interface {
		Hold()
		Release()
	})
	lines := func() int { return strings.Count(out.String(), "\n") }
	l.Info("at once")
	if out.n != 1 || lines() != 1 {
		t.Fatalf("%d writes: %s", out.n, out.String())
	}
	hold.Hold()
	h.Hold()
	for range 100 {
		l.Info("later")
	}
	hold.Release()
	if lines() != 1 {
		t.Error("one hold is left, and lines are written")
	}
	h.Release()
	if out.n != 2 || lines() != 101 {
		t.Errorf("%d writes of %d lines, want 2 of 101", out.n, lines())
	}
	h.Hold()
	l.Info("before it")
	l.Warn("look at this")
	if all := strings.Split(strings.TrimSpace(out.String()), "\n"); !strings.Contains(all[len(all)-1], "look at this") || !strings.Contains(all[len(all)-2], "before it") {
		t.Errorf("a warning is held back, or comes before its time: %s", all[len(all)-1])
	}
	for range mostHeld / 20 {
		l.Info("a great many")
	}
	if held := len(h.held.lines); held >= mostHeld || lines() < 103 {
		t.Errorf("%d bytes are held back", held)
	}
	h.Release()
	if lines() != 103+mostHeld/20 {
		t.Errorf("%d lines, want %d", lines(), 103+mostHeld/20)
	}
}
