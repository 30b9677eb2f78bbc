package stock

import (
	"bytes"
	"compress/gzip"
	"testing"
	"testing/fstest"
)

func packed(s string) *fstest.MapFile {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return &fstest.MapFile{Data: b.Bytes()}
}

func plain(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func TestDebianNamesProvidesAndTasks(t *testing.T) {
	s, err := Read(fstest.MapFS{
		"dists/trixie/main/binary-amd64/Packages":         plain("Package: openssh-server\nProvides: ssh-server (= 1), other\nTask: ssh-server\n\nPackage: task-desktop\n"),
		"dists/trixie/contrib/binary-amd64/Packages.gz":   packed("Package: extra\n"),
		"dists/trixie/main/debian-installer/x":            plain(""),
		"dists/trixie/main/debian-installer/Packages":     plain("Package: a-udeb\n"),
		"dists/trixie/main/binary-all/not-a-package-list": plain(""),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"openssh-server", "ssh-server", "other", "extra", "task-desktop"} {
		if !s.Packages[p] {
			t.Errorf("%s is not there", p)
		}
	}
	if s.Packages["a-udeb"] || !s.Tasks["ssh-server"] || !s.Tasks["desktop"] || len(s.Suites) != 1 || s.Suites[0] != "trixie" {
		t.Errorf("%+v", s)
	}
}

func TestRedHatNamesProvidesAndGroups(t *testing.T) {
	s, err := Read(fstest.MapFS{
		"BaseOS/repodata/repomd.xml":  plain(`<repomd><data type="primary"><location href="repodata/p.xml.gz"/></data><data type="group"><location href="repodata/c.xml"/></data></repomd>`),
		"BaseOS/repodata/p.xml.gz":    packed(`<metadata><package type="rpm"><name>bash</name><format><rpm:provides><rpm:entry name="/bin/sh"/></rpm:provides></format></package></metadata>`),
		"BaseOS/repodata/c.xml":       plain(`<comps><group><id>core</id><name>Core</name></group><environment><id>minimal-environment</id></environment></comps>`),
		"AppStream/repodata/else.xml": plain("x"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Packages["bash"] || !s.Packages["/bin/sh"] || !s.Tasks["core"] || !s.Tasks["minimal-environment"] {
		t.Errorf("%+v", s)
	}
}

func TestADamagedIndexIsAnErrorAndAnEmptyTreeIsNotKnown(t *testing.T) {
	for name, tree := range map[string]fstest.MapFS{
		"nothing": {},
		"cut":     {"dists/x/main/binary-amd64/Packages.gz": {Data: []byte{0x1f, 0x8b, 8, 0, 0}}},
		"no xml":  {"repodata/repomd.xml": plain("<repomd><data")},
	} {
		if s, err := Read(tree); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
