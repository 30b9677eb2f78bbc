package kickseed

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestAFilePrintsAsItWasAndCanBeEdited(t *testing.T) {
	const text = "lang en_US\r\n\n  part / --size=1 \n%packages\n%end"
	f := Parse(text)
	if f.String() != text {
		t.Errorf("printed as %q", f.String())
	}
	f.EditLine(5)
	f.EditLine(3, "part swap --size=2", "part / --size=1")
	f.Append("%post")
	if want := "lang en_US\r\n\npart swap --size=2\npart / --size=1\n%packages\n%post\n"; f.String() != want {
		t.Errorf("got %q, want %q", f.String(), want)
	}
}

func TestWordsHaveTheirPlaces(t *testing.T) {
	lines := Parse("lang en\n\tuser 'é b' --fullname=\"x y\"  c\\ d # no\n").Lines()
	var got []string
	for _, w := range lines[1].Words() {
		got = append(got, w.Text)
		if w.Line != 2 {
			t.Errorf("%+v", w)
		}
	}
	if want := []string{"é b", "--fullname=x y", "c d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if w := lines[1].Words()[1]; w.Column != 13 || !w.Quoted {
		t.Errorf("%+v", w)
	}
	if l := lines[1]; !l.Command() || l.Keyword != "user" || l.Column != 2 {
		t.Errorf("%+v", l)
	}
}

func TestReleasesHaveTheirKickseed(t *testing.T) {
	for release, want := range map[string]struct{ ok, raid, https bool }{
		"ubuntu-12.04": {true, true, false}, "ubuntu-18.04": {true, true, true}, "ubuntu-20.04": {}, "ubuntu-10.04": {},
		"debian-12": {true, false, true}, "debian-8": {true, false, false}, "rhel-7": {}, "": {},
	} {
		v, ok := For(release)
		if ok != want.ok || v.RAID != want.raid || v.HTTPS != want.https || ok && v.Name != release {
			t.Errorf("%q: %+v, %v", release, v, ok)
		}
		if Knows(v, "iscsi") != want.raid || !Knows(v, "part") || Knows(v, "autopart") {
			t.Errorf("%q: the wrong commands", release)
		}
	}
}

// No secret may show in what is reported.
func TestFindingsHoldNoPassword(t *testing.T) {
	r := Translate(Parse("rootpw --bad hunter2 x\nuser u --password=hunter2 --password hunter2 y\nuser x --pass;hunter2\nrootpw hunter2 'b\niscsi --user=hunter2\nbootloader --md5pas=hunter2 --location=x\n"), Ubuntu1204)
	for _, f := range r.Findings {
		if strings.Contains(f.Msg+f.Word+f.Log, "hunter2") {
			t.Errorf("%+v", f)
		}
	}
	if len(r.Findings) < 3 {
		t.Errorf("%+v", r.Findings)
	}
}

func FuzzTranslate(f *testing.F) {
	for _, text := range slices.Concat(written(f), generated(50)) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := Parse(text)
		if file.String() != text {
			t.Fatalf("%q is printed as %q", text, file.String())
		}
		n := len(file.Lines())
		for _, v := range []Variant{Debian12, Ubuntu1204} {
			r := Translate(file, v)
			for _, x := range r.Findings {
				if x.Line < 0 || x.Line > n || x.Msg == "" || x.Cause == "" {
					t.Fatalf("%q: %+v", text, x)
				}
			}
			if strings.Count(r.Preseed(), "\n") != len(r.Answers) {
				t.Fatalf("%q: an answer holds a newline:\n%s", text, r.Preseed())
			}
		}
	})
}

func BenchmarkTranslate(b *testing.B) {
	text, err := os.ReadFile("testdata/server.ks")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Translate(Parse(string(text)), Ubuntu1204)
	}
}
