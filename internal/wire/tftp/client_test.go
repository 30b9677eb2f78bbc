package tftp_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"seedbed/internal/wire/tftp"
	"seedbed/internal/wire/tftp/tftptest"
)

func TestRealClientsGetTheFile(t *testing.T) {
	data := pattern(300_001)
	b := serve(t, memory{"dir/f": data})
	port := fmt.Sprint(b.addr.Port())
	for _, c := range [][]string{
		{"curl", "-sS", "--max-time", "10", "-o", "OUT", "tftp://127.0.0.1:" + port + "/dir/f"},
		{"curl", "-sS", "--max-time", "10", "--tftp-blksize", "1428", "-o", "OUT", "tftp://127.0.0.1:" + port + "//dir/f"},
		{"curl", "-sS", "--max-time", "10", "--tftp-no-options", "-o", "OUT", "tftp://127.0.0.1:" + port + "/dir/f"},
		{"tftp", "-m", "binary", "127.0.0.1", port, "-c", "get", "dir/f", "OUT"},
		{"busybox", "tftp", "-g", "-r", "dir/f", "-l", "OUT", "127.0.0.1", port},
		{"busybox", "tftp", "-b", "1468", "-g", "-r", "/dir/f", "-l", "OUT", "127.0.0.1", port},
		{"atftp", "--option", "windowsize 8", "--option", "blksize 1468", "--option", "tsize 0", "-g", "-r", "dir/f", "-l", "OUT", "127.0.0.1", port},
	} {
		t.Run(fmt.Sprint(c[:3]), func(t *testing.T) {
			if _, err := exec.LookPath(c[0]); err != nil {
				t.Skip("not installed")
			}
			out := filepath.Join(t.TempDir(), "out")
			for i := range c {
				if c[i] == "OUT" {
					c[i] = out
				}
			}
			ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
			defer cancel()
			said, err := exec.CommandContext(ctx, c[0], c[1:]...).CombinedOutput()
			if bytes.Contains(said, []byte("applet not found")) {
				t.Skip("busybox has no tftp")
			}
			got, _ := os.ReadFile(out)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("err %v, %d of %d bytes: %s", err, len(got), len(data), said)
			}
		})
	}
}

func BenchmarkOneClient(b *testing.B) {
	for _, c := range []tftptest.Options{{Block: 1468, TSize: true}, {Block: 1468, Window: 16, TSize: true}} {
		b.Run(fmt.Sprintf("blksize=%d/windowsize=%d", c.Block, c.Window), func(b *testing.B) {
			data := pattern(16 << 20)
			s := serve(b, memory{"f": data}, func(s *tftp.Server, _ *loopPort) { s.Report = nil })
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				s.want("f", data, c)
			}
		})
	}
}
