package reach

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/lint"
)

// archive is a web server that has these files and counts its requests.
func archive(t *testing.T, files ...string) (url string, asked *[]string) {
	asked = new([]string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		*asked = append(*asked, q.Method+" "+q.URL.String())
		for _, f := range files {
			if q.URL.Path == f {
				return
			}
		}
		http.NotFound(w, q)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func ask(t *testing.T, p lint.Source) string {
	t.Helper()
	return All(t.Context(), []lint.Source{p}, 3*time.Second)[p.Key()]
}

func TestSourceThatIsThere(t *testing.T) {
	url, asked := archive(t, "/debian/dists/trixie/InRelease")
	p := lint.Source{URL: url + "/debian", Try: []string{"dists/trixie/Release", "dists/trixie/InRelease"}}
	if why := ask(t, p); why != "" {
		t.Errorf("it is there, but: %s", why)
	}
	if len(*asked) != 2 || (*asked)[0] != "HEAD /debian/dists/trixie/Release" {
		t.Errorf("asked %q", *asked)
	}
}

func TestSuiteThatIsMissing(t *testing.T) {
	url, _ := archive(t, "/debian/dists/trixie/Release")
	why := ask(t, lint.Source{URL: url + "/debian", Try: []string{"dists/forky/Release", "dists/forky/InRelease"}})
	if !strings.Contains(why, "404 Not Found") || !strings.Contains(why, "forky") {
		t.Errorf("got %q", why)
	}
}

func TestPortThatRefuses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	for _, url := range []string{"http://" + addr + "/debian", "ftp://" + addr + "/debian"} {
		if why := ask(t, lint.Source{URL: url, Try: []string{"x"}}); !strings.Contains(why, "refused") {
			t.Errorf("%s: got %q", url, why)
		}
	}
}

func TestNameThatNobodyHas(t *testing.T) {
	// RFC 6761: .invalid never resolves.
	if why := ask(t, lint.Source{URL: "http://mirror.invalid/debian", Try: []string{"x"}}); !strings.Contains(why, "mirror.invalid") {
		t.Errorf("got %q", why)
	}
}

func TestServerThatSaysNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := lint.Source{URL: "http://" + l.Addr().String() + "/debian", Try: []string{"x"}}
	began := time.Now()
	why := All(t.Context(), []lint.Source{p, p}, 200*time.Millisecond)[p.Key()]
	if why != "no answer in 200ms" || time.Since(began) > 2*time.Second {
		t.Errorf("got %q after %s", why, time.Since(began))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if All(ctx, []lint.Source{p}, time.Minute)[p.Key()] == "" {
		t.Error("a stopped question found it")
	}
}

func TestServersThatKnowNoHead(t *testing.T) {
	var methods []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		methods = append(methods, q.Method)
		if q.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	defer s.Close()
	if why := ask(t, lint.Source{URL: s.URL, Try: []string{""}}); why != "" || len(methods) != 2 {
		t.Errorf("got %q after %q", why, methods)
	}
}

func TestWayByTheProxy(t *testing.T) {
	proxy, asked := archive(t, "/rhel/repodata/repomd.xml")
	p := lint.Source{URL: "http://mirror.invalid/rhel", Proxy: proxy, Try: []string{".treeinfo", "repodata/repomd.xml"}}
	if why := ask(t, p); why != "" {
		t.Errorf("the proxy has it, but: %s", why)
	}
	if len(*asked) != 2 || !strings.Contains((*asked)[0], "http://mirror.invalid/rhel/.treeinfo") {
		t.Errorf("asked %q", *asked)
	}
}

func TestDirectoryThatMayNotBeListed(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer s.Close()
	if why := ask(t, lint.Source{URL: s.URL, Try: []string{"dists/"}}); why != "" {
		t.Errorf("a directory: %s", why)
	}
	if why := ask(t, lint.Source{URL: s.URL, Try: []string{"dists/x/Release"}}); !strings.Contains(why, "403 Forbidden") {
		t.Errorf("a file: %q", why)
	}
}
