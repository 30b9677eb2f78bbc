package tftp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"seedbed/internal/fault"
	"seedbed/internal/wire/tftp"
	"seedbed/internal/wire/tftp/tftptest"
)

func TestT15AStrangerIsRebuffedAndHarmsNothing(t *testing.T) {
	t.Parallel()
	onEach(t, strangerIsRebuffed)
}

func strangerIsRebuffed(t *testing.T, on func(*loopPort) tftp.Port) {
	b := serveOn(t, memory{"f": pattern(1000)}, on)
	c, stranger := b.raw(), b.raw()
	c.begin("f")
	hearBlocks(t, c, 1)
	stranger.peer = c.peer
	stranger.say("\x00\x04\x00\x01")
	wantPacket(t, stranger.hear(soon), "\x00\x05\x00\x05")
	stranger.say("\x00\x05\x00\x00die\x00")
	if p := stranger.hear(quiet); p != "" {
		t.Errorf("an ERROR was answered with %q", p)
	}
	c.say("\x00\x04\x00\x01")
	hearBlocks(t, c, 2)
	c.say("\x00\x04\x00\x02")
	if r := b.report(); r.Err != nil || r.Bytes != 1000 {
		t.Errorf("bytes %d, err %v", r.Bytes, r.Err)
	}
}

func TestARepeatedRequestDoesNotStartASecondTransfer(t *testing.T) {
	t.Parallel()
	b := serve(t, memory{"f": pattern(1000)})
	c := b.raw()
	for range 3 {
		c.peer = b.addr
		c.say(rrq + "f\x00octet\x00timeout\x005\x00")
	}
	wantPacket(t, c.hear(soon), "\x00\x06")
	if p := c.hear(quiet); p != "" {
		t.Error("the repeats were answered too")
	}
	c.say("\x00\x04\x00\x00")
	hearBlocks(t, c, 1)
	// The machine was reset and its ROM uses the same port again (Intel: 2070).
	c.peer = b.addr
	c.say(rrq + "f\x00octet\x00tsize\x000\x00")
	wantPacket(t, c.hear(soon), "\x00\x06tsize\x001000\x00")
}

func TestT17TheOpenedFileIsServedToItsEnd(t *testing.T) {
	opens, closed := 0, make(chan bool, 1)
	b := serve(t, filesFunc(func(tftp.Request) (tftp.File, error) {
		opens++
		return tftp.File{Body: body{bytes.NewReader(pattern(5000)), func() { closed <- true }}, Size: 5000}, nil
	}))
	b.want("f", pattern(5000), tftptest.Options{})
	<-closed
	if opens != 1 {
		t.Errorf("opened %d times", opens)
	}
}

func TestT18Names(t *testing.T) {
	var mu sync.Mutex
	var got string
	b := serve(t, filesFunc(func(r tftp.Request) (tftp.File, error) {
		mu.Lock()
		defer mu.Unlock()
		got = r.Name
		return fileOf(nil), nil
	}))
	for sent, want := range map[string]string{
		"/boot/x": "boot/x", "//grubx64.efi": "grubx64.efi", `\Boot\BCD`: "Boot/BCD", "a//b/./c": "a/b/c",
		"pxelinux.0\xff": "pxelinux.0", "a..b/..c": "a..b/..c",
	} {
		b.want(sent, nil, tftptest.Options{})
		mu.Lock()
		if got != want {
			t.Errorf("%q was opened as %q, want %q", sent, got, want)
		}
		got = ""
		mu.Unlock()
	}
	for _, bad := range []string{"../x", "a/../../x", `..\x`, "a/.."} {
		_, err := b.get(bad, tftptest.Options{})
		wantCode(t, err, 2)
	}
	_, err := b.get("/", tftptest.Options{})
	wantCode(t, err, 1)
	if got != "" {
		t.Errorf("%q was opened", got)
	}
}

func TestT19ErrorTextsHideTheServersPaths(t *testing.T) {
	secret := errors.New("open /srv/secret/f: bad sector")
	for name, c := range map[string]struct {
		err  error
		code uint16
		text string
	}{
		"not found":    {fault.New(fault.NotFound, "", "machine is not known"), 1, "machine is not known"},
		"path in Msg":  {fault.Wrap(secret, fault.NotFound, "", `no file "/srv/secret"`), 1, "File not found"},
		"invalid":      {fault.New(fault.Invalid, "", "no\nsuch"), 2, "no?such"},
		"unavailable":  {fault.Wrap(secret, fault.Unavailable, "", "image is being imported"), 0, "image is being imported"},
		"unclassified": {secret, 0, "Server error"},
	} {
		b := serve(t, filesFunc(func(tftp.Request) (tftp.File, error) { return tftp.File{}, c.err }))
		_, err := b.get("f", tftptest.Options{})
		e := wantCode(t, err, c.code)
		if e != nil && e.Text != c.text {
			t.Errorf("%s: text %q, want %q", name, e.Text, c.text)
		}
		if r := b.report(); !errors.Is(r.Err, c.err) {
			t.Errorf("%s: reported %v", name, r.Err)
		}
	}
	b := serve(t, memory{})
	_, err := b.get("f", tftptest.Options{})
	if e := wantCode(t, err, 1); e != nil && e.Text != "File not found" {
		t.Errorf("text %q", e.Text)
	}
}

func TestT20ManyAtOnce(t *testing.T) {
	const clients = 500
	data := pattern(40000)
	b := serve(t, memory{"f": data}, func(s *tftp.Server, _ *loopPort) { s.MaxPerAddr = clients })
	var wg sync.WaitGroup
	var bad atomic.Int64
	for range clients {
		wg.Go(func() {
			u, err := listenLoop()
			if err == nil {
				var r tftptest.Result
				r, err = tftptest.Get(context.Background(), u, b.addr, "f", tftptest.Options{Block: 1468, Window: 4})
				if !bytes.Equal(r.Data, data) {
					bad.Add(1)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if bad.Load() > 0 {
		t.Errorf("%d of %d got wrong bytes", bad.Load(), clients)
	}
}

func TestT22ASlowDiskHoldsUpNobodyElse(t *testing.T) {
	slow := make(chan struct{})
	b := serve(t, filesFunc(func(r tftp.Request) (tftp.File, error) {
		if r.Name == "slow" {
			<-slow
		}
		return fileOf(pattern(3000)), nil
	}))
	late := make(chan error, 1)
	go func() {
		_, err := b.get("slow", tftptest.Options{})
		late <- err
	}()
	for b.srv.Counters().Open == 0 {
		time.Sleep(time.Millisecond)
	}
	b.want("fast", pattern(3000), tftptest.Options{})
	close(slow)
	if err := <-late; err != nil {
		t.Error(err)
	}
}

func TestP35MissingFilesAreQuiet(t *testing.T) {
	var log lockedBuffer
	b := serve(t, memory{}, logTo(&log, slog.LevelInfo))
	for i := range 12 {
		_, err := b.get(fmt.Sprintf("pxelinux.cfg/%d", i), tftptest.Options{})
		wantCode(t, err, 1)
	}
	b.stop()
	if log.String() != "" {
		t.Errorf("logged: %s", log.String())
	}
}

func TestT25OneLineATransfer(t *testing.T) {
	var log lockedBuffer
	b := serve(t, memory{"a\nb": pattern(2000)}, logTo(&log, slog.LevelInfo))
	b.want("a\nb", pattern(2000), tftptest.Options{Block: 1000})
	b.report()
	b.stop()
	out := log.String()
	for _, want := range []string{"step=loaded", "iface=loop", "bytes=2000", "blocks=3", "resends=0", `\"a\\nb\"`} {
		if !strings.Contains(out, want) || strings.Count(out, "\n") != 1 {
			t.Errorf("no %s in %s", want, out)
		}
	}
}

func TestJunkIsSurvived(t *testing.T) {
	t.Parallel()
	b := serve(t, memory{"f": pattern(100)})
	c := b.raw()
	for _, junk := range []string{"", "\x00", "\x00\x09abc", "\x00\x04\x00\x01", "\x00\x05\x00\x01x\x00", "\x00\x03\x00\x01x", "\xff\xff\xff\xff"} {
		c.say(junk)
	}
	if p := c.hear(quiet); p != "" {
		t.Errorf("junk was answered with %q", p)
	}
	for _, bad := range []string{rrq + "no end", rrq + "f\x00", rrq + "f\x00octet", rrq + strings.Repeat("n", 1900) + "\x00octet\x00"} {
		c := b.raw()
		c.say(bad)
		wantPacket(t, c.hear(soon), "\x00\x05\x00\x04")
	}
	b.want("f", pattern(100), tftptest.Options{})
	if n := b.srv.Counters().Malformed; n != 4 {
		t.Errorf("%d counted as malformed", n)
	}
}

type panicky struct{}

func (panicky) ReadAt([]byte, int64) (int, error) { panic("bad extent") }

func TestDefectsAndReadErrorsEndOneTransferOnly(t *testing.T) {
	b := serve(t, filesFunc(func(r tftp.Request) (tftp.File, error) {
		switch r.Name {
		case "panic":
			panic("at the door")
		case "panic later":
			return tftp.File{Body: body{ReaderAt: panicky{}}, Size: 10}, nil
		case "short":
			return tftp.File{Body: body{ReaderAt: bytes.NewReader(pattern(600))}, Size: 100000}, nil
		}
		return fileOf(pattern(10)), nil
	}))
	for _, name := range []string{"panic", "panic later", "short"} {
		_, err := b.get(name, tftptest.Options{})
		wantCode(t, err, 0)
		r := b.report()
		if r.Err == nil || name == "short" && !errors.Is(r.Err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: reported %v", name, r.Err)
		}
	}
	b.want("good", pattern(10), tftptest.Options{})
	if n := b.srv.Counters().Panics; n != 2 {
		t.Errorf("%d panics counted", n)
	}
}

func TestAClientThatIsGoneIsNoticed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, on func(*loopPort) tftp.Port) {
		clientThatIsGone(t, func(p *loopPort) tftp.Port {
			if l, ok := on(p).(*lonePort); ok {
				l.connected = true
				return l
			}
			return p
		})
	})
}

func clientThatIsGone(t *testing.T, on func(*loopPort) tftp.Port) {
	b := serveOn(t, memory{"f": pattern(100000)}, on)
	c := b.raw()
	c.say(rrq + "f\x00octet\x00windowsize\x008\x00")
	c.hear(soon)
	c.say("\x00\x04\x00\x00")
	c.Close()
	if r := b.report(); r.Err == nil || r.Duration > soon {
		t.Errorf("err %v after %v", r.Err, r.Duration)
	}
}

func TestStoppingEndsTransfers(t *testing.T) {
	b := serve(t, memory{"f": pattern(1000)})
	c := b.raw()
	c.say(rrq + "f\x00octet\x00")
	hearBlocks(t, c, 1)
	b.stop()
	wantPacket(t, c.hear(soon), "\x00\x05\x00\x00")
	if r := b.report(); r.Err == nil {
		t.Error("reported as complete")
	}
}

func TestStoppingNeverWaitsForAClientsTimer(t *testing.T) {
	// The stop falls between the sending of a packet and the wait for its ACK
	// now and then: many tries, each cut short at another moment.
	for i := range 200 {
		b := serve(t, memory{"f": pattern(1 << 20)})
		c := b.raw()
		c.begin("f")
		for n := range i % 5 {
			hearBlocks(t, c, byte(n+1))
			c.say("\x00\x04\x00" + string(rune(n+1)))
		}
		start := time.Now()
		b.stop()
		if d := time.Since(start); d > 2*time.Second {
			t.Fatalf("try %d: stopping took %v", i, d)
		}
	}
}

func TestLossIsSurvivedByteExact(t *testing.T) {
	t.Parallel()
	onEach(t, lossIsSurvived)
}

func lossIsSurvived(t *testing.T, on func(*loopPort) tftp.Port) {
	data := pattern(90000)
	for _, c := range []struct {
		n      int
		opt    tftptest.Options
		within time.Duration
	}{
		{50, tftptest.Options{Block: 1468}, 2 * soon},
		{7, tftptest.Options{Block: 1468, Window: 16}, 4 * soon},
		{50, tftptest.Options{Block: 1468, Window: 64}, 2 * soon},
	} {
		t.Run(fmt.Sprintf("one of %d, window %d", c.n, c.opt.Window), func(t *testing.T) {
			t.Parallel()
			b := serveOn(t, memory{"f": data}, on)
			c.opt.Resend, c.opt.Tries, c.opt.Dally = 300*time.Millisecond, 40, 600*time.Millisecond
			start := time.Now()
			r, err := tftptest.Get(context.Background(), newLossy(t, c.n), b.addr, "f", c.opt)
			if err != nil || !bytes.Equal(r.Data, data) {
				t.Fatalf("err %v, %d bytes", err, len(r.Data))
			}
			if d := time.Since(start); d > c.within {
				t.Errorf("took %v", d)
			}
			rep := b.report()
			t.Logf("%v, %d resends", time.Since(start), rep.Resends)
			if rep.Err != nil || rep.Resends == 0 {
				t.Errorf("err %v, resends %d", rep.Err, rep.Resends)
			}
		})
	}
}

func TestBroadcastRequestsAreIgnored(t *testing.T) {
	// The loopback's 127.255.255.255 cannot be heard by a socket on 127.0.0.1;
	// so this asks the rule itself.
	for addr, want := range map[string]bool{
		"127.255.255.255": false, "255.255.255.255": false, "0.0.0.0": false, "224.0.0.1": false, "127.0.0.9": true, "192.0.2.255": true,
	} {
		if got := tftp.Unicast(&loopPort{mtu: 1500}, netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: unicast = %v", addr, got)
		}
	}
}
