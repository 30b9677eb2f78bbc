package tftp_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/wire/tftp"
	"seedbed/internal/wire/tftp/tftptest"
)

// stuck is a file on a disk that gives its first blocks and then takes its time.
type stuck struct {
	io.ReaderAt
	from int64
	free chan struct{}
	asks chan int64
}

func (s stuck) ReadAt(b []byte, off int64) (int, error) {
	if off >= s.from {
		select {
		case s.asks <- off:
		default:
		}
		<-s.free
	}
	return s.ReaderAt.ReadAt(b, off)
}

func (stuck) Close() error { return nil }

func TestT22ASlowDiskInTheMidstOfATransferHoldsUpNobodyAtItsPort(t *testing.T) {
	data := pattern(200_000)
	slow := stuck{bytes.NewReader(data), 30_000, make(chan struct{}), make(chan int64, 1)}
	b := serve(t, filesFunc(func(r tftp.Request) (tftp.File, error) {
		if r.Name == "slow" {
			return tftp.File{Body: slow, Size: int64(len(data))}, nil
		}
		return fileOf(data), nil
	}))
	late := make(chan tftptest.Result, 1)
	go func() {
		r, err := b.get("slow", tftptest.Options{Block: 1468, Window: 4, Resend: 5 * time.Second})
		if err != nil {
			t.Error(err)
		}
		late <- r
	}()
	<-slow.asks // it waits for the disk, at a port that the next one shares
	for range 5 {
		b.want("fast", data, tftptest.Options{Block: 1468, Window: 16})
	}
	select {
	case <-late:
		t.Fatal("the slow one was not slow: nothing was shown")
	default:
	}
	close(slow.free)
	if r := <-late; !bytes.Equal(r.Data, data) {
		t.Errorf("%d bytes of the slow one, or others", len(r.Data))
	}
}

func TestFilesOfTheKernelAndPiecesOfThemAreByteExact(t *testing.T) {
	data := pattern(300_000)
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(t *testing.T) *os.File {
		f, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		return f
	}
	b := serve(t, filesFunc(func(r tftp.Request) (tftp.File, error) {
		f := open(t)
		if r.Name == "part" {
			return tftp.File{Body: section{f, 4321, 150_000}, Size: 150_000}, nil
		}
		return tftp.File{Body: f, Size: int64(len(data))}, nil
	}))
	for _, opt := range []tftptest.Options{{}, {Block: 1468}, {Block: 1468, Window: 7}, {Block: 1000, Window: 64}, {Block: 8, Window: 64}} {
		b.want("whole", data, opt)
		b.want("part", data[4321:][:150_000], opt)
	}
}

type section struct {
	f      *os.File
	off, n int64
}

func (s section) ReadAt(b []byte, off int64) (int, error) {
	return io.NewSectionReader(s.f, s.off, s.n).ReadAt(b, off)
}
func (s section) Close() error                            { return s.f.Close() }
func (s section) Section() (*os.File, int64, int64, bool) { return s.f, s.off, s.n, true }

func TestAFileThatShrinksEndsItsTransferOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, pattern(100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	b := serve(t, filesFunc(func(tftp.Request) (tftp.File, error) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil {
			err = f.Truncate(50_000)
		}
		return tftp.File{Body: f, Size: 100_000}, err
	}))
	_, err := b.get("f", tftptest.Options{Block: 1468})
	if e := wantCode(t, err, 0); e != nil && e.Text != "The file could not be read" {
		t.Errorf("text %q", e.Text)
	}
}

func TestT20AThousandSharePortsByteExact(t *testing.T) {
	const clients = 1000
	data := pattern(20_000)
	b := serve(t, memory{"f": data}, func(s *tftp.Server, _ *loopPort) { s.MaxPerAddr, s.Rate = clients, clients })
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			if r, err := b.get("f", tftptest.Options{Block: 1468, Window: 2}); err != nil || !bytes.Equal(r.Data, data) {
				t.Errorf("%d bytes, %v", len(r.Data), err)
			}
		})
	}
	wg.Wait()
}

func TestT23AClientWithoutOptionsGetsDataAtOnce(t *testing.T) {
	b := serve(t, memory{"f": pattern(700)})
	c := b.raw()
	c.say(rrq + "f\x00octet\x00")
	p := c.hear(soon)
	if len(p) != 516 || p[:4] != "\x00\x03\x00\x01" {
		t.Fatalf("%d bytes, %.4q: U-Boot takes no OACK that it did not ask for", len(p), p)
	}
	c.say("\x00\x04\x00\x01")
	hearBlocks(t, c, 2)
	c.say("\x00\x04\x00\x02")
	if r := b.report(); r.Err != nil || r.Acked {
		t.Errorf("%+v", r)
	}
}

func TestT25TheMACIsLoggedWhereItIsKnown(t *testing.T) {
	var log lockedBuffer
	mac := net.HardwareAddr{0, 0x0c, 0x29, 1, 2, 3}
	b := serve(t, memory{"f": pattern(2000)}, logTo(&log, slog.LevelInfo), func(s *tftp.Server, _ *loopPort) {
		s.MAC = func(a netip.Addr) net.HardwareAddr {
			if a == netip.MustParseAddr("127.0.0.1") {
				return mac
			}
			return nil
		}
	})
	b.want("f", pattern(2000), tftptest.Options{})
	if r := b.report(); r.MAC.String() != mac.String() {
		t.Errorf("reported %v", r.MAC)
	}
	b.stop()
	for _, want := range []string{"mac=" + mac.String(), "rate="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in %s", want, log.String())
		}
	}
}

func TestP32EDK2AsksForAWindowOfFour(t *testing.T) {
	b := serve(t, memory{"grubx64.efi": pattern(30_000)})
	r := b.want("grubx64.efi", pattern(30_000), tftptest.Options{Block: 1468, Window: 4, TSize: true})
	if r.OACK["windowsize"] != "4" || r.OACK["blksize"] != "1468" || r.OACK["tsize"] != "30000" || r.Unexpected != 0 {
		t.Errorf("%v, %d unexpected", r.OACK, r.Unexpected)
	}
}
