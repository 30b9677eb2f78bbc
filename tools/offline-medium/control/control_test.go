package control

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = `Package: a
Version: 1:1.0-1
Depends: b (>= 2) | c, d:any
Description: first
 second
 .

# a comment
Package: b
Version: 2
Provides: v (= 1), w
`

func parse(t *testing.T, text string) []Stanza {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseKeepsOrderAndContinuations(t *testing.T) {
	s := parse(t, sample)
	if len(s) != 2 {
		t.Fatalf("%d stanzas, want 2", len(s))
	}
	if got := s[0].Get("description"); got != "first\n second\n ." {
		t.Errorf("description %q", got)
	}
	want := strings.ReplaceAll(sample, "# a comment\n", "") + "\n"
	if d := cmp.Diff(want, Text(s)); d != "" {
		t.Errorf("text does not survive a round trip (-want +got):\n%s", d)
	}
}

func TestParseNamesTheBadLine(t *testing.T) {
	for _, text := range []string{"Package: a\nnonsense\n", " lonely\n", "Package: a\n: x\n"} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: error %v, want one that names the line", text, err)
		}
	}
}

func TestWithAndWithoutLeaveTheOriginalAlone(t *testing.T) {
	s := parse(t, sample)[1]
	if got := s.With("version", "3").With("New", "x").Without("Provides").String(); got != "Package: b\nVersion: 3\nNew: x\n" {
		t.Errorf("got %q", got)
	}
	if s.Get("Version") != "2" {
		t.Error("With changed its receiver")
	}
}

func TestCompareOrdersAsDpkgDoes(t *testing.T) {
	ordered := []string{"~~", "~", "", "0.9~rc1-1", "0.9", "0.9-0.1", "0.9-1", "0.9-1+b1", "0.9-1+deb13u1", "0.9a", "0.9+b", "0.10",
		"6.12.94+deb13-amd64", "6.12.107+deb13-amd64", "6.12.117+deb13-amd64", "1:0.1", "2:0"}
	for i, a := range ordered {
		for j, b := range ordered {
			c := Compare(a, b)
			if (c < 0) != (i < j) || (c > 0) != (i > j) {
				t.Errorf("Compare(%q, %q) = %d", a, b, c)
			}
		}
	}
	for _, p := range [][2]string{{"1.0", "0:1.0"}, {"1.00", "1.0"}, {"1.0-0", "1.0"}} {
		if c := Compare(p[0], p[1]); c != 0 {
			t.Errorf("Compare(%q, %q) = %d, want 0", p[0], p[1], c)
		}
	}
}

func TestRelations(t *testing.T) {
	got := Relations("a (>= 1:2~), b:any | c [amd64] |d <!nocheck>, , e")
	want := [][]string{{"a"}, {"b", "c", "d"}, {"e"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func names(m map[string]Stanza) []string {
	var out []string
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func TestClosure(t *testing.T) {
	x := NewIndex(parse(t, `Package: app
Version: 1
Depends: lib, mta | mail-agent, virtual
Recommends: extra

Package: app
Version: 2
Pre-Depends: base
Depends: lib, mta | mail-agent, virtual, lost | gone

Package: base
Version: 1

Package: lib
Version: 1
Depends: app

Package: mailer
Version: 1
Provides: mail-agent

Package: zeta
Version: 1
Priority: important
Provides: virtual

Package: alpha
Version: 1
Priority: optional
Provides: virtual

Package: extra
Version: 1
`))
	chosen, unmet := x.Closure([]string{"app", "nowhere"})
	if d := cmp.Diff([]string{"app", "base", "lib", "mailer", "zeta"}, names(chosen)); d != "" {
		t.Errorf("chosen: %s", d)
	}
	if chosen["app"].Get("Version") != "2" {
		t.Error("the newest version was not chosen")
	}
	if d := cmp.Diff([]string{"nowhere", "app needs lost | gone"}, unmet); d != "" {
		t.Errorf("unmet: %s", d)
	}
	chosen, _ = x.Closure([]string{"alpha", "app"})
	if chosen["zeta"] != nil {
		t.Error("a second provider was chosen though one was there already")
	}
}

const modules = `Package: anna
Version: 1
Architecture: amd64

Package: ext4-modules-6.12.94+deb13-amd64-di
Version: 6.12.94-1
Architecture: amd64
Kernel-Version: 6.12.94+deb13-amd64
Filename: pool/l/ext4-modules-6.12.94+deb13-amd64-di_6.12.94-1_amd64.udeb

Package: ext4-modules-6.12.107+deb13-amd64-di
Source: linux-signed-amd64 (6.12.107+1)
Version: 6.12.107-1
Architecture: amd64
Depends: kernel-image-6.12.107+deb13-amd64-di
Kernel-Version: 6.12.107+deb13-amd64
Filename: pool/l/ext4-modules-6.12.107+deb13-amd64-di_6.12.107-1_amd64.udeb
Size: 10
SHA256: 00
`

func TestForKernelTakesTheKernelThatIsThere(t *testing.T) {
	out, from := ForKernel(parse(t, modules), "6.12.94+deb13-amd64", nil)
	if from != "" || len(out) != 2 || out[1].Get("Version") != "6.12.94-1" {
		t.Errorf("from %q, %v", from, out)
	}
}

func TestForKernelRenamesTheNewestWhenNoneIsThere(t *testing.T) {
	image := Stanza{{"Package", "linux-image-6.12.117+deb13-amd64"}, {"Source", "linux-signed-amd64 (6.12.117+1)"}, {"Version", "6.12.117-1"}}
	out, from := ForKernel(parse(t, modules), "6.12.117+deb13-amd64", image)
	if from != "6.12.107+deb13-amd64" || len(out) != 2 {
		t.Fatalf("from %q, %d stanzas", from, len(out))
	}
	want := `Package: ext4-modules-6.12.117+deb13-amd64-di
Architecture: amd64
Depends: kernel-image-6.12.117+deb13-amd64-di
Kernel-Version: 6.12.117+deb13-amd64
Source: linux-signed-amd64 (6.12.117+1)
Version: 6.12.117-1
Filename: pool/l/ext4-modules-6.12.117+deb13-amd64-di_6.12.117-1_amd64.udeb
`
	if d := cmp.Diff(want, out[1].String()); d != "" {
		t.Error(d)
	}
	if out, _ := ForKernel(parse(t, modules), "6.12.117+deb13-amd64", nil); len(out) != 1 {
		t.Error("modules were renamed though there is no kernel package to build them from")
	}
}

func TestControlDropsWhatOnlyTheIndexKnows(t *testing.T) {
	s := parse(t, "Package: a\nVersion: 2:1\nArchitecture: all\nDescription: one\n two\nFilename: x\nSize: 3\nSHA256: y\nTag: z\n")[0]
	if got := s.Control().String(); got != "Package: a\nVersion: 2:1\nArchitecture: all\nDescription: one\n" {
		t.Errorf("got %q", got)
	}
	if got := s.FileName("udeb"); got != "a_1_all.udeb" {
		t.Errorf("file name %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add(modules)
	f.Add(" \n:\n\t")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(Text(s))
		if err != nil || len(again) != len(s) {
			t.Fatalf("text of %d stanzas reads back as %d, %v", len(s), len(again), err)
		}
	})
}
