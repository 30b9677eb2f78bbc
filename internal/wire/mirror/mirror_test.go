package mirror

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

const modified = "Fri, 02 Jan 2026 03:04:05 GMT"

func TestTwentyClientsShareOneDownload(t *testing.T) {
	b := newBench(t, size)
	data := noise(50 << 20)
	gate := make(chan struct{})
	b.has("pool/big_1_amd64.deb", &file{data: data, etag: `"x"`, gate: gate})
	client := b.proxied()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			address := b.near.URL + "/cache/debian/pool/big_1_amd64.deb"
			c := b.near.Client()
			if i%2 == 1 {
				address, c = b.base()+"/pool/big_1_amd64.deb", client
			}
			req, _ := http.NewRequest(http.MethodGet, address, nil)
			resp, err := c.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			got := &compare{want: data}
			if _, err := io.CopyN(got, resp.Body, 1); err != nil {
				t.Error(err)
			}
			if i == 0 {
				close(gate) // bytes are sent on while the download stands still half-way
			}
			if _, err := io.Copy(got, resp.Body); err != nil || got.n != len(data) {
				t.Errorf("client %d: %d bytes are right, %v", i, got.n, err)
			}
		})
	}
	wg.Wait()
	if n := b.asked.Load(); n != 1 {
		t.Errorf("%d downloads", n)
	}
	b.settled()
	b.same(b.get("pool/big_1_amd64.deb"), data)
	b.reopen(size) // and after a restart
	b.same(b.get("pool/big_1_amd64.deb"), data)
	if n := b.asked.Load(); n != 1 {
		t.Errorf("%d downloads", n)
	}
	var text bytes.Buffer
	b.Metrics(&text)
	for _, want := range []string{`{how="miss"} 1` + "\n", fmt.Sprintf("seedbed_cache_saved_bytes %d\n", 21*len(data)), "seedbed_cache_files 1\n",
		fmt.Sprintf("seedbed_cache_fetched_bytes_total %d\n", len(data)), `{how="hit"}`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in the metrics:\n%s", want, &text)
		}
	}
}

func TestBrokenDownloadIsNeverKeptAndNeverLooksWhole(t *testing.T) {
	data := noise(3 << 20)
	byHash := "dists/x/by-hash/SHA256/" + sum(data)
	for _, c := range []struct {
		outcome, name string
		file          file
	}{
		{"cut off, and nothing to go on by", "a_1.deb", file{data: data, cut: []int64{1 << 20, 5, 0}}},
		{"cut off before the last byte", "a_1.deb", file{data: data, cut: []int64{int64(len(data)) - 1, 7, int64(len(data)) - 1}}},
		{"cut off, and changed meanwhile", "a_1.deb", file{data: data, etag: `"1"`, cut: []int64{1 << 20}}},
		{"not the bytes of its checksum", byHash, file{data: noise(3<<20 + 1)[1:]}},
		{"not the bytes of its checksum, in chunks", byHash, file{data: noise(3<<20 + 1)[1:], chunked: true}},
		{"not the bytes of its checksum, in rpm's form", "repodata/" + sum(data) + "-primary.xml.gz", file{data: noise(3<<20 + 1)[1:]}},
	} {
		b := newBench(t, size)
		f := b.has(c.name, &c.file)
		if strings.Contains(c.outcome, "changed") {
			// The answer to the second request is of another file.
			gate := make(chan struct{})
			f.gate = gate
			go func() {
				for b.asked.Load() == 0 {
				}
				b.mu.Lock()
				b.files["/debian/"+c.name] = &file{data: data[1:], etag: `"2"`}
				b.mu.Unlock()
				close(gate)
			}()
		}
		var wg sync.WaitGroup
		clients := 3
		if f.gate != nil {
			clients = 1 // a later one may well get the new file
		}
		for range clients {
			wg.Go(func() {
				if a := b.get(c.name); a.err == nil && a.code == http.StatusOK {
					t.Errorf("%s: a client has %d bytes and thinks that is all", c.outcome, len(a.body))
				}
			})
		}
		wg.Wait()
		b.settled()
		if b.kept() != 0 {
			t.Errorf("%s: it was kept", c.outcome)
		}
		if left, _ := os.ReadDir(b.dir + "/tmp"); len(left) != 0 {
			t.Errorf("%s: %v is left lying", c.outcome, left)
		}
		b.has(c.name, &file{data: data}) // the upstream is well again
		b.same(b.get(c.name), data)
		b.settled()
		if b.kept() != 1 {
			t.Errorf("%s: the whole one was not kept", c.outcome)
		}
	}
}

func TestBrokenDownloadGoesOnWhereItWasCutOff(t *testing.T) {
	data := noise(4 << 20)
	for _, f := range []*file{
		{etag: `"1"`, cut: []int64{1 << 20, 1 << 19, 100}},
		{modified: modified, cut: []int64{1000, 1}},
		{etag: `"1"`, modified: modified, cut: []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}, // each gets a little further
	} {
		b := newBench(t, size)
		f.data = data
		cuts := len(f.cut)
		b.has("a_1.rpm", f)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { b.same(b.get("a_1.rpm"), data) })
		}
		wg.Wait()
		b.settled()
		if n := b.asked.Load(); n != int64(cuts+1) || len(b.ranges) != cuts || b.kept() != 1 {
			t.Errorf("%d requests, ranges %q, %d kept", n, b.ranges, b.kept())
		}
	}
}

func TestIndexesAreAskedForAgainAndPackagesAreNot(t *testing.T) {
	b := newBench(t, size)
	old, fresh := []byte("Suite: old\n"), []byte("Suite: fresh, and longer\n")
	index := b.has("dists/x/InRelease", &file{data: old, etag: `"1"`, modified: modified})
	b.has("pool/a_1_all.deb", &file{data: old, etag: `"1"`})
	steps := []struct {
		do   func()
		name string
		want []byte
		how  How
		asks int64
	}{
		{nil, "dists/x/InRelease", old, Miss, 1},
		{nil, "dists/x/InRelease", old, Current, 1},
		{func() { b.has("dists/x/InRelease", &file{data: fresh, etag: `"2"`}) }, "dists/x/InRelease", fresh, Miss, 1},
		{nil, "dists/x/InRelease", fresh, Current, 1},
		{func() { b.has("dists/x/InRelease", &file{status: 503}) }, "dists/x/InRelease", fresh, Stale, firstTries},
		{nil, "pool/a_1_all.deb", old, Miss, 1},
		{nil, "pool/a_1_all.deb", old, Hit, 0},
		{b.up.Close, "pool/a_1_all.deb", old, Hit, 0},
		{nil, "dists/x/InRelease", fresh, Stale, 0},
	}
	_ = index
	for i, s := range steps {
		if s.do != nil {
			s.do()
		}
		before := b.asked.Load()
		b.same(b.get(s.name), s.want)
		b.settled()
		hows := b.hows()
		if got := hows[len(hows)-1]; got != s.how || b.asked.Load()-before != s.asks {
			t.Errorf("step %d: %s with %d requests, want %s with %d", i, got, b.asked.Load()-before, s.how, s.asks)
		}
	}
	if a := b.get("dists/never/InRelease"); a.code != http.StatusBadGateway {
		t.Errorf("with the upstream gone: %d %s", a.code, a.body)
	}
}

func TestClientCanAskPastTheCache(t *testing.T) {
	b := newBench(t, size)
	b.has("a_1.deb", &file{data: []byte("rotten"), etag: `"1"`})
	b.get("a_1.deb")
	b.settled()
	b.has("a_1.deb", &file{data: []byte("good"), etag: `"2"`})
	b.same(b.get("a_1.deb", "Cache-Control", "max-age=0"), []byte("rotten"))
	b.same(b.get("a_1.deb", "Cache-Control", "no-cache"), []byte("good"))
	b.settled()
	b.same(b.get("a_1.deb"), []byte("good"))
}

func TestRangesAndHeads(t *testing.T) {
	data := noise(1 << 20)
	n := len(data)
	b := newBench(t, size)
	b.has("a_1.deb", &file{data: data, etag: `"1"`, modified: modified})
	if a := b.ask(http.MethodHead, b.near.URL+"/cache/debian/a_1.deb"); a.code != 200 || a.header.Get("Content-Length") != fmt.Sprint(n) || b.asked.Load() != 0 {
		t.Errorf("HEAD of what is not there yet: %d %v, and %d downloads", a.code, a.header, b.asked.Load())
	}
	for _, round := range []string{"while it is fetched", "from the disk"} {
		for rng, want := range map[string][]byte{"bytes=0-0": data[:1], "bytes=1000-1999": data[1000:2000], "bytes=-10": data[n-10:], "bytes=1048570-": data[1048570:],
			"bytes=5-99999999": data[5:]} {
			if a := b.get("a_1.deb", "Range", rng); a.code != http.StatusPartialContent || !bytes.Equal(a.body, want) {
				t.Errorf("%s, %s: %d, %d bytes", round, rng, a.code, len(a.body))
			}
		}
		if a := b.get("a_1.deb", "Range", "bytes=2000000-"); a.code != http.StatusRequestedRangeNotSatisfiable {
			t.Errorf("%s, beyond its end: %d", round, a.code)
		}
		if a := b.get("a_1.deb", "Range", "bytes=10-19", "If-Range", `"other"`); a.code != http.StatusOK || !bytes.Equal(a.body, data) {
			t.Errorf("%s, If-Range of another: %d", round, a.code)
		}
		if a := b.get("a_1.deb", "If-None-Match", `"1"`); a.code != http.StatusNotModified {
			t.Errorf("%s, If-None-Match: %d", round, a.code)
		}
		if a := b.get("a_1.deb", "If-Modified-Since", modified); a.code != http.StatusNotModified {
			t.Errorf("%s, If-Modified-Since: %d", round, a.code)
		}
		if a := b.ask(http.MethodHead, b.near.URL+"/cache/debian/a_1.deb"); a.code != 200 || a.header.Get("Content-Length") != fmt.Sprint(n) {
			t.Errorf("%s, HEAD: %d %v", round, a.code, a.header)
		}
		b.settled()
	}
	if b.asked.Load() != 1 {
		t.Errorf("%d downloads", b.asked.Load())
	}
}

func TestWhatIsNotKeptIsPassedOn(t *testing.T) {
	data := noise(1 << 20)
	for _, c := range []struct {
		outcome string
		max     int64
		file    file
		kept    int
		code    int
	}{
		{"larger than the cache", 1 << 19, file{data: data}, 0, 200},
		{"nobody knows where it ends", size, file{data: data, closed: true}, 0, 200},
		{"in chunks, which have an end", size, file{data: data, chunked: true}, 1, 200},
		{"in chunks, larger than the cache", 1 << 19, file{data: data, chunked: true}, 0, 0},
		{"with a query", size, file{data: data, query: "?a=b"}, 0, 200},
		{"empty", size, file{data: []byte{}}, 1, 200},
		{"not there", size, file{status: 404}, 0, 404},
		{"forbidden", size, file{status: 403}, 0, 403},
		{"the upstream is ill", size, file{status: 500}, 0, 502},
		{"a web page in a package's place", size, file{data: data, kind: "text/html; charset=utf-8"}, 0, 503},
		{"a teapot", size, file{status: 204}, 0, 502},
	} {
		b := newBench(t, c.max)
		b.has("a_1.deb", &c.file)
		for range 2 {
			a := b.get("a_1.deb" + c.file.query)
			switch {
			case c.code == 0:
				if a.err == nil && a.code == 200 {
					t.Errorf("%s: it looks whole", c.outcome)
				}
			case a.code != c.code || a.err != nil || c.code == 200 && !bytes.Equal(a.body, c.file.data):
				t.Errorf("%s: %d, %d bytes, %v", c.outcome, a.code, len(a.body), a.err)
			}
			b.settled()
		}
		if b.kept() != c.kept {
			t.Errorf("%s: %d kept", c.outcome, b.kept())
		}
	}
}

func TestClientsThatLeaveHarmNobody(t *testing.T) {
	data := noise(4 << 20)
	b := newBench(t, size)
	gate := make(chan struct{})
	b.has("a_1.deb", &file{data: data, gate: gate})
	ctx, leave := context.WithCancel(context.Background())
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, b.near.URL+"/cache/debian/a_1.deb", nil)
	resp, err := b.near.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	leave()
	resp.Body.Close()
	got := make(chan answer)
	go func() { got <- b.get("a_1.deb") }()
	close(gate)
	b.same(<-got, data)
	b.settled()
	if b.asked.Load() != 1 || b.kept() != 1 {
		t.Errorf("%d downloads, %d kept", b.asked.Load(), b.kept())
	}
}

func TestManyFilesInALittleRoom(t *testing.T) {
	b := newBench(t, 1<<20)
	var wg sync.WaitGroup
	for i := range 200 {
		name := fmt.Sprintf("p%d_1.deb", i%50)
		data := noise(60_000 + i%50)
		b.has(name, &file{data: data, etag: `"1"`})
		wg.Go(func() { b.same(b.get(name), data) })
	}
	wg.Wait()
	b.settled()
	if _, bytes := b.Store.Usage(); bytes > 1<<20 {
		t.Errorf("%d bytes are kept", bytes)
	}
}
