package medium

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/progress"
)

var edition = Edition{Suite: "trixie", Archive: "stable", Codename: "trixie", Version: "13.8", Date: time.Date(2026, 11, 21, 10, 15, 44, 0, time.FixedZone("", 3600))}

const golden = `Origin: Debian
Label: Debian
Suite: stable
Version: 13.8
Codename: trixie
Date: Sat, 21 Nov 2026 09:15:44 UTC
Acquire-By-Hash: no
Architectures: amd64
Components: main
Description: Debian 13.8, small offline medium
MD5Sum:
 0cc175b9c0f1b6a831c399e269772661 1 main/binary-amd64/Packages
 d41d8cd98f00b204e9800998ecf8427e 0 main/binary-amd64/Release
SHA256:
 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb 1 main/binary-amd64/Packages
 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/binary-amd64/Release
`

func TestReleaseNamesEveryIndexWithItsSums(t *testing.T) {
	got := edition.Release(map[string][]byte{"main/binary-amd64/Release": nil, "main/binary-amd64/Packages": []byte("a")})
	if d := cmp.Diff(golden, got); d != "" {
		t.Error(d)
	}
}

func TestDiskInfoReadsLikeDebians(t *testing.T) {
	want := `Debian GNU/Linux 13.8 "Trixie" - Unofficial amd64 DVD Binary-1 20261122-01:02`
	if got := edition.info(time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)); got != want {
		t.Errorf("got %s", got)
	}
}

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip(p, "is not on this machine")
		}
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func plan(t *testing.T, dir string) Plan {
	deb := control.Stanza{{Name: "Package", Value: "a"}, {Name: "Filename", Value: "pool/main/a/a_1_all.deb"}, {Name: "Size", Value: "3"},
		{Name: "SHA256", Value: fmt.Sprintf("%x", sha256.Sum256([]byte("deb")))}}
	udeb := control.Stanza{{Name: "Package", Value: "u"}, {Name: "Filename", Value: "pool/main/u/u_1_all.udeb"}, {Name: "SHA256", Value: "old"}}
	write(t, dir+"/net/boot/linux", "kernel")
	write(t, dir+"/net/boot/initrd.gz", "old initrd")
	return Plan{Edition: edition, Netboot: dir + "/net", Boot: "boot", Initrd: []byte("new initrd"), ID: "id",
		Debs:  []*Package{{Stanza: deb, File: write(t, dir+"/cache/a", "deb")}},
		Udebs: []*Package{{Stanza: udeb, File: write(t, dir+"/cache/u", "made"), Changed: true}}}
}

func TestTheMediumVerifiesWithItsKey(t *testing.T) {
	needs(t, "gpg", "gpgv", "xorriso")
	ctx, dir := context.Background(), t.TempDir()
	key, err := NewKey(ctx, edition.Date)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	root, board := dir+"/iso", progress.New(io.Discard, false)
	if err := plan(t, dir).Lay(ctx, root, key, board); err != nil {
		t.Fatal(err)
	}
	ring := write(t, dir+"/key.gpg", string(key.Public))
	dist := root + "/dists/trixie/"
	for _, args := range [][]string{{dist + "InRelease"}, {dist + "Release.gpg", dist + "Release"}} {
		if out, err := exec.Command("gpgv", append([]string{"--keyring", ring}, args...)...).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", args, out)
		}
	}
	list, _ := os.ReadFile(dist + "main/debian-installer/binary-amd64/Packages")
	sum := fmt.Sprintf("SHA256: %x\n", sha256.Sum256([]byte("made")))
	if !strings.Contains(string(list), sum) || !strings.Contains(string(list), "Size: 4\n") || strings.Contains(string(list), "old") {
		t.Errorf("a rebuilt package keeps the old sums:\n%s", list)
	}
	for f, want := range map[string]string{"install.amd/vmlinuz": "kernel", "install.amd/initrd.gz": "new initrd", "install/netboot/boot/initrd.gz": "new initrd",
		"debian/pool/main/a/a_1_all.deb": "deb"} {
		if got, _ := os.ReadFile(filepath.Join(root, f)); string(got) != want {
			t.Errorf("%s: %q, want %q", f, got, want)
		}
	}
	iso := dir + "/out.iso"
	if err := WriteISO(ctx, root, edition.Label(), iso, board); err != nil {
		t.Fatal(err)
	}
	head, _ := os.ReadFile(iso)
	if !bytes.Contains(head[:min(len(head), 36<<10)], []byte(edition.Label())) {
		t.Error("the image does not bear its label")
	}
	if left, _ := filepath.Glob(dir + "/.out.iso*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
}

func TestADamagedPackageIsRefusedAndRemoved(t *testing.T) {
	needs(t, "gpg")
	ctx, dir := context.Background(), t.TempDir()
	p := plan(t, dir)
	write(t, p.Debs[0].File, "dab")
	err := p.Lay(ctx, dir+"/iso", &Key{}, progress.New(io.Discard, false))
	if err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(p.Debs[0].File); !os.IsNotExist(err) {
		t.Error("the damaged file is still in the cache")
	}
}

func TestAFailedImageLeavesTheOldOne(t *testing.T) {
	needs(t, "xorriso")
	dir := t.TempDir()
	iso := write(t, dir+"/out.iso", "old")
	if err := WriteISO(context.Background(), dir+"/nowhere", "X", iso, progress.New(io.Discard, false)); err == nil {
		t.Error("a tree that is not there was written")
	}
	if got, _ := os.ReadFile(iso); string(got) != "old" {
		t.Error("the old image is gone")
	}
}

func TestKeyringPackageKnowsTheKey(t *testing.T) {
	needs(t, "dpkg-deb")
	dir := t.TempDir()
	write(t, dir+"/p/DEBIAN/control", "Package: debian-archive-keyring\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: keys\n")
	write(t, dir+"/p/"+Keyrings[0], "KEYS")
	if out, err := exec.Command("dpkg-deb", "-b", dir+"/p", dir+"/in.deb").CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	if err := KeyringPackage(context.Background(), dir+"/in.deb", dir+"/out.deb", dir, &Key{Public: []byte("+ours"), Armor: []byte("armor")}); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("dpkg-deb", "-x", dir+"/out.deb", dir+"/x").CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	for f, want := range map[string]string{Keyrings[0]: "KEYS+ours", trusted: "armor"} {
		if got, _ := os.ReadFile(dir + "/x/" + f); string(got) != want {
			t.Errorf("%s: %q", f, got)
		}
	}
}
