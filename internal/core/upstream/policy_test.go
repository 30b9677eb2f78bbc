package upstream

import (
	"net/netip"
	"net/url"
	"testing"

	"seedbed/internal/fault"
)

func repository(name, address string) Repository {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return Repository{Name: name, URL: u}
}

var policy = &Policy{
	Repositories: []Repository{repository("debian", "http://deb.example/debian"), repository("security", "https://security.example/debian-security"),
		repository("lan", "http://192.168.0.2:3142/debian"), repository("root", "http://pkg.example")},
	Redirects: []string{"mirror.example"},
	Private:   []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")},
}

func TestPathsBelowARepository(t *testing.T) {
	for path, want := range map[string]string{
		"debian/pool/main/b/bash_5_amd64.deb":  "http://deb.example/debian/pool/main/b/bash_5_amd64.deb",
		"debian/pool/libstdc++6_1%3a2_all.deb": "http://deb.example/debian/pool/libstdc++6_1%253a2_all.deb",
		"debian/pool/a b":                      "http://deb.example/debian/pool/a%20b",
		"debian//dists/trixie/InRelease":       "http://deb.example/debian//dists/trixie/InRelease",
		"security/dists/x":                     "https://security.example/debian-security/dists/x",
		"root/a/b":                             "http://pkg.example/a/b",
		"lan/x":                                "http://192.168.0.2:3142/debian/x",
		"debian":                               "http://deb.example/debian/",
		"":                                     "", "other/x": "", "DEBIAN/x": "",
		"debian/../secret": "", "debian/a/../../../etc/passwd": "", "debian/./x": "", "debian/..": "", "debian/a\x00b": "", "debian/a\r\nHost: x": "",
		`debian\..\x`: "", `debian/a\..\b`: "", "../debian/x": "",
		"debian/@evil.example/x": "http://deb.example/debian/@evil.example/x",
	} {
		u, err := policy.ByName(path, "")
		switch {
		case want == "" && err == nil:
			t.Errorf("%q leads to %s", path, u)
		case want != "" && (err != nil || u.String() != want):
			t.Errorf("%q leads to %v, %v; want %s", path, u, err, want)
		}
	}
}

func TestAddressesThatAProxyIsAskedFor(t *testing.T) {
	for address, want := range map[string]string{
		"http://deb.example/debian/x":               "http://deb.example/debian/x",
		"http://DEB.example:80/debian/x?a":          "http://deb.example/debian/x?a",
		"http://deb.example./debian/x":              "http://deb.example/debian/x",
		"http://192.168.0.2:3142/debian/x":          "http://192.168.0.2:3142/debian/x",
		"http://pkg.example/anything":               "http://pkg.example/anything",
		"http://deb.example/debianx":                "",
		"http://deb.example/":                       "",
		"http://deb.example/debian/../x":            "",
		"http://deb.example/debian/%2e%2e/":         "",
		"http://deb.example:8080/debian/x":          "",
		"https://deb.example/debian/x":              "",
		"http://security.example/debian-security/x": "",
		"http://user:pass@deb.example/debian/x":     "",
		"http://deb.example@evil.example/debian/x":  "",
		"http://evil.example/deb.example/debian":    "",
		"http://192.168.0.2/debian/x":               "",
		"http://127.0.0.1/debian/x":                 "", "http://2130706433/debian": "", "http://0177.0.0.1/": "", "http://[::1]/x": "", "http://localhost/x": "",
		"http://169.254.169.254/latest/meta-data": "", "file:///etc/passwd": "", "ftp://deb.example/debian/x": "", "gopher://x/": "", "http:///debian": "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		got, err := policy.ByURL(u)
		switch {
		case want == "" && err == nil:
			t.Errorf("%s is fetched, as %s", address, got)
		case want == "" && fault.KindOf(err) != fault.Invalid:
			t.Errorf("%s: %v", address, err)
		case want != "" && (err != nil || got.String() != want):
			t.Errorf("%s is %v, %v; want %s", address, got, err, want)
		}
	}
	if _, err := (&Policy{}).ByURL(&url.URL{Scheme: "http", Host: "deb.example", Path: "/debian/x"}); err == nil {
		t.Error("a policy without repositories allows one")
	}
}

func TestAddressesThatAreConnectedTo(t *testing.T) {
	for _, c := range []struct {
		host, address string
		may           bool
	}{
		{"deb.example", "151.101.2.132", true},
		{"deb.example", "2a04:4e42::644", true},
		{"deb.example", "127.0.0.1", false},
		{"deb.example", "127.8.8.8", false},
		{"deb.example", "0.0.0.0", false},
		{"deb.example", "0.1.2.3", false},
		{"deb.example", "169.254.169.254", false},
		{"deb.example", "10.0.0.1", false},
		{"deb.example", "172.16.9.9", false},
		{"deb.example", "172.31.255.255", false},
		{"deb.example", "192.168.1.1", false},
		{"deb.example", "100.64.0.1", false},
		{"deb.example", "192.0.0.8", false},
		{"deb.example", "198.18.0.1", false},
		{"deb.example", "224.0.0.1", false},
		{"deb.example", "255.255.255.255", false},
		{"deb.example", "240.0.0.1", false},
		{"deb.example", "::", false},
		{"deb.example", "::1", false},
		{"deb.example", "::ffff:127.0.0.1", false},
		{"deb.example", "::ffff:10.0.0.1", false},
		{"deb.example", "::127.0.0.1", false},
		{"deb.example", "64:ff9b::7f00:1", false},
		{"deb.example", "64:ff9b::808:808", true},
		{"deb.example", "2002:7f00:1::", false},
		{"deb.example", "fe80::1", false},
		{"deb.example", "fe80::1%eth0", false},
		{"deb.example", "fc00::1", false},
		{"deb.example", "fd12::1", false},
		{"deb.example", "ff02::1", false},
		{"deb.example", "fec0::1", false},
		{"deb.example", "10.1.2.3", true}, // listed
		{"deb.example", "::ffff:10.1.2.3", true},
		{"deb.example", "fd00:1::5", true},
		{"192.168.0.2", "192.168.0.2", true}, // written so in the settings
		{"192.168.0.3", "192.168.0.3", false},
		{"deb.example", "192.168.0.2", false},
	} {
		err := policy.Connect(c.host, netip.MustParseAddr(c.address))
		if (err == nil) != c.may {
			t.Errorf("%s at %s: %v", c.host, c.address, err)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestRedirects(t *testing.T) {
	for _, c := range []struct {
		from, to string
		may      bool
	}{
		{"http://deb.example/a", "http://deb.example/b", true},
		{"http://deb.example/a", "https://deb.example/a", true},
		{"http://deb.example/a", "http://mirror.example/a", true},
		{"http://deb.example/a", "http://MIRROR.example/a", true},
		{"https://security.example/a", "http://security.example/a", false},
		{"https://security.example/a", "http://mirror.example/a", false},
		{"http://deb.example/a", "http://evil.example/a", false},
		{"http://deb.example/a", "http://127.0.0.1/a", false},
		{"http://deb.example/a", "http://deb.example:22/a", false},
		{"http://deb.example/a", "https://deb.example:8443/a", false},
		{"http://deb.example/a", "file:///etc/passwd", false},
		{"http://deb.example/a", "http://u:p@deb.example/a", false},
		{"http://deb.example/a", "http://sub.mirror.example/a", false},
	} {
		from, _ := url.Parse(c.from)
		to, _ := url.Parse(c.to)
		if err := policy.Redirect(from, to); (err == nil) != c.may {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
}

func TestUpstreamsAddress(t *testing.T) {
	for address, good := range map[string]bool{
		"http://deb.example/debian": true, "https://mirror.example:8443": true, "http://192.168.0.2/debian": true, "http://[2001:db8::1]/x": true,
		"ftp://mirror.example/debian": false, "file:///srv": false, "mirror.example/debian": false, "http:///debian": false, "http://u:p@m.example/": false,
		"http://m.example/?x=1": false, "http://m.example/a/../b": false, "http://2130706433/": false, "http://0177.0.0.1/": false, "http://0x7f.1/": false,
		"http://127.1/": false, "http://1.2.3.4.5/": false, "http://m.example/#x": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(u); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestWhatNeverChanges(t *testing.T) {
	const sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for path, want := range map[string]string{
		"/debian/pool/main/b/bash/bash_5.2_amd64.deb":                  "steady",
		"/debian/pool/main/n/netcfg/netcfg_1_amd64.udeb":               "steady",
		"/fedora/Packages/b/bash-5.2-1.x86_64.rpm":                     "steady",
		"/debian/dists/trixie/InRelease":                               "",
		"/debian/dists/trixie/main/binary-amd64/Packages.xz":           "",
		"/debian/dists/trixie/main/binary-amd64/by-hash/SHA256/" + sum: "sha256",
		"/fedora/repodata/repomd.xml":                                  "",
		"/fedora/repodata/" + sum + "-primary.xml.gz":                  "sha256",
		"/fedora/repodata/" + sum[:40] + "-primary.xml.gz":             "", // SHA-1 proves nothing
		"/fedora/repodata/" + sum[:63] + "g-primary.xml.gz":            "",
		"/fedora/" + sum + "-primary.xml.gz":                           "",
		"/debian/by-hash/SHA512/" + sum + sum:                          "sha512",
		"/mirrorlist":                                                  "",
	} {
		u := &url.URL{Scheme: "http", Host: "m.example", Path: path}
		algo, _ := Checksum(u)
		got := algo
		if got == "" && Steady(u) {
			got = "steady"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		u.RawQuery = "x=1"
		if Steady(u) {
			t.Errorf("%s: with a query it is taken for steady", path)
		}
	}
}

func TestRepositoriesOfProfiles(t *testing.T) {
	if r, ok := policy.Distribution("debian"); !ok || r.Name != "debian" {
		t.Errorf("%v %v", r, ok)
	}
	if _, ok := policy.Distribution("ubuntu"); ok {
		t.Error("a repository of Ubuntu's was found")
	}
	if !policy.Holds("http://deb.example/debian") || policy.Holds("http://deb.example/ubuntu") || policy.Holds("://") {
		t.Error("Holds")
	}
	var off *Policy
	if _, ok := off.Distribution("debian"); ok || off.Holds("http://deb.example/debian") {
		t.Error("without a cache there is one")
	}
}
