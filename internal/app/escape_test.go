package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/image"
	"seedbed/internal/wire/segment"
)

// loopback is a segment on the kernel's loopback, so that what is tested is
// what serves a rack: bursts, sendfile, files of the kernel. Its ports are
// whatever is free; at says which stands for 69 and 80.
type loopback struct {
	at map[uint16]chan netip.AddrPort
}

func (l loopback) Info() segment.Info {
	return segment.Info{Name: "loop", Addr: netip.MustParsePrefix("127.0.0.1/8"), MTU: 1500}
}

func (l loopback) ListenUDP(port uint16) (segment.UDP, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err == nil && l.at[port] != nil {
		l.at[port] <- c.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	return loopUDP{c}, err
}

func (l loopback) ListenTCP(port uint16) (net.Listener, error) {
	c, err := net.Listen("tcp4", "127.0.0.1:0")
	if err == nil && l.at[port] != nil {
		l.at[port] <- c.Addr().(*net.TCPAddr).AddrPort()
	}
	return c, err
}

func (l loopback) DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	return net.DialUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)), net.UDPAddrFromAddrPort(remote))
}

func (l loopback) ListenCrowd(local netip.Addr) (segment.Crowd, error) {
	return segment.ListenCrowd(local)
}

type loopUDP struct{ *net.UDPConn }

func (u loopUDP) Read(buf []byte) (segment.Packet, error) {
	n, from, err := u.ReadFromUDPAddrPort(buf)
	return segment.Packet{Data: buf[:n], From: from, To: u.LocalAddr().(*net.UDPAddr).AddrPort()}, err
}

func (u loopUDP) Write(b []byte, to netip.AddrPort, _ net.HardwareAddr) error {
	_, err := u.WriteToUDPAddrPort(b, to)
	return err
}

const (
	public = "this is for everybody"
	secret = "this is outside the tree"
)

// trap fills dir with what must not be served or must not hang, and a few
// files that are; beside it lies what no name may lead to.
func trap(t *testing.T, dir string) {
	t.Helper()
	do := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	do(os.MkdirAll(filepath.Join(dir, "sub", "deep"), 0o755))
	for _, f := range []string{"ok.txt", "sub/ok.txt", "sub/deep/ok.txt", "a+b.txt", "..ok", "%2e%2e"} {
		do(os.WriteFile(filepath.Join(dir, f), []byte(public), 0o644))
	}
	do(os.WriteFile(filepath.Join(dir, "..", "outside.txt"), []byte(secret), 0o644))
	for name, to := range map[string]string{
		"l-abs": filepath.Join(dir, "..", "outside.txt"), "l-rel": "../outside.txt", "l-deep": "sub/../../outside.txt", "l-passwd": "/etc/passwd",
		"l-root": "/", "l-up": "..", "l-self": "l-self", "l-loop1": "l-loop2", "l-loop2": "l-loop1", "l-proc": "/proc/self/environ",
		"l-procroot": "/proc/self/root", "l-fd": "/proc/self/fd/0", "l-mem": "/dev/zero", "l-chain": "l-up", "sub/l-out": "../../outside.txt",
		"l-dangling": "nothing/here", "l-fifo": "fifo", "l-cwd": "/proc/self/cwd",
	} {
		do(os.Symlink(to, filepath.Join(dir, name)))
	}
	do(os.Symlink("sub/ok.txt", filepath.Join(dir, "l-inside")))
	do(syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o644))
	do(syscall.Mkfifo(filepath.Join(dir, "sub", "fifo"), 0o644))
	s, err := net.Listen("unix", filepath.Join(dir, "socket"))
	do(err)
	t.Cleanup(func() { s.Close() })
	for name, dev := range map[string]int{"zero": 1<<8 | 5, "random": 1<<8 | 8, "full": 1<<8 | 7} { // as root; without, they are just not there
		_ = syscall.Mknod(filepath.Join(dir, name), syscall.S_IFCHR|0o644, dev)
	}
	_ = syscall.Mknod(filepath.Join(dir, "block"), syscall.S_IFBLK|0o644, 7<<8)
}

// wicked are 500 names and more that must lead nowhere.
func wicked() []string {
	var names []string
	ups := []string{"../", "..\\", "./../", ".//../", "%2e%2e/", "%2e%2e%2f", "..%2f", "..%5c", "%2e%2e\\", "%252e%252e%252f", "%252e%252e/",
		"..%252f", "%c0%ae%c0%ae/", "%c0%ae%c0%ae%c0%af", "..%c0%af", "\xc0\xae\xc0\xae/", "..%c1%9c", "%uff0e%uff0e/", "\uff0e\uff0e/", "..;/", "..%00/",
		"....//", "....\\\\", "..././", "sub/../../", "sub/deep/../../../", "sub%2f..%2f..%2f", "sub\\..\\..\\", "ok.txt/../../", "nothing/../../", "/../", "//../", "\\..\\"}
	goals := []string{"outside.txt", "outside.txt\xff", "etc/passwd", "proc/self/environ", "proc/self/mem", "dev/zero", ""}
	for _, up := range ups {
		for _, n := range []int{1, 3, 12} {
			for _, goal := range goals {
				names = append(names, strings.Repeat(up, n)+goal)
			}
		}
	}
	names = append(names, "/etc/passwd", "//etc/passwd", "\\etc\\passwd", "C:\\boot.ini", "file:///etc/passwd", "/proc/self/root/etc/passwd", "/dev/stdin",
		"..", "../", ".../", "/..", "~root/.profile", "~/.ssh/id_rsa", "$HOME/x", "`id`", "$(id)", "|id", ";id", strings.Repeat("a/", 200)+"x",
		strings.Repeat("../", 160), strings.Repeat("x", 300), strings.Repeat("/", 400)+"etc/passwd", "l-inside/../../outside.txt", "con", "nul", "aux.txt")
	for _, l := range []string{"l-abs", "l-rel", "l-deep", "l-passwd", "l-root", "l-up", "l-self", "l-loop1", "l-loop2", "l-proc", "l-procroot", "l-fd", "l-mem", "l-chain",
		"l-dangling", "l-fifo", "l-cwd", "sub/l-out", "fifo", "sub/fifo", "socket", "zero", "random", "full", "block"} {
		names = append(names, l, l+"/", l+"/outside.txt", l+"/etc/passwd", "sub/../"+l, "./"+l, l+"\xff")
	}
	return names
}

// serveTraps serves the traps as tftp.root and as the tree of an image.
func serveTraps(t *testing.T) (tftp, web netip.AddrPort) {
	t.Helper()
	root, tree := filepath.Join(t.TempDir(), "root"), filepath.Join(t.TempDir(), "tree")
	trap(t, root)
	trap(t, tree)
	c, err := config.Parse("seedbed.yaml", []byte("interfaces: [loop]\ndhcp: off\ntftp: {root: "+root+", lowercase: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(Options{Config: c, State: t.TempDir(), Log: slog.New(slog.DiscardHandler), Images: []image.Image{
		{Name: "tree", Sources: map[image.Side]image.Source{image.Medium: {Kind: "tree", Path: tree}}}}})
	if err != nil {
		t.Fatal(err)
	}
	l := loopback{map[uint16]chan netip.AddrPort{69: make(chan netip.AddrPort, 1), 80: make(chan netip.AddrPort, 1)}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, []segment.Segment{l}, nil) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		a.Close()
	})
	return <-l.at[69], <-l.at[80]
}

const patience = 10 * time.Second

var asked byte

// byTFTP asks for a name, from an address in turn: one alone may not ask that
// often. text is what came first, of a file or of an error.
func byTFTP(server netip.AddrPort, name string) (text string, served bool, err error) {
	asked++
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 1, max(1, asked/2))})
	if err != nil {
		return "", false, err
	}
	defer c.Close()
	if _, err := c.WriteToUDPAddrPort([]byte("\x00\x01"+name+"\x00octet\x00"), server); err != nil {
		return "", false, err
	}
	buf := make([]byte, 2000)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, from, err := c.ReadFromUDPAddrPort(buf)
	if err != nil {
		return "", false, err
	}
	_, _ = c.WriteToUDPAddrPort([]byte("\x00\x05\x00\x00\x00"), from)
	return string(buf[4:n]), buf[1] == 3, nil
}

// byHTTP asks for a target, byte by byte as it is.
func byHTTP(server netip.AddrPort, method, target string) (text string, code int, err error) {
	c, err := net.Dial("tcp4", server.String())
	if err != nil {
		return "", 0, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, target)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return string(b), resp.StatusCode, err
}

// leaks says whether a text holds what is outside the tree.
func leaks(text string) bool {
	return strings.Contains(text, secret) || strings.Contains(text, "root:") || strings.Contains(text, "PATH=") || bytes.Contains([]byte(text), make([]byte, 64))
}

func TestNoNameLeadsOutOfATreeByTFTP(t *testing.T) {
	tftp, _ := serveTraps(t)
	names := wicked()
	if len(names) < 500 {
		t.Fatalf("%d names only", len(names))
	}
	for _, name := range append(names, "ok.txt\x00../../outside.txt") {
		for _, prefix := range []string{"", "/", "images/tree/", "/boot/tree/"} {
			text, served, err := byTFTP(tftp, prefix+name)
			switch {
			case err != nil:
				t.Fatalf("%.80q: %v", prefix+name, err)
			case leaks(text) || served && text != public:
				t.Errorf("%.80q: %.80q", prefix+name, text)
			case strings.ContainsAny(text, `/\`):
				t.Errorf("%.80q: the error shows a path: %q", prefix+name, text)
			}
		}
	}
	for _, name := range []string{"ok.txt", "/ok.txt", `\sub\deep\ok.txt`, "//sub//ok.txt", "ok.txt\xff", "./ok.txt", "..ok", "l-inside", "images/tree/sub/ok.txt", `images\tree\l-inside`, `\SUB\Ok.TXT`} {
		if text, served, err := byTFTP(tftp, name); !served || text != public {
			t.Errorf("%q: %.80q, %v", name, text, err)
		}
	}
}

func TestNoNameLeadsOutOfATreeByHTTP(t *testing.T) {
	_, web := serveTraps(t)
	escape := strings.NewReplacer(" ", "%20", "\xff", "%ff", "\x00", "%00", "\uff0e", "%ef%bc%8e", "\xc0\xae", "%c0%ae")
	for _, name := range wicked() {
		for _, prefix := range []string{"/", "/images/tree/", "/boot/tree/"} {
			for _, target := range []string{prefix + escape.Replace(name), "http://x" + prefix + escape.Replace(name)} {
				text, code, err := byHTTP(web, "GET", target)
				switch {
				case err != nil:
					t.Fatalf("%.80q: %v", target, err)
				case leaks(text):
					t.Errorf("%.80q: %.80q", target, text)
				case code/100 == 3:
					t.Errorf("%.80q: redirected", target)
				case code == 200 && text != public && !strings.Contains(text, "<!DOCTYPE html>") && !strings.HasPrefix(text, "Seedbed boot server"):
					t.Errorf("%.80q: %d %.80q", target, code, text)
				}
			}
		}
	}
	for _, target := range []string{"/ok.txt", "//ok.txt", "/sub//ok.txt", "/%6fk.txt", "/a+b.txt", "/a%2bb.txt", "/a%2Bb.txt", "/..ok", "/%252e%252e", "/l-inside",
		"/images/tree/ok.txt", "//images//tree//ok.txt", "/images/tree/a+b.txt", "/images/tree/a%2bb.txt", `/sub\ok.txt`, "/ok.txt?x=../../outside.txt"} {
		if text, code, err := byHTTP(web, "GET", target); code != 200 || text != public {
			t.Errorf("%q: %d %.80q, %v", target, code, text, err)
		}
	}
}
