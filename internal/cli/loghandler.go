package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// lineHandler writes records as slog.TextHandler does, in a third of its
// time: a server in a boot storm writes fifty thousand lines a second. It
// knows no groups, which nothing here uses.
type lineHandler struct {
	out   io.Writer
	level slog.Level
	pre   []byte     // attributes of With
	held  *heldLines // nil: each line is written at once
}

// heldLines are kept back to be written with one Write.
type heldLines struct {
	mu    sync.Mutex
	out   io.Writer
	holds int
	lines []byte
}

// mostHeld is how many bytes of lines are kept back.
const mostHeld = 32 << 10

func newLineHandler(out io.Writer, level slog.Level) *lineHandler {
	return &lineHandler{out: out, level: level, held: &heldLines{out: out}}
}

// Hold keeps lines back, but those of warnings and errors, until Release was
// called as often. It is for whoever writes many at once, and for milliseconds.
func (h *lineHandler) Hold() {
	if h.held != nil {
		h.held.mu.Lock()
		h.held.holds++
		h.held.mu.Unlock()
	}
}

// Release ends a Hold.
func (h *lineHandler) Release() {
	if h.held != nil {
		h.held.mu.Lock()
		defer h.held.mu.Unlock()
		if h.held.holds--; h.held.holds == 0 {
			_ = h.held.flush()
		}
	}
}

func (l *heldLines) flush() error {
	if len(l.lines) == 0 {
		return nil
	}
	_, err := l.out.Write(l.lines)
	l.lines = l.lines[:0]
	return err
}

// write gives lines to out in their order.
func (h *lineHandler) write(b []byte, level slog.Level) error {
	l := h.held
	if l == nil {
		_, err := h.out.Write(b)
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holds == 0 {
		_, err := l.out.Write(b)
		return err
	}
	l.lines = append(l.lines, b...)
	if level < slog.LevelWarn && len(l.lines) < mostHeld {
		return nil
	}
	return l.flush()
}

var lineBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// Enabled says whether records of that level are written.
func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

// Handle writes one record.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	p := lineBuffers.Get().(*[]byte)
	b := (*p)[:0]
	if !r.Time.IsZero() {
		b = append(b, "time="...)
		b = append(appendTime(b, r.Time), ' ')
	}
	b = append(append(b, "level="...), r.Level.String()...)
	b = append(b, " msg="...)
	b = appendValue(b, r.Message)
	b = append(b, h.pre...)
	r.Attrs(func(a slog.Attr) bool {
		b = appendAttr(b, a)
		return true
	})
	b = append(b, '\n')
	err := h.write(b, r.Level)
	if *p = b; cap(b) <= 1<<14 {
		lineBuffers.Put(p)
	}
	return err
}

// second is what the times of one second have in common as text.
type second struct {
	unix       int64
	head, zone string
}

var lastSecond atomic.Pointer[second]

// appendTime writes a time in RFC 3339 with milliseconds.
func appendTime(b []byte, t time.Time) []byte {
	s := lastSecond.Load()
	if s == nil || s.unix != t.Unix() {
		s = &second{t.Unix(), t.Format("2006-01-02T15:04:05."), t.Format("Z07:00")}
		lastSecond.Store(s)
	}
	ms := t.Nanosecond() / int(time.Millisecond)
	b = append(append(b, s.head...), byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	return append(b, s.zone...)
}

// WithAttrs gives a handler that writes the attributes with each record.
func (h *lineHandler) WithAttrs(as []slog.Attr) slog.Handler {
	n := *h
	n.pre = append([]byte(nil), h.pre...)
	for _, a := range as {
		n.pre = appendAttr(n.pre, a)
	}
	return &n
}

// WithGroup is there for the interface.
func (h *lineHandler) WithGroup(string) slog.Handler { return h }

func appendAttr(b []byte, a slog.Attr) []byte {
	if a.Equal(slog.Attr{}) {
		return b
	}
	b = append(append(append(b, ' '), a.Key...), '=')
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		return appendValue(b, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(b, v.Uint64(), 10)
	case slog.KindTime:
		return v.Time().AppendFormat(b, time.RFC3339Nano)
	case slog.KindAny:
		return appendValue(b, anyText(v.Any()))
	default:
		return appendValue(b, v.String())
	}
}

func anyText(v any) string {
	if t, ok := v.(interface{ MarshalText() ([]byte, error) }); ok {
		if text, err := t.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprintf("%+v", v)
}

// appendValue quotes what is not plain. Most of what needs quotes needs them
// for its blanks only.
func appendValue(b []byte, s string) []byte {
	blank := s == ""
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80:
			if !printable(s) {
				return strconv.AppendQuote(b, s)
			}
		case c < ' ' || c == 0x7f || c == '"' || c == '\\':
			return strconv.AppendQuote(b, s)
		case c == ' ' || c == '=':
			blank = true
		}
	}
	if !blank {
		return append(b, s...)
	}
	return append(append(append(b, '"'), s...), '"')
}

func printable(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
