package tftp

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

type nothing struct{ io.ReaderAt }

func (nothing) Close() error { return nil }

// mute runs a sender whose client takes packets and never says a word; it
// gives the moments packets came at, and how it ended.
func mute(t *testing.T, opt Options) (at []time.Duration, err error) {
	t.Helper()
	ours, theirs := net.Pipe()
	start := time.Now()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		buf := make([]byte, 2000)
		for {
			if _, err := theirs.Read(buf); err != nil {
				return
			}
			at = append(at, time.Since(start))
		}
	}()
	f := File{Body: nothing{bytes.NewReader(make([]byte, 5000))}, Size: 5000}
	l := &link{Conn: ours}
	err = newSender(l, &octets{newAhead(f, opt)}, opt, buildOACK(nil), func() {}).run(context.Background())
	ours.Close()
	<-heard
	return at, err
}

func TestT12SilentClientIsGivenUpAfterSixTriesAndThirtySeconds(t *testing.T) {
	for name, opt := range map[string]Options{
		"block":            {Block: 512, Window: 1},
		"oack":             {Block: 512, Window: 16, Acked: true},
		"client's timeout": {Block: 512, Window: 1, Timeout: 20 * time.Second, Acked: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			at, err := mute(t, opt)
			if !errors.Is(err, errSilent) {
				t.Fatalf("%s: ended with %v", name, err)
			}
			if d := time.Since(start); len(at) < 6 || d < 30*time.Second || d > 150*time.Second {
				t.Errorf("%s: %d packets in %v", name, len(at), d)
			}
			for i := 1; i < len(at) && opt.Timeout > 0; i++ {
				if gap := at[i] - at[i-1]; gap != opt.Timeout {
					t.Errorf("%s: resent after %v", name, gap)
				}
			}
		})
	}
}

func TestT20TransferIsSmall(t *testing.T) {
	f := File{Size: 1 << 30}
	for _, opt := range []Options{{Block: 512, Window: 1}, {Block: 1468, Window: 64}, {Block: 8, Window: 64}} {
		if n := cap(newAhead(f, opt).buf) + opt.Block; n > 48<<10 {
			t.Errorf("%+v takes %d bytes", opt, n)
		}
	}
}
