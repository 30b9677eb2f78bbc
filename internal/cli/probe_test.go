package cli

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bench is a directory with a small medium in a catalogue and settings for it.
type bench struct {
	t        *testing.T
	dir      string
	settings string
}

// newBench makes one; the settings' {PORT} becomes a free port.
func newBench(t *testing.T, files map[string]string) *bench {
	t.Helper()
	b := &bench{t, t.TempDir(), ""}
	for name, text := range map[string]string{
		".disk/info":             "Debian GNU/Linux 13.8.0 \"Trixie\" - Official amd64 DVD Binary-1 with firmware 20260905-10:22\n",
		"dists/trixie/Release":   "Origin: Debian\nSuite: stable\nVersion: 13.8\nCodename: trixie\n",
		"dists/trixie/InRelease": "signed", "dists/trixie/main/debian-installer/binary-amd64/Packages.gz": "x", "dists/trixie/main/binary-amd64/Packages.gz": "x",
		"install/netboot/version.info":                          "Debian version:  13 (trixie)\n",
		"install/netboot/debian-installer/amd64/linux":          "kernel",
		"install/netboot/debian-installer/amd64/initrd.gz":      "initrd",
		"install/netboot/debian-installer/amd64/bootnetx64.efi": "shim", "install/netboot/debian-installer/amd64/grubx64.efi": "grub",
	} {
		b.write("medium/"+name, text)
	}
	for name, text := range files {
		for strings.Contains(text, "{PORT}") {
			text = strings.Replace(text, "{PORT}", freePort(t), 1)
		}
		b.write(name, text)
	}
	b.run(exitGood, "import", filepath.Join(b.dir, "medium"), "--name", "debian-13")
	return b
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	p := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// run runs a command line on the bench and gives all that it prints.
func (b *bench) run(code int, args ...string) string {
	b.t.Helper()
	var out bytes.Buffer
	args = append([]string{"--state", filepath.Join(b.dir, "state"), "-c", filepath.Join(b.dir, "seedbed.yaml")}, args...)
	if got := Main(args, strings.NewReader(""), &out, &out); got != code {
		b.t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, out.String())
	}
	return out.String()
}

// freePort is a TCP port of the loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// mirror is a mirror of trixie, that counts who asks.
func mirror(t *testing.T) (address string, asked func() int) {
	var mu sync.Mutex
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		mu.Unlock()
		if r.URL.Path != "/debian/dists/trixie/Release" {
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/debian", func() int { mu.Lock(); defer mu.Unlock(); return n }
}

const probed = `interfaces: [lo]
dhcp: off
http: {port: {PORT}}
tftp: {port: {PORT}}
syslog: {port: {PORT}}
profiles:
  there: {image: debian-13, install: {root-password: "$6$salt$%[1]s", mirror: {url: "%[2]s"}}}
  suite: {image: debian-13, install: {root-password: "$6$salt$%[1]s", mirror: {url: "%[2]s", suite: sid}}}
  refused: {image: debian-13, install: {root-password: "$6$salt$%[1]s", mirror: {url: "http://127.0.0.1:{PORT}/debian"}}}
  unknown: {image: debian-13, install: {root-password: "$6$salt$%[1]s", mirror: {url: "http://mirror.invalid/debian"}}}
`

// what is said of each profile of these settings.
var toldOf = map[string]string{"suite": "404", "refused": "refused", "unknown": "mirror.invalid"}

func TestMirrorsAreAskedOnRequest(t *testing.T) {
	url, asked := mirror(t)
	b := newBench(t, map[string]string{"seedbed.yaml": fmt.Sprintf(probed, strings.Repeat("x", 86), url)})
	if out := b.run(exitGood, "lint"); strings.Contains(out, "N007") || asked() > 0 {
		t.Errorf("without --probe, asked %d times:\n%s", asked(), out)
	}
	b.run(exitGood, "lint", "--probe", "--profile", "there")
	for profile, why := range toldOf {
		out := b.run(exitFindings, "lint", "--probe", "--profile", profile)
		if !strings.Contains(out, "N007") || !strings.Contains(out, "this host could not reach") || !strings.Contains(out, why) {
			t.Errorf("%s: want N007 with %q:\n%s", profile, why, out)
		}
	}
	if asked() < 2 {
		t.Errorf("the mirror was asked %d times", asked())
	}
}

// What a file alone says can be asked for, too.
func TestMirrorOfAFileIsAsked(t *testing.T) {
	url, _ := mirror(t)
	b := newBench(t, map[string]string{"seedbed.yaml": fmt.Sprintf(probed, strings.Repeat("x", 86), url)})
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/debian")
	for suite, want := range map[string]bool{"trixie": false, "sid": true} {
		file := "preseed-" + suite + ".cfg"
		b.write(file, "d-i mirror/country string manual\nd-i mirror/http/hostname string "+host+"\nd-i mirror/http/directory string /debian\nd-i mirror/suite string "+suite+"\n")
		out := b.run(exitFindings, "lint", filepath.Join(b.dir, file), "--for", "debian-13", "--probe")
		if strings.Contains(out, "N007") != want {
			t.Errorf("suite %s: N007 should be there: %v\n%s", suite, want, out)
		}
	}
}

// serve asks by itself, behind its own back: it serves before the answer is
// there, and ends although one never comes.
func TestServeAsksTheMirrorsInTheBackground(t *testing.T) {
	url, _ := mirror(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes the connection and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	settings := fmt.Sprintf(probed, strings.Repeat("x", 86), url) +
		`  silent: {image: debian-13, install: {root-password: "$6$salt$` + strings.Repeat("x", 86) + `", mirror: {url: "http://` + silent.Addr().String() + `/debian"}}}` + "\n"
	b := newBench(t, map[string]string{"seedbed.yaml": settings})
	serve := func(args ...string) (*exec.Cmd, *printed) {
		c := exec.Command("seedbed", append([]string{"serve", "--state", filepath.Join(b.dir, "state"), "-c", filepath.Join(b.dir, "seedbed.yaml")}, args...)...)
		out := &printed{}
		c.Stdout, c.Stderr = out, out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill() })
		out.wait(t, "serving")
		return c, out
	}
	end := func(c *exec.Cmd, out *printed) {
		t.Helper()
		begin := time.Now()
		c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil || time.Since(begin) > 4*time.Second {
			t.Errorf("serve ended with %v after %v:\n%s", err, time.Since(begin), out)
		}
	}

	c, out := serve()
	end(c, out) // while the silent one is still being asked

	c, out = serve()
	out.wait(t, "profile silent: N007")
	for profile, why := range toldOf {
		out.wait(t, "profile "+profile+": N007")
		if !strings.Contains(out.String(), why) {
			t.Errorf("%s: the log lacks %q:\n%s", profile, why, out)
		}
	}
	end(c, out)
	if s := out.String(); strings.Contains(s, "profile there: N007") || strings.Index(s, "N007") < strings.Index(s, "serving") {
		t.Errorf("the log of serve:\n%s", s)
	}

	c, out = serve("--probe=false")
	time.Sleep(300 * time.Millisecond) // the refused port is told within it otherwise
	end(c, out)
	if strings.Contains(out.String(), "N007") {
		t.Errorf("asked although --probe=false:\n%s", out)
	}
}

// printed collects what a program prints.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *printed) Write(p []byte) (int, error) { s.mu.Lock(); defer s.mu.Unlock(); return s.b.Write(p) }

func (s *printed) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func (s *printed) wait(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(s.String(), text) {
			return
		}
	}
	t.Fatalf("never printed %q:\n%s", text, s)
}

// A subnet without DNS: the installer is told this server's address where the
// answers are ours, and asks where the file is the user's own. lint, check and
// what is served say the same.
func TestNoDNSIsJudgedAsItIsServed(t *testing.T) {
	b := newBench(t, map[string]string{"seedbed.yaml": `interfaces: [lo]
dhcp: server
subnets:
  - network: 127.0.0.0/8
profiles:
  ours: {image: debian-13, install: {root-password: "$6$salt$` + strings.Repeat("x", 86) + `"}}
  own: {image: debian-13, answer-file: own.cfg}
  told: {image: debian-13, answer-file: own.cfg, kernel-args: [netcfg/get_nameservers=192.0.2.53]}
machines:
  - {name: m1, mac: "00:0c:29:00:00:01", profile: ours}
  - {name: m2, mac: "00:0c:29:00:00:02", profile: own}
  - {name: m3, mac: "00:0c:29:00:00:03", profile: told}
`, "own.cfg": "d-i netcfg/get_nameservers string 192.0.2.53\n"})
	for machine, c := range map[string]struct {
		profile string
		asks    bool
	}{"m1": {"ours", false}, "m2": {"own", true}, "m3": {"told", false}} {
		var all bytes.Buffer
		code := Main([]string{"--state", filepath.Join(b.dir, "state"), "-c", filepath.Join(b.dir, "seedbed.yaml"), "lint", "--profile", c.profile}, strings.NewReader(""), &all, &all)
		if said := strings.Contains(all.String(), "D004"); said != c.asks || code != exitFindings && c.asks {
			t.Errorf("%s: exit code %d, D004 should be there: %v\n%s", c.profile, code, c.asks, all.String())
		}
		args := b.run(exitGood, "render", machine, "ipxe")
		if told := strings.Contains(args, "netcfg/get_nameservers="); told == c.asks {
			t.Errorf("%s: a name server is among the kernel arguments: %v\n%s", c.profile, told, args)
		}
	}
}
