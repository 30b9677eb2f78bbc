//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cacheSettings serve clients on eth1 and reach the upstreams by eth2.
const cacheSettings = classic + `
cache:
  size: 1GiB
  upstreams:
    - http://10.9.0.2/debian
    - {name: rpm, url: "http://10.9.0.2/rpm"}
`

// internet serves a directory in a namespace of its own, to which only the
// server has a way, and counts what it is asked for.
type internet struct {
	mu    sync.Mutex
	asked map[string]int
	slow  atomic.Bool // sends the first MiB and then waits
}

func (i *internet) count(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked[path]
}

func cacheNet(t *testing.T, dir string) (*server, *space, *internet) {
	t.Helper()
	room, client := classicNet(t)
	out := newSpace(t)
	cable(t, room, "eth2", out, "net0")
	room.ip(t, "addr add 10.9.0.1/24 dev eth2")
	out.ip(t, "addr add 10.9.0.2/24 dev net0")
	client.ip(t, "addr add 192.168.0.50/24 dev c1", "route add default via "+serverAddr)
	i := &internet{asked: map[string]int{}}
	var l net.Listener
	if err := out.do(func() (err error) { l, err = net.Listen("tcp", "10.9.0.2:80"); return }); err != nil {
		t.Fatal(err)
	}
	files := http.FileServer(http.Dir(dir))
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		i.asked[r.URL.Path]++
		i.mu.Unlock()
		if i.slow.Load() {
			w = &halting{ResponseWriter: w, r: r}
		}
		files.ServeHTTP(w, r)
	})}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	v := newServer(t, room, netbootTree(t), cacheSettings)
	v.serve(t)
	return v, client, i
}

// halting sends a MiB and then nothing, until the other side has gone.
type halting struct {
	http.ResponseWriter
	r *http.Request
	n int
}

func (h *halting) Write(b []byte) (int, error) {
	if h.n > 1<<20 {
		h.ResponseWriter.(http.Flusher).Flush()
		<-h.r.Context().Done()
		return 0, io.ErrClosedPipe
	}
	n, err := h.ResponseWriter.Write(b)
	h.n += n
	return n, err
}

// TestShortCacheManyClients: twenty real clients ask for one package at once.
func TestShortCacheManyClients(t *testing.T) {
	dir := scratch(t)
	b := make([]byte, 50<<20)
	rand.NewChaCha8([32]byte{1}).Read(b)
	write(t, dir, "debian/pool/big_1_amd64.deb", string(b))
	want := fmt.Sprintf("%x", sha256.Sum256(b))
	_, client, net := cacheNet(t, dir)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			args := []string{"-sS", "--fail", "http://" + serverAddr + "/cache/debian/pool/big_1_amd64.deb"}
			if i%2 == 0 {
				args = []string{"-sS", "--fail", "-x", "http://" + serverAddr + ":80", "http://10.9.0.2/debian/pool/big_1_amd64.deb"}
			}
			cmd := exec.Command("curl", args...)
			h := sha256.New()
			cmd.Stdout = h
			if err := client.start(cmd); err != nil {
				t.Error(err)
				return
			}
			if err := cmd.Wait(); err != nil || fmt.Sprintf("%x", h.Sum(nil)) != want {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := net.count("/debian/pool/big_1_amd64.deb"); n != 1 {
		t.Errorf("%d downloads of the upstream's", n)
	}
	metrics := curl(t, client, "http://"+serverAddr+"/metrics")
	for _, line := range []string{`seedbed_cache_requests_total{how="miss"} 1`, fmt.Sprintf("seedbed_cache_fetched_bytes_total %d", len(b)), fmt.Sprintf("seedbed_cache_saved_bytes %d", 19*len(b))} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("no %q in:\n%s", line, metrics)
		}
	}
	// What no upstream holds is refused, and the server's own pages are not.
	code := func(args ...string) string {
		return client.run(t, "curl", append([]string{"-sS", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}"}, args...)...)
	}
	for _, url := range []string{"http://10.9.0.2/other/x", "http://127.0.0.1/debian/x", "http://169.254.169.254/latest/", "http://10.9.0.1/healthz"} {
		if got := code("-x", "http://"+serverAddr+":80", url); got != "403" {
			t.Errorf("%s through the proxy: %s", url, got)
		}
	}
	if got := code("-x", "http://"+serverAddr+":80", "http://"+serverAddr+"/healthz"); got != "200" {
		t.Errorf("its own page through itself: %s", got)
	}
}

// TestShortCacheKilled: killed in the middle of a download, the cache has the
// file either whole or not at all, and what was whole before.
func TestShortCacheKilled(t *testing.T) {
	dir := scratch(t)
	data := strings.Repeat("0123456789abcdef", 1<<17) // 2 MiB
	write(t, dir, "debian/pool/half_1_all.deb", data)
	write(t, dir, "debian/pool/whole_1_all.deb", data)
	v, client, net := cacheNet(t, dir)
	base := "http://" + serverAddr + "/cache/debian/pool/"
	if got := curl(t, client, base+"whole_1_all.deb"); got != data {
		t.Fatalf("%d bytes", len(got))
	}
	net.slow.Store(true)
	out := filepath.Join(dir, "half")
	cmd := exec.Command("curl", "-sS", "--fail", "-o", out, base+"half_1_all.deb")
	if err := client.start(cmd); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, func() (bool, string) {
		st, err := os.Stat(out)
		return err == nil && st.Size() > 1<<19, "nothing is sent on while the download stands still"
	})
	v.crash()
	if err := cmd.Wait(); err == nil {
		t.Error("the client thinks that half a file is whole")
	}
	net.slow.Store(false)
	v.serve(t)
	for name, n := range map[string]int{"whole_1_all.deb": 1, "half_1_all.deb": 2} {
		if got := curl(t, client, base+name); got != data {
			t.Errorf("%s: %d bytes", name, len(got))
		}
		if got := net.count("/debian/pool/" + name); got != n {
			t.Errorf("%s was downloaded %d times, want %d", name, got, n)
		}
	}
}

// debianRepository is a flat-suite repository with one package, as
// apt-ftparchive makes them, with indexes by their hashes.
func debianRepository(t *testing.T, dir string) {
	t.Helper()
	need(t, "apt-get", "apt-ftparchive", "dpkg-deb")
	root := filepath.Join(dir, "debian")
	write(t, dir, "build/DEBIAN/control", "Package: seedbed-probe\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: nothing\n")
	write(t, dir, "build/usr/share/seedbed-probe/data", strings.Repeat("data\n", 50_000))
	write(t, dir, "debian/pool/main/keep", "")
	sh(t, root, "dpkg-deb -Znone --build ../build pool/main/seedbed-probe_1.0_all.deb")
	write(t, dir, "debian/dists/test/main/binary-amd64/keep", "")
	os.Remove(filepath.Join(root, "dists/test/main/binary-amd64/keep"))
	sh(t, root, "apt-ftparchive packages pool >dists/test/main/binary-amd64/Packages && "+
		"apt-ftparchive -o APT::FTPArchive::Release::Suite=test -o APT::FTPArchive::Release::Codename=test -o APT::FTPArchive::Release::Components=main "+
		"-o APT::FTPArchive::Release::Architectures=amd64 -o APT::FTPArchive::Release::Acquire-By-Hash=yes release dists/test >Release && mv Release dists/test/Release")
	sh(t, root, "cd dists/test/main/binary-amd64 && mkdir -p by-hash/SHA256 && cp Packages by-hash/SHA256/$(sha256sum <Packages | cut -d' ' -f1)")
}

func sh(t *testing.T, dir, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-ec", line)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// TestShortCacheAPT: APT itself updates and downloads, by the cache's address
// and with the cache as its proxy; the second machine costs no download.
func TestShortCacheAPT(t *testing.T) {
	dir := scratch(t)
	debianRepository(t, dir)
	_, client, net := cacheNet(t, dir)
	deb, err := os.ReadFile(filepath.Join(dir, "debian/pool/main/seedbed-probe_1.0_all.deb"))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct{ source, proxy string }{{"http://" + serverAddr + "/cache/debian", ""}, {"http://10.9.0.2/debian", "http://" + serverAddr + ":80/"}} {
		box := filepath.Join(dir, fmt.Sprint("machine", i))
		write(t, box, "sources.list", "deb [trusted=yes arch=amd64] "+c.source+" test main\n")
		for _, d := range []string{"state/lists/partial", "cache/archives/partial", "parts", "here"} {
			os.MkdirAll(filepath.Join(box, d), 0o755)
		}
		write(t, box, "state/status", "")
		apt := func(line string) {
			t.Helper()
			o := strings.NewReplacer("BOX", box, "PROXY", c.proxy).Replace("cd BOX/here && apt-get -q -o APT::Architecture=amd64 -o APT::Sandbox::User=root -o Acquire::Retries=0 -o Acquire::Languages=none " +
				"-o Dir::Etc::SourceList=BOX/sources.list -o Dir::Etc::SourceParts=BOX/parts -o Dir::Etc::Parts=BOX/parts -o Dir::Etc::Main=/dev/null -o Dir::State=BOX/state -o Dir::State::status=BOX/state/status " +
				"-o Dir::Cache=BOX/cache -o Acquire::http::Proxy=PROXY ")
			if c.proxy == "" {
				o = strings.Replace(o, "-o Acquire::http::Proxy= ", "-o Acquire::http::Proxy=DIRECT ", 1)
			}
			out, errs, err := client.try(t, "sh", "-ec", o+line)
			if err != nil || strings.Contains(errs, "W:") {
				t.Fatalf("machine %d: %s: %v\n%s%s", i, line, err, out, errs)
			}
			t.Logf("machine %d: %s\n%s", i, line, tail(out, 6))
		}
		apt("update")
		apt("download seedbed-probe")
		got, err := os.ReadFile(filepath.Join(box, "here/seedbed-probe_1.0_all.deb"))
		if err != nil || !bytes.Equal(got, deb) {
			t.Errorf("machine %d: %d bytes of %d, %v", i, len(got), len(deb), err)
		}
	}
	if n := net.count("/debian/pool/main/seedbed-probe_1.0_all.deb"); n != 1 {
		t.Errorf("the package was downloaded %d times", n)
	}
	metrics := curl(t, client, "http://"+serverAddr+"/metrics")
	if !strings.Contains(metrics, "seedbed_cache_requests_total{how=\"hit\"}") || strings.Contains(metrics, "seedbed_cache_requests_total{how=\"current\"} 0\n") {
		t.Errorf("the index was not asked for again:\n%s", metrics)
	}
}

// TestShortCacheRPM: dnf and zypper download a package, the second of the two
// without an upstream's help.
func TestShortCacheRPM(t *testing.T) {
	need(t, "dnf", "zypper", "createrepo_c", "rpmbuild")
	dir := scratch(t)
	write(t, dir, "probe.spec", "Name: seedbed-probe\nVersion: 1.0\nRelease: 1\nSummary: nothing\nLicense: none\nBuildArch: noarch\n%description\nnothing\n%install\nmkdir -p %{buildroot}/usr/share/probe\nhead -c 200000 /dev/urandom >%{buildroot}/usr/share/probe/data\n%files\n/usr/share/probe/data\n")
	sh(t, dir, "rpmbuild -bb --define '_topdir "+dir+"/build' --define '_rpmdir "+dir+"/rpm' probe.spec && createrepo_c -q rpm")
	_, client, net := cacheNet(t, dir)
	const name = "seedbed-probe-1.0-1.noarch.rpm"
	rpm, err := os.ReadFile(filepath.Join(dir, "rpm/noarch", name))
	if err != nil {
		t.Fatal(err)
	}
	check := func(who, root string) {
		t.Helper()
		var found []string
		filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
			if err == nil && d.Name() == name {
				found = append(found, p)
			}
			return nil
		})
		if len(found) != 1 {
			t.Fatalf("%s downloaded %v", who, found)
		}
		if got, err := os.ReadFile(found[0]); err != nil || !bytes.Equal(got, rpm) {
			t.Errorf("%s has %d bytes of %d, %v", who, len(got), len(rpm), err)
		}
	}
	one := filepath.Join(dir, "one")
	out, errs, err := client.try(t, "dnf", "-y", "--installroot="+one, "--releasever=1", "--setopt=reposdir=/nowhere", "--setopt=cachedir="+one+"/cache", "--setopt=keepcache=1",
		"--setopt=proxy=http://"+serverAddr+":80/", "--repofrompath=probe,http://10.9.0.2/rpm", "--nogpgcheck", "--downloadonly", "install", "seedbed-probe")
	if err != nil {
		t.Fatalf("dnf: %v\n%s%s", err, out, errs)
	}
	check("dnf", one)
	two := filepath.Join(dir, "two")
	for _, line := range [][]string{{"--root", two, "--no-gpg-checks", "ar", "http://" + serverAddr + "/cache/rpm", "probe"}, {"--root", two, "--no-gpg-checks", "-n", "in", "--download-only", "seedbed-probe"}} {
		if out, errs, err := client.try(t, "zypper", line...); err != nil {
			t.Fatalf("zypper %v: %v\n%s%s", line, err, out, errs)
		}
	}
	check("zypper", two)
	if n := net.count("/rpm/noarch/" + name); n != 1 {
		t.Errorf("the package was downloaded %d times", n)
	}
	if n := net.count("/rpm/repodata/repomd.xml"); n < 2 {
		t.Errorf("the index was asked for %d times", n)
	}
}
