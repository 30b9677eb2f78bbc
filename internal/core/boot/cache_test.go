package boot

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/profile"
	"seedbed/internal/core/upstream"
)

// upstreams is a policy for repositories by their addresses.
func upstreams(addresses ...string) *upstream.Policy {
	p := &upstream.Policy{}
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil {
			panic(err)
		}
		p.Repositories = append(p.Repositories, upstream.Repository{Name: u.Path, URL: u})
	}
	return p
}

const (
	debian   = "http://mirror.example/debian"
	security = "http://security.example/debian-security"
	through  = "http://192.0.2.150:80/"
)

// An automatic installation fetches through the cache where all that it will
// ask for can be had there, and goes its own way otherwise.
func TestAutomaticInstallGoesThroughTheCache(t *testing.T) {
	for _, c := range []struct {
		outcome string
		cache   *upstream.Policy
		mirror  answer.Mirror
		more    []answer.Repository
		want    string
	}{
		{"no cache", nil, answer.Mirror{URL: debian}, nil, ""},
		{"its mirror is an upstream", upstreams(debian), answer.Mirror{URL: debian}, nil, through},
		{"its mirror is another", upstreams(debian), answer.Mirror{URL: "http://ftp.example/debian"}, nil, ""},
		{"its security archive is no upstream", upstreams(debian), answer.Mirror{URL: debian, Security: security}, nil, ""},
		{"both are", upstreams(debian, security), answer.Mirror{URL: debian, Security: security}, nil, through},
		{"a further repository is no upstream", upstreams(debian), answer.Mirror{URL: debian}, []answer.Repository{{Name: "x", URL: "http://x.example/x", Suite: "s", Components: []string{"main"}}}, ""},
		{"its own proxy wins", upstreams(debian), answer.Mirror{URL: debian, Proxy: "http://proxy.example:3128"}, nil, "http://proxy.example:3128"},
		{"the medium's own packages need none", upstreams(debian), answer.Mirror{}, nil, ""},
	} {
		b := newBench(func(s *Settings) {
			p := s.Profiles["debian"]
			in := *p.Install
			in.Mirror, in.Repositories = c.mirror, c.more
			p.Install = &in
			s.Profiles["debian"], s.Cache = p, c.cache
		})
		b.DecideScript(b.node1(t), noon, place)
		att, _ := b.ledger.Current("node1")
		text, _, err := b.get("/answer/" + att.Token + "/preseed.cfg")
		if err != nil {
			t.Fatal(c.outcome, err)
		}
		line := strings.TrimRight("d-i mirror/http/proxy string "+c.want, " ")
		if !slices.Contains(strings.Split(text, "\n"), line) && !slices.Contains(strings.Split(text, "\n"), line+" ") {
			t.Errorf("%s: no %q in:\n%s", c.outcome, line, text)
		}
	}
}

// A manual installation from a netboot image is pointed at the upstream and
// the cache before it; one from a medium keeps to the medium.
func TestManualInstallGoesThroughTheCache(t *testing.T) {
	for _, c := range []struct {
		outcome string
		cache   *upstream.Policy
		medium  bool
		want    []string
		not     string
	}{
		{"no cache", nil, false, nil, "mirror/"},
		{"a Debian upstream", upstreams("http://x.example/other", debian), false,
			[]string{"mirror/http/hostname=mirror.example", "mirror/http/directory=/debian", "mirror/http/proxy=" + through}, "allow_unauthenticated"},
		{"none of Debian's", upstreams("http://x.example/ubuntu"), false, nil, "mirror/"},
		{"a medium with packages", upstreams(debian), true, []string{"mirror/http/hostname=192.0.2.150", "mirror/http/proxy="}, through + " "},
	} {
		b := newBench(func(s *Settings) {
			s.Cache = c.cache
			s.Profiles["debian"] = profile.Profile{Name: "debian", Image: "debian-13"}
		})
		img, _ := b.Catalogue.Get("debian-13")
		img.Mirror = c.medium
		b.Catalogue.Put(img)
		for _, e := range b.DecideScript(b.node1(t), noon, place).Menu.Entries {
			if e.Label != "debian" {
				continue
			}
			for _, w := range c.want {
				if !slices.Contains(e.Target.Args, w) {
					t.Errorf("%s: no %s in %q", c.outcome, w, e.Target.Args)
				}
			}
			if s := strings.Join(e.Target.Args, " ") + " "; strings.Contains(s, c.not) {
				t.Errorf("%s: %s in %s", c.outcome, c.not, s)
			}
		}
	}
}
