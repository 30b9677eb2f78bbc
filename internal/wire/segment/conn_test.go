package segment

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"
)

// A deadline that comes late has passed while the program stood still, and is
// set anew; one that comes on time ends the write.
func TestWriteDeadlineThatComesLate(t *testing.T) {
	m := newMemory(t)
	l, err := m.ListenTCP(80)
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.AddHost(netip.MustParsePrefix("192.0.2.2/24"))
	if err != nil {
		t.Fatal(err)
	}
	deaf, err := other.DialTCP(context.Background(), netip.MustParseAddrPort("192.0.2.1:80"))
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	c := accepted.(*tcpConn)
	for _, late := range []bool{false, true} {
		const short, span = 50 * time.Millisecond, 400 * time.Millisecond
		if err := c.SetWriteDeadline(time.Now().Add(short)); err != nil {
			t.Fatal(err)
		}
		if late {
			c.allow.Store(&allowance{time.Now().Add(-time.Minute), span}) // as after a minute's sleep
		}
		start := time.Now()
		for err = error(nil); err == nil; {
			_, err = c.Write(make([]byte, 1<<20)) // nobody reads
		}
		took := time.Since(start)
		if !errors.Is(err, os.ErrDeadlineExceeded) || late != (took >= span) || took > 10*time.Second {
			t.Errorf("late %v: ended after %s with %v", late, took, err)
		}
	}
}
