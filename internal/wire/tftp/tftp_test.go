package tftp_test

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

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

func TestT1AClientPortNeverMeetsAPortOfOursTwice(t *testing.T) {
	onEach(t, func(t *testing.T, on func(*loopPort) tftp.Port) {
		b := serveOn(t, memory{"f": pattern(2000)}, on)
		other := b.raw() // whose transfer keeps a port open meanwhile
		other.begin("f")
		hearBlocks(t, other, 1)
		c := b.raw()
		met := map[netip.AddrPort]bool{b.addr: true}
		for range 5 {
			c.peer = b.addr
			c.begin("f")
			hearBlocks(t, c, 1)
			if met[c.peer] {
				t.Fatalf("port %d was met before", c.peer.Port())
			}
			met[c.peer] = true
			c.say("\x00\x05\x00\x00\x00")
			b.report()
		}
	})
}

func TestTransfersThatOverlapShareAPort(t *testing.T) {
	b := serve(t, memory{"f": pattern(2000)}, func(s *tftp.Server, _ *loopPort) { s.MaxPerAddr = 200 })
	ports := map[netip.AddrPort]int{}
	var clients []*raw
	for range 100 {
		c := b.raw()
		c.begin("f")
		hearBlocks(t, c, 1)
		ports[c.peer]++
		clients = append(clients, c)
	}
	if len(ports) != 2 {
		t.Errorf("100 transfers at %d ports: %v", len(ports), ports)
	}
	for _, c := range clients {
		for n := byte(1); n <= 4; n++ {
			c.say("\x00\x04\x00" + string(rune(n)))
			if n < 4 {
				hearBlocks(t, c, n+1)
			}
		}
		if r := b.report(); r.Err != nil || r.Bytes != 2000 {
			t.Fatalf("err %v, %d bytes", r.Err, r.Bytes)
		}
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
	c.say(rrq + "f\x00octet\x00windowsize\x004\x00timeout\x001\x00")
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
	if d := time.Since(start); d < 500*time.Millisecond {
		t.Errorf("resent after %v, before the timer", d)
	}
	c.say("\x00\x04\x00\x06") // the first of the window is missing
	c.say("\x00\x04\x00\x06") // an echo
	hearBlocks(t, c, 7, 8, 9, 10)
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
	t.Parallel()
	b := serve(t, memory{"f": pattern(5000)})
	c := b.raw()
	c.begin("f")
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
	start := time.Now()
	c.say(rrq + "f\x00octet\x00")
	hearBlocks(t, c, 1)
	for i, earliest := range []time.Duration{250, 250 + 500} {
		hearBlocks(t, c, 1)
		if d := time.Since(start); d < earliest*time.Millisecond || d > 2*earliest*time.Millisecond+time.Second {
			t.Errorf("resend %d after %v, want %d to %d ms", i+1, d, earliest, 2*earliest)
		}
	}
	c.say("\x00\x04\x00\x01")
	if r := b.report(); r.Resends != 2 || r.Err != nil || r.Bytes != 10 {
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
