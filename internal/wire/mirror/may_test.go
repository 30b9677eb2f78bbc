package mirror

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

func TestOnlyReadingOfUpstreamsIsAllowed(t *testing.T) {
	b := newBench(t, size)
	b.has("a_1.deb", &file{data: []byte("x")})
	own := b.near.URL
	b.get("none") // it has started now
	b.asked.Store(0)
	for _, c := range []struct {
		method, address string
		header          [2]string
		code            int
	}{
		{"POST", own + "/cache/debian/a_1.deb", [2]string{}, 403},
		{"PUT", own + "/cache/debian/a_1.deb", [2]string{}, 403},
		{"DELETE", own + "/cache/debian/a_1.deb", [2]string{}, 403},
		{"GET", own + "/cache/other/a_1.deb", [2]string{}, 404},
		{"GET", own + "/cache/", [2]string{}, 404},
		{"GET", own + "/cache/debian/%2e%2e/a_1.deb", [2]string{}, 403},
		{"GET", own + "/cache/debian/a_1.deb", [2]string{"Via", "1.0 fred, 1.1 " + b.id}, 508},
	} {
		a := b.ask(c.method, c.address, c.header[0], c.header[1])
		if c.header[0] == "" {
			a = b.ask(c.method, c.address)
		}
		if a.code != c.code {
			t.Errorf("%s %s: %d %s", c.method, c.address, a.code, a.body)
		}
	}
	client := b.proxied()
	for _, address := range []string{"http://evil.example/debian/x", "http://127.0.0.1:22/", "http://169.254.169.254/latest/", "http://mirror.example/debian/x",
		strings.Replace(b.base(), "/debian", "/other", 1), "http://2130706433/debian/x", "http://[::1]/x"} {
		req, _ := http.NewRequest(http.MethodGet, address, nil)
		if a := b.do(client, req); a.code != http.StatusForbidden {
			t.Errorf("%s through the proxy: %d %s %v", address, a.code, a.body, a.err)
		}
	}
	conn, err := net.Dial("tcp", b.near.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "CONNECT mirror.example:443 HTTP/1.1\r\nHost: mirror.example:443\r\n\r\n")
	line := make([]byte, 12)
	if conn.Read(line); string(line) != "HTTP/1.1 403" {
		t.Errorf("CONNECT: %q", line)
	}
	if b.asked.Load() != 0 {
		t.Errorf("the upstream was asked %d times", b.asked.Load())
	}
}

// A name of an allowed upstream that leads to where nothing may be asked for:
// no connection is made, whatever the resolver says and says next.
func TestNamesThatLeadInside(t *testing.T) {
	b := newBench(t, size)
	b.has("a_1.deb", &file{data: []byte("secret")})
	b.allow() // 127.0.0.1 is not listed any more
	var answers atomic.Int64
	for _, addrs := range [][]string{
		{"127.0.0.1"}, {"127.0.0.2"}, {"0.0.0.0"}, {"::1"}, {"::ffff:127.0.0.1"}, {"::ffff:10.0.0.1"}, {"10.0.0.1"}, {"172.16.0.1"}, {"192.168.0.1"},
		{"169.254.169.254"}, {"100.64.0.1"}, {"fe80::1"}, {"fd00::1"}, {"64:ff9b::7f00:1"}, {"2002:7f00:1::"}, {"224.0.0.1"}, {"127.0.0.1", "::1"}, {},
	} {
		b.Resolve = func(context.Context, string) (out []netip.Addr, err error) {
			answers.Add(1)
			for _, a := range addrs {
				out = append(out, netip.MustParseAddr(a))
			}
			return out, nil
		}
		if a := b.get("a_1.deb"); a.code == http.StatusOK || strings.Contains(string(a.body), "secret") {
			t.Errorf("%v: %d %s", addrs, a.code, a.body)
		}
		b.settled()
	}
	// Rebinding: what was checked is what is connected to, without asking
	// again. The listed loopback is checked first, another answer would follow.
	b.allow(netip.MustParsePrefix("127.0.0.0/8"))
	answers.Store(0)
	b.Resolve = func(context.Context, string) ([]netip.Addr, error) {
		if answers.Add(1) > 1 {
			return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	b.same(b.get("a_1.deb"), []byte("secret"))
	if answers.Load() != 1 {
		t.Errorf("the name was resolved %d times", answers.Load())
	}
	b.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errDown }
	if a := b.get("b_1.deb"); a.code != http.StatusNotFound && a.code != http.StatusServiceUnavailable && a.code != http.StatusBadGateway {
		t.Errorf("%d", a.code)
	}
}

func TestRedirectsStayWhereTheyMay(t *testing.T) {
	b := newBench(t, size)
	b.has("real_1.deb", &file{data: []byte("package")})
	inside := 0
	other := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inside++; w.Write([]byte("secret")) })}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go other.Serve(l)
	defer other.Close()
	secret := l.Addr().String()
	_, port, _ := net.SplitHostPort(secret)
	for to, want := range map[string]string{
		b.base() + "/real_1.deb": "package", "/debian/real_1.deb": "package", "http://" + secret + "/x": "", "http://localhost:" + port + "/x": "",
		"http://evil.example:" + port + "/": "", "http://mirror.example:" + port + "/x": "", "file:///etc/passwd": "", "ftp://mirror.example/x": "", "/debian/loop_1.deb": "",
		"http://169.254.169.254/latest": "", "gopher://x/": "",
	} {
		b.has("loop_1.deb", &file{moved: "/debian/loop_1.deb"})
		b.has("a_1.deb", &file{moved: to})
		a := b.get("a_1.deb")
		if got := string(a.body); want != "" && got != want || want == "" && a.code < 400 {
			t.Errorf("to %s: %d %s", to, a.code, a.body)
		}
		b.settled()
		b.reopen(size)
		os.RemoveAll(b.dir)
		b.reopen(size)
	}
	if inside != 0 {
		t.Error("another host was asked")
	}
	p := *b.policy.Load()
	p.Redirects = []string{"other.example"}
	b.policy.Store(&p)
	b.has("a_1.deb", &file{moved: "http://other.example:" + port + "/x"})
	b.same(b.get("a_1.deb"), []byte("secret"))
}

func TestHandlesItsOwnRequestsOnly(t *testing.T) {
	b := newBench(t, size)
	own := netip.MustParseAddr("192.0.2.1")
	for line, want := range map[string]bool{
		"/cache/debian/x": true, "/images/x": false, "/cached": false, "http://mirror.example/debian/x": true, "http://192.0.2.1/answer/x": false,
		"http://192.0.2.1/cache/debian/x": true, "http://evil.example/boot/x": true, "http://192.0.2.1:8080/boot/x": false,
	} {
		u, _ := url.Parse(line)
		if got := b.Handles(&http.Request{Method: "GET", URL: u}, own); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
	b.policy.Store(nil)
	if b.Handles(&http.Request{Method: "GET", URL: &url.URL{Path: "/cache/debian/x"}}, own) {
		t.Error("a cache that is off handles something")
	}
	if a := b.get("x"); a.code != http.StatusServiceUnavailable {
		t.Errorf("%d", a.code)
	}
}
