package logbook

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Dir is where a state directory has them.
const Dir = "logs"

// Bounds of what is kept.
const (
	headSize   = 2 << 20 // bytes from the start
	tailSize   = 1 << 20 // of one piece of the end; two are kept
	maxLine    = 4 << 10
	keepLogs   = 500 // attempts
	openFiles  = 64
	timeFormat = "2006-01-02T15:04:05.000Z07:00"
)

// Book is the logs under one directory. It is safe for concurrent use.
type Book struct {
	dir string

	mu     sync.Mutex
	open   map[int64]*log
	closed bool
	// Smaller in tests.
	head, tail int64
	keep       int
}

// log is one attempt's file that is being written: the head, or piece number
// piece of the end (from 1).
type log struct {
	file  *os.File
	size  int64
	piece int
	used  time.Time
}

// New keeps logs in dir, which is made at the first line.
func New(dir string) *Book {
	return &Book{dir: dir, open: map[int64]*log{}, head: headSize, tail: tailSize, keep: keepLogs}
}

// Append adds a line of an attempt's log. Line breaks and what else a terminal
// would obey become blanks; of more than 4 KiB the rest is cut. An error loses the line and no more.
func (b *Book) Append(attempt int64, at time.Time, line string) error {
	if len(line) > maxLine {
		line = strings.ToValidUTF8(line[:maxLine], "") + " …"
	}
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' { // also U+009B, the eight-bit escape
			return ' '
		}
		return r
	}, line)
	text := at.UTC().Format(timeFormat) + " " + line + "\n"
	b.mu.Lock()
	defer b.mu.Unlock()
	l, err := b.log(attempt, at)
	if err != nil {
		return err
	}
	limit := b.head
	if l.piece > 0 {
		limit = b.tail
	}
	if l.size+int64(len(text)) > limit {
		if l, err = b.turn(attempt, l, at); err != nil {
			return err
		}
	}
	n, err := l.file.WriteString(text)
	l.size += int64(n)
	return err
}

// log gives the file that an attempt's next line belongs into.
func (b *Book) log(attempt int64, at time.Time) (*log, error) {
	if b.closed {
		return nil, fs.ErrClosed
	}
	if l := b.open[attempt]; l != nil {
		l.used = at
		return l, nil
	}
	pieces, err := b.pieces(attempt)
	if err != nil {
		return nil, err
	}
	last := 0
	if len(pieces) > 0 {
		last = pieces[len(pieces)-1]
	} else if err := b.prune(); err != nil {
		return nil, err
	}
	return b.start(attempt, last, at)
}

func (b *Book) start(attempt int64, piece int, at time.Time) (*log, error) {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(b.name(attempt, piece), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if len(b.open) >= openFiles {
		b.closeOldest()
	}
	l := &log{file: f, size: st.Size(), piece: piece, used: at}
	b.open[attempt] = l
	return l, nil
}

// turn goes on to the next piece and drops the last but two.
func (b *Book) turn(attempt int64, l *log, at time.Time) (*log, error) {
	b.end(attempt)
	if old := l.piece - 1; old >= 1 {
		if err := os.Remove(b.name(attempt, old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return b.start(attempt, l.piece+1, at)
}

func (b *Book) end(attempt int64) {
	if l := b.open[attempt]; l != nil {
		l.file.Close()
		delete(b.open, attempt)
	}
}

func (b *Book) closeOldest() {
	var oldest int64
	for id, l := range b.open {
		if oldest == 0 || l.used.Before(b.open[oldest].used) {
			oldest = id
		}
	}
	b.end(oldest)
}

// Close ends writing; Read goes on to work.
func (b *Book) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for id := range b.open {
		b.end(id)
	}
}

// Read gives what is kept of an attempt's log, nil when there is nothing.
func (b *Book) Read(attempt int64) ([]byte, error) {
	pieces, err := b.pieces(attempt)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	next := 0
	for _, p := range pieces {
		if p > next {
			out.WriteString("[… lines were left out here: the log is longer than what is kept …]\n")
		}
		next = p + 1
		text, err := os.ReadFile(b.name(attempt, p))
		if errors.Is(err, fs.ErrNotExist) {
			continue // dropped meanwhile
		}
		if err != nil {
			return nil, err
		}
		out.Write(text)
	}
	return out.Bytes(), nil
}

// Last gives the last lines of an attempt's log, at most n.
func (b *Book) Last(attempt int64, n int) ([]string, error) {
	text, err := b.Read(attempt)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	return lines[max(0, len(lines)-n):], nil
}

func (b *Book) name(attempt int64, piece int) string {
	return filepath.Join(b.dir, fmt.Sprintf("%08d.%d.log", attempt, piece))
}

// pieces lists the numbers of an attempt's files, in order; 0 is the head.
func (b *Book) pieces(attempt int64) ([]int, error) {
	names, err := filepath.Glob(filepath.Join(b.dir, fmt.Sprintf("%08d.*.log", attempt)))
	if err != nil {
		return nil, err
	}
	var out []int
	for _, name := range names {
		if n, err := strconv.Atoi(strings.Split(filepath.Base(name), ".")[1]); err == nil {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// prune drops the oldest attempts' logs, so that there is room for one more.
func (b *Book) prune() error {
	entries, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ids := map[int64][]string{}
	for _, e := range entries {
		number, _, ok := strings.Cut(e.Name(), ".")
		if id, err := strconv.ParseInt(number, 10, 64); ok && err == nil {
			ids[id] = append(ids[id], e.Name())
		}
	}
	var order []int64
	for id := range ids {
		order = append(order, id)
	}
	slices.Sort(order)
	for len(order) >= b.keep {
		b.end(order[0])
		for _, name := range ids[order[0]] {
			if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
				return err
			}
		}
		order = order[1:]
	}
	return nil
}
