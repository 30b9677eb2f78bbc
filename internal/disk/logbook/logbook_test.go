package logbook

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func fill(t *testing.T, b *Book, attempt int64, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := b.Append(attempt, noon, fmt.Sprintf("main-menu: line %05d", i)); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, b *Book, attempt int64) string {
	t.Helper()
	text, err := b.Read(attempt)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestHeadAndTailAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	b := New(dir)
	b.head, b.tail = 4000, 2000
	fill(t, b, 7, 0, 50)
	if got := read(t, b, 7); strings.Count(got, "\n") != 50 || strings.Contains(got, "left out") {
		t.Errorf("a short log is not whole:\n%s", got)
	}
	b.Close()
	b = New(dir) // a restart goes on where it was
	b.head, b.tail = 4000, 2000
	fill(t, b, 7, 50, 3000)
	got := read(t, b, 7)
	if len(got) > 8100 || !strings.HasPrefix(got, "2026-11-27T12:00:00.000Z main-menu: line 00000\n") || !strings.HasSuffix(got, "line 02999\n") || strings.Count(got, "left out") != 1 {
		t.Errorf("%d bytes:\n%.300s\n…%s", len(got), got, got[max(0, len(got)-300):])
	}
	for _, i := range []int{60, 2960} { // what is near each end is there
		if !strings.Contains(got, fmt.Sprintf("line %05d\n", i)) {
			t.Errorf("line %d is not kept", i)
		}
	}
	if last, err := b.Last(7, 2); err != nil || len(last) != 2 || !strings.HasSuffix(last[1], "02999") {
		t.Errorf("%q, %v", last, err)
	}
	var size int64
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		st, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += st.Size()
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", f.Name(), st.Mode())
		}
	}
	if size > 8000 {
		t.Errorf("%d bytes on the disk", size)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st, err)
	}
}

func TestOldAttemptsMakeRoom(t *testing.T) {
	b := New(t.TempDir())
	b.keep = 3
	for id := int64(1); id <= 100; id++ {
		fill(t, b, id, 0, 1)
	}
	if len(b.open) > openFiles {
		t.Errorf("%d files are open", len(b.open))
	}
	for id := int64(1); id <= 100; id++ {
		if got := read(t, b, id); (got != "") != (id > 97) {
			t.Errorf("attempt %d: %q", id, got)
		}
	}
}

func TestALineStaysALine(t *testing.T) {
	b := New(t.TempDir())
	if err := b.Append(1, noon, "a\nb\x1b[31m\x00\u009b2J\x7f"+strings.Repeat("x", 1<<20)); err != nil {
		t.Fatal(err)
	}
	got := read(t, b, 1)
	if strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\x00\x1b\u009b\x7f") || len(got) > 5000 {
		t.Errorf("%.100q, %d bytes", got, len(got))
	}
	b.Close()
	if err := b.Append(1, noon, "x"); err == nil {
		t.Error("a closed book takes lines")
	}
}
