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

const (
	rrq  = "\x00\x01"
	soon = 5 * time.Second
	// quiet is long enough to see a packet sent at once, and shorter than the
	// shortest timer of the server (250 ms).
	quiet = 150 * time.Millisecond
)

func TestT1EachTransferHasAPortOfItsOwn(t *testing.T) {
	b := serve(t, memory{"f": pattern(2000)})
	one := b.want("f", pattern(2000), tftptest.Options{})
	two := b.want("f", pattern(2000), tftptest.Options{})
	if one.From.Port() == b.addr.Port() || one.From == two.From {
		t.Errorf("ports: server %d, transfers %d and %d", b.addr.Port(), one.From.Port(), two.From.Port())
	}
}

func TestT2AnswersFromTheAddressAsked(t *testing.T) {
	b := serve(t, memory{"f": pattern(10)})
	b.want("f", pattern(10), tftptest.Options{})
	if r := b.report(); r.Local != b.addr.Addr() {
		t.Errorf("Local = %v, asked %v", r.Local, b.addr.Addr())
	}
}

func TestT3ModesInAnyCase(t *testing.T) {
	b := serve(t, memory{"f": []byte("x")})
	b.want("f", []byte("x"), tftptest.Options{Mode: "OcTeT"})
	b.want("f", []byte("x"), tftptest.Options{Mode: "NETASCII"})
	_, err := b.get("f", tftptest.Options{Mode: "mail"})
	wantCode(t, err, 4)
}

func TestT3NetasciiLineEnds(t *testing.T) {
	// 1,100 line feeds put pairs across every block's edge, one way and the other.
	text := "a\rb\nc\r\n" + strings.Repeat("\n", 1100) + "z"
	wire := strings.NewReplacer("\r", "\r\x00", "\n", "\r\n").Replace(text)
	for _, window := range []int{0, 3} {
		b := serve(t, memory{"f": []byte(text)})
		r := b.want("f", []byte(wire), tftptest.Options{Mode: "netascii", TSize: true, Window: window, Block: 513})
		if _, ok := r.OACK["tsize"]; ok {
			t.Error("tsize of a netascii transfer was told; it is not the file's size")
		}
	}
}

func TestNetasciiSurvivesLoss(t *testing.T) {
	text := strings.Repeat("line\r\n\n", 3000)
	wire := strings.NewReplacer("\r", "\r\x00", "\n", "\r\n").Replace(text)
	b := serve(t, memory{"f": []byte(text)})
	r, err := tftptest.Get(context.Background(), newLossy(t, 13), b.addr, "f",
		tftptest.Options{Mode: "netascii", Window: 8, Resend: 100 * time.Millisecond, Tries: 50})
	if err != nil || string(r.Data) != wire {
		t.Fatalf("err %v, %d bytes, want %d", err, len(r.Data), len(wire))
	}
	if rep := b.report(); rep.Resends == 0 {
		t.Error("nothing was resent: the loss was not there")
	}
}

func TestT4WritingIsRefused(t *testing.T) {
	b := serve(t, memory{})
	c := b.raw()
	c.say("\x00\x02f\x00octet\x00")
	wantPacket(t, c.hear(soon), "\x00\x05\x00\x02")
}

func TestT5OnlyAskedOptionsAreAcknowledged(t *testing.T) {
	b := serve(t, memory{"f": pattern(3000)})
	r := b.want("f", pattern(3000), tftptest.Options{Extra: [][2]string{{"BLKSIZE", "1024"}, {"x-color", "7"}, {"multicast", ""}}})
	if len(r.OACK) != 1 || r.OACK["blksize"] != "1024" {
		t.Errorf("OACK = %v, want blksize 1024 alone", r.OACK)
	}
	if r = b.want("f", pattern(3000), tftptest.Options{}); r.OACK != nil {
		t.Errorf("OACK %v without an option asked", r.OACK)
	}
	// T24, and options that make no sense: as if none had been asked.
	r = b.want("f", pattern(3000), tftptest.Options{Extra: [][2]string{{"multicast", ""}, {"blksize", "no"}, {"timeout", "0"}, {"windowsize", "0"}}})
	if r.OACK != nil {
		t.Errorf("OACK %v to nothing but nonsense", r.OACK)
	}
}

func TestT6BlockSize(t *testing.T) {
	data := pattern(70000)
	for _, c := range []struct {
		mtu, asked int
		want       string
	}{
		{1500, 8, "8"}, {1500, 1468, "1468"}, {1500, 1469, "1468"}, {1500, 65464, "1468"}, {1500, 65535, "1468"},
		{9000, 65464, "8968"}, {65536, 65464, "65464"}, {1500, 7, ""}, {1280, 1468, "1248"},
	} {
		b := serve(t, memory{"f": data[:c.mtu]}, func(_ *tftp.Server, p *loopPort) { p.mtu = c.mtu })
		r := b.want("f", data[:c.mtu], tftptest.Options{Block: c.asked})
		if r.OACK["blksize"] != c.want {
			t.Errorf("MTU %d, asked %d: got %q, want %q", c.mtu, c.asked, r.OACK["blksize"], c.want)
		}
	}
}

func TestT7SizeIsExact(t *testing.T) {
	b := serve(t, memory{"empty": nil, "f": pattern(12345)})
	if r := b.want("f", pattern(12345), tftptest.Options{TSize: true}); r.OACK["tsize"] != "12345" {
		t.Errorf("OACK = %v", r.OACK)
	}
	if r := b.want("empty", nil, tftptest.Options{TSize: true}); r.OACK["tsize"] != "0" {
		t.Errorf("OACK of an empty file = %v", r.OACK)
	}
}

func TestT8TimeoutIsTheClients(t *testing.T) {
	t.Parallel()
	b := serve(t, memory{"f": pattern(10)})
	c := b.raw()
	c.say(rrq + "f\x00octet\x00timeout\x001\x00")
	wantPacket(t, c.hear(soon), "\x00\x06timeout\x001\x00")
	start := time.Now()
	wantPacket(t, c.hear(soon), "\x00\x06timeout\x001\x00")
	if d := time.Since(start); d < 900*time.Millisecond || d > 1900*time.Millisecond {
		t.Errorf("resent after %v, want 1 s", d)
	}
}

func TestT9Window(t *testing.T) {
	data := pattern(200 * 512)
	b := serve(t, memory{"f": data})
	if r := b.want("f", data, tftptest.Options{Window: 1000}); r.OACK["windowsize"] != "64" {
		t.Errorf("OACK = %v, want the cap of 64", r.OACK)
	}
	c := b.raw()
	c.say(rrq + "f\x00octet\x00windowsize\x004\x00")
	wantPacket(t, c.hear(soon), "\x00\x06windowsize\x004\x00")
	c.say("\x00\x04\x00\x00")
	hearBlocks(t, c, 1, 2, 3, 4)
	c.say("\x00\x04\x00\x02") // 3 was lost: the window starts anew behind 2
	hearBlocks(t, c, 3, 4, 5, 6)
	c.say("\x00\x04\x00\x06")
	hearBlocks(t, c, 7, 8, 9, 10)
	// No ACK: the whole window again.
	start := time.Now()
	hearBlocks(t, c, 7, 8, 9, 10)
	if d := time.Since(start); d < 200*time.Millisecond {
		t.Errorf("resent after %v, before any timer", d)
	}
	c.say("\x00\x04\x00\x06") // the first of the window is missing
	hearBlocks(t, c, 7, 8, 9, 10)
	c.say("\x00\x04\x00\x06") // an echo
	if p := c.hear(quiet); p != "" {
		t.Errorf("an echoed ACK made the server send block %d", p[3])
	}
	c.say("\x00\x05\x00\x00bye\x00")
}

func TestT9LastWindowMayBeShort(t *testing.T) {
	b := serve(t, memory{"f": pattern(512*5 + 1)})
	r := b.want("f", pattern(512*5+1), tftptest.Options{Window: 4})
	if r.Blocks != 6 || r.Unexpected != 0 {
		t.Errorf("%d blocks, %d unexpected", r.Blocks, r.Unexpected)
	}
}

func TestT10RefusedOptionsEndQuietly(t *testing.T) {
	var log lockedBuffer
	b := serve(t, memory{"f": pattern(10)}, logTo(&log, slog.LevelInfo))
	c := b.raw()
	c.say(rrq + "f\x00octet\x00tsize\x000\x00blksize\x001468\x00")
	c.hear(soon)
	c.say("\x00\x05\x00\x08User aborted\x00") // P31
	r := b.report()
	if !r.Probe || r.Err != nil || r.Size != 10 {
		t.Errorf("Probe %v, Err %v, Size %d", r.Probe, r.Err, r.Size)
	}
	if p := c.hear(quiet); p != "" {
		t.Errorf("the server went on with %q", p)
	}
	b.stop()
	if log.String() != "" {
		t.Errorf("a size probe was logged: %s", log.String())
	}
}

func TestT11DuplicateAckSendsNothing(t *testing.T) {
	b := serve(t, memory{"f": pattern(5000)})
	c := b.raw()
	c.say(rrq + "f\x00octet\x00")
	hearBlocks(t, c, 1)
	for range 3 {
		c.say("\x00\x04\x00\x01")
	}
	hearBlocks(t, c, 2)
	if p := c.hear(quiet); p != "" {
		t.Errorf("block %d came again", p[3])
	}
	c.say("\x00\x05\x00\x00\x00")
}

func TestT12TimerDoubles(t *testing.T) {
	t.Parallel()
	b := serve(t, memory{"f": pattern(10)})
	c := b.raw()
	c.say(rrq + "f\x00octet\x00")
	last := time.Now()
	hearBlocks(t, c, 1)
	for i, want := range []time.Duration{250, 500, 1000} {
		hearBlocks(t, c, 1)
		want *= time.Millisecond
		if d := time.Since(last); d < want-20*time.Millisecond || d > 2*want+200*time.Millisecond {
			t.Errorf("resend %d after %v, want %v to %v", i+1, d, want, 2*want)
		}
		last = time.Now()
	}
	c.say("\x00\x04\x00\x01")
	if r := b.report(); r.Resends != 3 || r.Err != nil || r.Bytes != 10 {
		t.Errorf("resends %d, bytes %d, err %v", r.Resends, r.Bytes, r.Err)
	}
}

func TestT13ExactMultipleEndsWithAnEmptyBlock(t *testing.T) {
	b := serve(t, memory{"f": pattern(1024), "empty": nil})
	if r := b.want("f", pattern(1024), tftptest.Options{}); r.Blocks != 3 {
		t.Errorf("%d blocks", r.Blocks)
	}
	if r := b.want("empty", nil, tftptest.Options{}); r.Blocks != 1 {
		t.Errorf("%d blocks for an empty file", r.Blocks)
	}
}

func TestT14BlockNumbersRollOver(t *testing.T) {
	data := pattern(34 << 20) // over 65,535 blocks of 512
	b := serve(t, memory{"f": data})
	b.want("f", data, tftptest.Options{})
	b.want("f", data, tftptest.Options{Window: 64})
	if r := b.report(); r.Blocks != 34<<20/512+1 || r.Bytes != 34<<20 {
		t.Errorf("%d blocks, %d bytes", r.Blocks, r.Bytes)
	}
}

func TestT15AStrangerIsRebuffedAndHarmsNothing(t *testing.T) {
	b := serve(t, memory{"f": pattern(1000)})
	c, stranger := b.raw(), b.raw()
	c.say(rrq + "f\x00octet\x00")
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

func TestT16AnUnprovenPeerGetsOneSmallPacket(t *testing.T) {
	b := serve(t, memory{"f": pattern(100000)})
	c := b.raw()
	c.say(rrq + "f\x00octet\x00windowsize\x0064\x00blksize\x001468\x00")
	if p := c.hear(soon); len(p) > 60 {
		t.Errorf("%d bytes to a peer that may be forged", len(p))
	}
	if p := c.hear(quiet); p != "" {
		t.Errorf("and %d more", len(p))
	}
	c.say("\x00\x05\x00\x00\x00")
}

func TestT16OpenTransfersOfOneAddressAreLimited(t *testing.T) {
	b := serve(t, memory{"f": pattern(1000)}, func(s *tftp.Server, _ *loopPort) { s.MaxPerAddr = 2 })
	one, two, three := b.raw(), b.raw(), b.raw()
	for _, c := range []*raw{one, two} {
		c.say(rrq + "f\x00octet\x00")
		hearBlocks(t, c, 1)
	}
	three.say(rrq + "f\x00octet\x00")
	if p := three.hear(quiet); p != "" {
		t.Errorf("the third was answered with %q", p)
	}
	one.say("\x00\x05\x00\x00\x00")
	b.report()
	for deadline := time.Now().Add(soon); ; { // the seat is free a moment after the report
		three.say(rrq + "f\x00octet\x00")
		if three.hear(quiet) != "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no answer though a place was free")
		}
	}
	if c := b.srv.Counters(); c.Dropped == 0 || c.Open != 2 {
		t.Errorf("counters %+v", c)
	}
}

func TestARepeatedRequestDoesNotStartASecondTransfer(t *testing.T) {
	b := serve(t, memory{"f": pattern(1000)})
	c := b.raw()
	for range 3 {
		c.peer = b.addr
		c.say(rrq + "f\x00octet\x00")
	}
	hearBlocks(t, c, 1)
	if p := c.hear(quiet); p != "" {
		t.Error("the repeats were answered too")
	}
	c.say("\x00\x04\x00\x01")
	hearBlocks(t, c, 2)
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
	b := serve(t, memory{"f": pattern(100000)}, func(_ *tftp.Server, p *loopPort) { p.connected = true })
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

func TestLossIsSurvivedByteExact(t *testing.T) {
	t.Parallel()
	data := pattern(174000)
	for _, c := range []struct {
		n      int
		opt    tftptest.Options
		within time.Duration
	}{
		{50, tftptest.Options{Block: 1468}, soon},
		{7, tftptest.Options{Block: 1468, Window: 16}, 2 * soon},
		{50, tftptest.Options{Block: 1468, Window: 64}, soon},
	} {
		t.Run(fmt.Sprintf("one of %d, window %d", c.n, c.opt.Window), func(t *testing.T) {
			t.Parallel()
			b := serve(t, memory{"f": data})
			c.opt.Resend, c.opt.Tries, c.opt.Dally = 300*time.Millisecond, 40, time.Second
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

func wantCode(t *testing.T, err error, code uint16) *tftptest.Error {
	t.Helper()
	var e *tftptest.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got %v, want TFTP error %d", err, code)
		return nil
	}
	return e
}

func wantPacket(t *testing.T, got, prefix string) {
	t.Helper()
	if !strings.HasPrefix(got, prefix) {
		t.Fatalf("heard %q, want %q", got, prefix)
	}
}

// hearBlocks wants exactly these DATA blocks next.
func hearBlocks(t *testing.T, c *raw, numbers ...byte) {
	t.Helper()
	for _, n := range numbers {
		p := c.hear(soon)
		if len(p) < 4 || p[1] != 3 || p[3] != n {
			t.Fatalf("heard %.20q, want block %d", p, n)
		}
	}
}
