package segment

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"seedbed/internal/pulse"
)

// A write deadline is moved by what the program stood still in it; without
// that it ends the write, and one in the past always does.
func TestWriteDeadlineWhileTheProgramStandsStill(t *testing.T) {
	var at atomic.Int64
	m, err := NewMemory(serverAddr, pulse.By(func() time.Duration { return time.Duration(at.Load()) }))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	l, err := m.ListenTCP(80)
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.AddHost(netip.MustParsePrefix("192.0.2.200/24"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		still time.Duration // after the deadline is set
		until time.Duration
		want  error
	}{
		{"it ran all the time", 0, 50 * time.Millisecond, os.ErrDeadlineExceeded},
		{"it was busy", pulse.Stood, 50 * time.Millisecond, os.ErrDeadlineExceeded},
		{"it stood still", time.Minute, 50 * time.Millisecond, nil},
		{"it stood still, and the write is to end", time.Minute, -time.Second, os.ErrDeadlineExceeded},
	} {
		reader, err := other.DialTCP(context.Background(), netip.AddrPortFrom(serverAddr.Addr(), 80))
		if err != nil {
			t.Fatal(err)
		}
		writer, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.SetWriteDeadline(time.Now().Add(c.until)); err != nil {
			t.Fatal(err)
		}
		at.Add(int64(c.still))
		time.AfterFunc(300*time.Millisecond, func() { io.Copy(io.Discard, reader) })
		if _, err = writer.Write(make([]byte, 32<<20)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		writer.Close()
		reader.Close()
	}
}
