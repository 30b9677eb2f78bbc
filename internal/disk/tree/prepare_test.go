package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

func TestAMediumAndAnArchiveBecomeTwoTrees(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	p, err := Prepare(t.Context(), Order{Medium: put(t, dir, "x.iso", isoOf()), Netboot: put(t, dir, "n.tar.gz", gz(netboot(t))), Dir: state})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	img, err := image.Recognise(p.Medium, p.Netboot)
	if err != nil || img.Release != "debian-13" {
		t.Fatalf("recognised %q, %v", img.Release, err)
	}
	err = p.Keep("debian-13", func(s map[image.Side]image.Source) error {
		if s[image.Netboot].Path != filepath.Join(state, "debian-13") || s[image.Netboot].Kind != "unpacked" || s[image.Medium].Size != int64(len(isoOf())) {
			t.Errorf("sources: %+v", s)
		}
		img.Sources = s
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	s := NewShelf()
	defer s.Close()
	fsys, err := s.Tree(img, image.Netboot)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(fsys, "debian-installer/amd64/linux"); err != nil {
		t.Error(err)
	}
	if err := Discard(img); err != nil {
		t.Fatal(err)
	}
	nothingIn(t, state)
	if _, err := os.Stat(img.Sources[image.Medium].Path); err != nil {
		t.Error("the user's own ISO was removed")
	}
}

func TestWhatIsNotKeptIsGone(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	order := Order{Medium: put(t, dir, "n.tar.gz", gz(netboot(t))), Dir: state}
	p, err := Prepare(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if p.Medium != nil || p.Netboot == nil {
		t.Error("an archive given as the medium is a netboot tree")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	nothingIn(t, state)
}

func TestAFailedRegistrationLeavesTheOldTree(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	put(t, state, "debian-13/old", []byte("old"))
	for _, fails := range []bool{true, false} {
		p, err := Prepare(t.Context(), Order{Medium: put(t, dir, "n.tar.gz", gz(netboot(t))), Dir: state})
		if err != nil {
			t.Fatal(err)
		}
		sorry := errors.New("the database is full")
		err = p.Keep("debian-13", func(map[image.Side]image.Source) error {
			if fails {
				return sorry
			}
			return nil
		})
		if fails != errors.Is(err, sorry) {
			t.Errorf("keep: %v", err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		_, old := os.Stat(filepath.Join(state, "debian-13", "old"))
		if fails != (old == nil) {
			t.Errorf("after a registration that fails (%t) the old tree: %v", fails, old)
		}
		if entries, _ := os.ReadDir(state); len(entries) != 1 {
			t.Errorf("in the state directory: %v", entries)
		}
	}
}

func TestOrdersThatMakeNoSenseAreInvalid(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	n := put(t, dir, "n.tar.gz", gz(netboot(t)))
	_, err := Prepare(t.Context(), Order{Medium: n, Netboot: n, Dir: state})
	wants(t, err, fault.Invalid, "netboot archive already")
	_, err = Prepare(t.Context(), Order{Dir: state})
	wants(t, err, fault.Invalid, "no medium")
	_, err = Prepare(t.Context(), Order{Medium: put(t, dir, "x.iso", isoOf()), Netboot: filepath.Join(dir, "none"), Dir: state})
	wants(t, err, fault.NotFound, "none")
	nothingIn(t, state)
	p, err := Prepare(t.Context(), Order{Medium: n, Dir: state})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, p.Keep("../evil", nil), fault.Invalid, "image name")
	p.Close()
	nothingIn(t, state)
}

func TestTheHostsOwnNetbootPackageIsFound(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64/linux", []byte("k"))
	if p, ok := installedNetboot(dir, image.Image{Release: "debian-13", CPU: "amd64"}); !ok || p != filepath.Join(dir, "usr/lib/debian-installer/images/13/amd64/text") {
		t.Errorf("%q, %t", p, ok)
	}
	for _, i := range []image.Image{{Release: "debian-12", CPU: "amd64"}, {Release: "debian-../13", CPU: "amd64"}, {Release: "rhel-9", CPU: "amd64"}, {Release: "debian-13"}} {
		if p, ok := installedNetboot(dir, i); ok {
			t.Errorf("%+v: %s", i, p)
		}
	}
}

func TestTheRealMediumIsImported(t *testing.T) {
	medium := os.Getenv("SEEDBED_TEST_ISO")
	if medium == "" {
		t.Skip("SEEDBED_TEST_ISO does not name a Debian 13 offline test medium")
	}
	p, err := Prepare(t.Context(), Order{Medium: medium})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	img, err := image.Recognise(p.Medium, nil)
	if err != nil {
		t.Fatal(err)
	}
	if img.Family != image.Debian || img.Release != "debian-13" || img.CPU != "amd64" || !img.Mirror || !img.Netboot || !img.Signed || len(img.Warnings) != 0 {
		t.Errorf("recognised %+v", img)
	}
	for _, r := range []image.Role{image.Kernel, image.Initrd, image.Shim, image.Grub, image.Pxelinux} {
		f, ok := img.Find(r)
		if !ok || f.Size == 0 || filepath.Dir(f.Path) != "install/netboot/debian-installer/amd64" {
			t.Errorf("%s: %+v, %t", r, f, ok)
		}
	}
	if image.SuggestName(img) != "debian-13-amd64" {
		t.Errorf("name %q", image.SuggestName(img))
	}
}
