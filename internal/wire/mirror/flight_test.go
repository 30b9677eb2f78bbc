package mirror

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestUpstreamThatStumblesIsAskedAgain(t *testing.T) {
	data := noise(2 << 20)
	b := newBench(t, size)
	b.has("a_1.deb", &file{data: data, ill: firstTries - 1})
	b.same(b.get("a_1.deb"), data)
	if n := b.asked.Load(); n != firstTries {
		t.Errorf("asked %d times", n)
	}
	b.has("dists/x/InRelease", &file{data: data, etag: `"1"`})
	b.get("dists/x/InRelease")
	b.settled()
	b.has("dists/x/InRelease", &file{data: data[1:], etag: `"2"`, ill: firstTries - 1})
	b.same(b.get("dists/x/InRelease"), data[1:]) // not the stale one, which fits no package list any more
	b.has("c_1.deb", &file{data: data, cut: []int64{0, 0}})
	b.same(b.get("c_1.deb"), data) // nothing had come: there is no version to go on with, and none is needed
}

func TestUpstreamThatIsIllInMidDownloadIsWaitedFor(t *testing.T) {
	data := noise(2 << 20)
	b := newBench(t, size)
	f := b.has("a_1.deb", &file{data: data, etag: `"1"`, cut: []int64{1 << 20}, gate: make(chan struct{})})
	got := make(chan answer)
	go func() { got <- b.get("a_1.deb") }()
	for b.asked.Load() == 0 {
	}
	b.mu.Lock()
	f.ill = 2
	b.mu.Unlock()
	close(f.gate)
	b.same(<-got, data)
	if len(b.ranges) != 3 {
		t.Errorf("the rest was asked for by %q", b.ranges)
	}
}

// Rotten on our disk: the upstream's "not modified" must not bring it again.
func TestWhoAsksPastTheCacheGetsTheBytesAnew(t *testing.T) {
	b := newBench(t, size)
	b.has("a_1.deb", &file{data: []byte("good"), etag: `"1"`})
	b.get("a_1.deb")
	b.settled()
	found, err := filepath.Glob(b.dir + "/??/*.????????")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if err := os.WriteFile(found[0], []byte("r0tt"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.same(b.get("a_1.deb"), []byte("r0tt"))
	b.same(b.get("a_1.deb", "Cache-Control", "no-cache"), []byte("good"))
	b.settled()
	b.same(b.get("a_1.deb"), []byte("good"))
}

func TestFetchesThatWaitAreBounded(t *testing.T) {
	b := newBench(t, size)
	b.has("a_1.deb", &file{data: []byte("kept")})
	b.has("b_1.deb", &file{data: []byte("new")})
	b.get("a_1.deb")
	b.settled()
	b.Server.mu.Lock()
	for i := range maxWaiting {
		b.flights[fmt.Sprint(i)] = nil
	}
	b.Server.mu.Unlock()
	if a := b.get("b_1.deb"); a.code != http.StatusServiceUnavailable {
		t.Errorf("one fetch more than the bound: %d", a.code)
	}
	b.same(b.get("a_1.deb"), []byte("kept"))
	b.Server.mu.Lock()
	clear(b.flights)
	b.Server.mu.Unlock()
	b.same(b.get("b_1.deb"), []byte("new"))
}

// An HTTP/1.0 client that was told no length takes an orderly end for the
// whole.
func TestOldClientsSeeThatAFileWasCutOff(t *testing.T) {
	data := noise(1 << 20)
	b := newBench(t, size)
	for _, c := range []struct {
		path  string
		file  file
		whole bool
	}{
		{"a_1.deb", file{data: data, etag: `"1"`}, true},
		{"b_1.deb?x=1", file{data: data, chunked: true}, true},
		{"c_1.deb?x=1", file{data: data, chunked: true, cut: []int64{1 << 19, 1 << 19}}, false},
		{"d_1.deb", file{data: data, cut: []int64{1 << 19}}, false},
	} {
		name, _, _ := strings.Cut(c.path, "?")
		b.has(name, &c.file)
		conn, err := net.Dial("tcp", b.near.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "GET /cache/debian/%s HTTP/1.0\r\n\r\n", c.path)
		got, err := io.ReadAll(conn)
		switch {
		case c.whole && (err != nil || !strings.HasPrefix(string(got), "HTTP/1.0 200 ") || !strings.HasSuffix(string(got), string(data))):
			t.Errorf("%s: %d bytes, %v", c.path, len(got), err)
		case !c.whole && !errors.Is(err, syscall.ECONNRESET):
			t.Errorf("%s: ends after %d bytes with %v", c.path, len(got), err)
		}
	}
}
