package httpboot

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
)

// disk answers with files of the kernel: whole ones, and pieces of one, as an
// ISO's are.
type disk struct {
	path  string
	held  chan struct{} // says that a request for /held has come
	block chan struct{} // which waits for this
}

func (d disk) Open(a boot.Asked) (boot.Content, error) {
	f, err := os.Open(d.path)
	if err != nil {
		return boot.Content{}, err
	}
	st, err := f.Stat()
	c := boot.Content{Name: filepath.Base(a.Path), Body: f, Size: st.Size(), ModTime: noon}
	switch {
	case strings.HasPrefix(a.Path, "/piece/"):
		c.Body, c.Size = inside{f, pieceOff, pieceLen}, pieceLen
	case a.Path == "/held":
		d.held <- struct{}{}
		<-d.block
	case !strings.HasPrefix(a.Path, "/whole/"):
		f.Close()
		return boot.Content{}, fs.ErrNotExist
	}
	return c, err
}

func (disk) Callback(boot.Asked) (install.Event, error) { return install.Event{}, fs.ErrNotExist }

const (
	pieceOff = 12345
	pieceLen = 3 << 20
)

type inside struct {
	f      *os.File
	off, n int64
}

func (s inside) ReadAt(b []byte, off int64) (int, error) {
	return io.NewSectionReader(s.f, s.off, s.n).ReadAt(b, off)
}
func (s inside) Close() error                            { return s.f.Close() }
func (s inside) Section() (*os.File, int64, int64, bool) { return s.f, s.off, s.n, true }

// real is the server on a TCP listener of the kernel.
func real(t *testing.T, set func(*Server)) (addr string, bytes []byte) {
	t.Helper()
	whole := make([]byte, 5<<20)
	for i := range whole {
		whole[i] = byte(i * i >> 7)
	}
	d := disk{filepath.Join(t.TempDir(), "f"), make(chan struct{}, 10), make(chan struct{})}
	if err := os.WriteFile(d.path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Files: d, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return noon },
		Place:  func(netip.Addr) boot.Place { return boot.Place{} },
		Report: func(install.Event) error { return nil }}
	if set != nil {
		set(s)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		close(d.block)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String(), whole
}

func ask(t *testing.T, method, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip, deflate, br")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b
}

func TestFilesOfTheKernelAreSentExactlyAndPartly(t *testing.T) {
	web, whole := real(t, nil)
	for path, want := range map[string][]byte{"/whole/f": whole, "/piece/f": whole[pieceOff:][:pieceLen]} {
		for _, c := range []struct {
			header   string
			from, to int
		}{{"", 0, len(want)}, {"bytes=0-0", 0, 1}, {"bytes=1000-", 1000, len(want)}, {"bytes=-70000", len(want) - 70000, len(want)}, {"bytes=300000-2000000", 300000, 2000001}} {
			h := []string{}
			if c.header != "" {
				h = []string{"Range", c.header}
			}
			resp, b := ask(t, "GET", web+path, h...)
			if !bytes.Equal(b, want[c.from:c.to]) {
				t.Errorf("%s %s: %d bytes that differ, status %d", path, c.header, len(b), resp.StatusCode)
			}
			if resp.ContentLength != int64(c.to-c.from) || len(resp.TransferEncoding) > 0 || resp.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s %s: length %d, %v, %v", path, c.header, resp.ContentLength, resp.TransferEncoding, resp.Header)
			}
		}
	}
	// The same at a time: each has an offset of its own.
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			resp, err := http.Get(web + "/piece/f")
			if err == nil {
				var b []byte
				b, err = io.ReadAll(resp.Body)
				resp.Body.Close()
				if !bytes.Equal(b, whole[pieceOff:][:pieceLen]) {
					err = fmt.Errorf("%d bytes that differ", len(b))
				}
			}
			done <- err
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestP27TypesThatUEFITellsLoadersAndDisksBy(t *testing.T) {
	web, _ := real(t, nil)
	for name, want := range map[string]string{"grubx64.efi": "application/efi", "BOOTX64.EFI": "application/efi", "boot.iso": "application/vnd.efi-iso",
		"disk.img": "application/vnd.efi-img", "linux": "application/octet-stream", "grubx64.efi?x=1": "application/efi"} {
		resp, _ := ask(t, "HEAD", web+"/whole/"+name)
		if got := resp.Header.Get("Content-Type"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestP28HeadTellsTheLengthAndNothingIsChunked(t *testing.T) {
	web, whole := real(t, nil)
	for path, size := range map[string]int{"/whole/a.efi": len(whole), "/piece/b.img": pieceLen} {
		resp, b := ask(t, "HEAD", web+path)
		if resp.StatusCode != 200 || resp.ContentLength != int64(size) || len(b) != 0 || resp.Header.Get("Accept-Ranges") != "bytes" {
			t.Errorf("%s: %d, length %d, %v", path, resp.StatusCode, resp.ContentLength, resp.Header)
		}
	}
}

func TestP29ADownloadThatBrokeGoesOn(t *testing.T) {
	web, whole := real(t, nil)
	first, _ := ask(t, "HEAD", web+"/piece/f")
	tag, mod := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	if !strings.HasPrefix(tag, `"`) || mod == "" {
		t.Fatalf("ETag %q, Last-Modified %q: a strong one and a date are needed", tag, mod)
	}
	for _, c := range []struct {
		header, value string
		code          int
	}{{"If-Match", tag, 206}, {"If-Match", `"another"`, 412}, {"If-Unmodified-Since", mod, 206}, {"If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT", 412},
		{"If-Range", tag, 206}, {"If-Range", `"another"`, 200}, {"If-Range", mod, 206}} {
		resp, b := ask(t, "GET", web+"/piece/f", "Range", "bytes=1000000-", c.header, c.value)
		if resp.StatusCode != c.code {
			t.Errorf("%s %s: %d, want %d", c.header, c.value, resp.StatusCode, c.code)
		}
		if c.code == 206 && (!bytes.Equal(b, whole[pieceOff+1000000:][:pieceLen-1000000]) || resp.Header.Get("Content-Range") != fmt.Sprintf("bytes 1000000-%d/%d", pieceLen-1, pieceLen)) {
			t.Errorf("%s: %d bytes, %s", c.header, len(b), resp.Header.Get("Content-Range"))
		}
	}
	whatever, _ := ask(t, "HEAD", web+"/whole/f")
	if whatever.Header.Get("ETag") == tag {
		t.Error("two files have one tag")
	}
}

func TestP35ConnectionsLiveOnAfterNames(t *testing.T) {
	web, _ := real(t, nil)
	c, err := net.Dial("tcp4", strings.TrimPrefix(web, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for i := range 12 {
		fmt.Fprintf(c, "GET /pxelinux.cfg/%d HTTP/1.1\r\nHost: x\r\n\r\n", i)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("request %d on one connection: %v", i, err)
		}
		n, _ := io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != 404 || n > 64 {
			t.Errorf("%d, %d bytes", resp.StatusCode, n)
		}
	}
}

// line sends part of a request and never its end.
func line(t *testing.T, web string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", strings.TrimPrefix(web, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost:")
	return c
}

func TestWhoNeverEndsARequestMakesRoomForOthers(t *testing.T) {
	web, whole := real(t, func(s *Server) { s.MaxPerAddr = 20 })
	slow := line(t, web)
	for range 100 {
		line(t, web)
	}
	_ = slow.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := slow.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the first that never ended its request is still there: %v", err)
	}
	if _, b := ask(t, "GET", web+"/whole/f", "Connection", "close"); !bytes.Equal(b, whole) {
		t.Errorf("%d bytes beside them", len(b))
	}
}

func TestARequestUnderWayIsNotClosedForANewOne(t *testing.T) {
	var underWay chan struct{}
	web, _ := real(t, func(s *Server) { s.MaxConns, s.MaxPerAddr = 4, 4; underWay = s.Files.(disk).held })
	var held []net.Conn
	for range 4 {
		c, err := net.Dial("tcp4", strings.TrimPrefix(web, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
		held = append(held, c)
		<-underWay
	}
	// Turned away at once, maybe before Dial has said that it is there.
	if fifth, err := net.Dial("tcp4", strings.TrimPrefix(web, "http://")); err == nil {
		defer fifth.Close()
		_ = fifth.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := fifth.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
			t.Errorf("a fifth was let in: %v", err)
		}
	}
	for i, c := range held {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); !os.IsTimeout(err) {
			t.Errorf("%d was closed: %v", i, err)
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	web, _ := real(t, nil)
	resp, _ := ask(t, "GET", web+"/whole/f", "X-Long", strings.Repeat("x", 60<<10))
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("60 kB of header: %d", resp.StatusCode)
	}
}
