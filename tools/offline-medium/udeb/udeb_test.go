package udeb

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seedbed/tools/offline-medium/control"
)

func TestPickAddsWhatIsNeededAndLeavesWhatIsThere(t *testing.T) {
	deps := parseDep(`kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz kernel/lib/crc16.ko.xz
kernel/fs/jbd2/jbd2.ko.xz:
kernel/lib/crc16.ko.xz:
kernel/drivers/md/dm-crypt.ko.xz: kernel/drivers/md/dm-mod.ko.xz
kernel/drivers/md/dm-mod.ko.xz:
`)
	got := pick(deps, []string{"fs/ext4/"}, map[string]bool{"crc16": true})
	if d := cmp.Diff([]string{"kernel/fs/ext4/ext4.ko.xz", "kernel/fs/jbd2/jbd2.ko.xz"}, got); d != "" {
		t.Error(d)
	}
	got = pick(deps, modules["md-modules"], nil)
	if d := cmp.Diff([]string{"kernel/drivers/md/dm-mod.ko.xz"}, got); d != "" {
		t.Errorf("what a minus takes away stays: %s", d)
	}
}

func TestRecipeForLibrariesFollowsTheirPackage(t *testing.T) {
	is := func(n string) bool { return n == "libblkid1" || n == "libasound2t64" || n == "zlib1g" }
	for name, want := range map[string]string{"libblkid1-udeb": "libblkid1", "libasound2-udeb": "libasound2t64", "zlib1g-udeb": "zlib1g",
		"libgone-udeb": "", "anna": "", "lvm2-udeb": "", "gpgv-udeb": "gpgv"} {
		r, ok := RecipeFor(name, is)
		if ok != (want != "") || ok && r.From[0] != want {
			t.Errorf("%s: %v, %v", name, r.From, ok)
		}
	}
	if !anyLibrary.MatchString("usr/lib/x86_64-linux-gnu/libblkid.so.1.1.0") || anyLibrary.MatchString("usr/lib/x86_64-linux-gnu/x/libno.so.1") {
		t.Error("the pattern of libraries")
	}
}

func TestFromInitrdTakesTheVersionThatIsUnpackedThere(t *testing.T) {
	dir := t.TempDir()
	s := control.Stanza{{Name: "Package", Value: "busybox-udeb"}, {Name: "Version", Value: "1:1"}, {Name: "Architecture", Value: "amd64"},
		{Name: "Description", Value: "tiny"}, {Name: "Filename", Value: "pool/main/b/busybox/busybox-udeb_1_amd64.udeb"}}
	dst := func(s control.Stanza) string { return filepath.Join(dir, filepath.Base(s.Get("Filename"))) }
	r, _ := RecipeFor("busybox-udeb", nil)
	got, err := FromInitrd(r, s, "1:2", map[string]File{"usr/bin/busybox": {Mode: 0o755, Body: []byte("x")}, "bin/ls": {Mode: 0o777, Target: "/usr/bin/busybox"},
		"usr/bin/other": {Body: []byte("y")}}, dst)
	if err != nil {
		t.Fatal(err)
	}
	if got.Get("Version") != "1:2" || got.Get("Filename") != "pool/main/b/busybox/busybox-udeb_2_amd64.udeb" {
		t.Errorf("stanza %v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "busybox-udeb_2_amd64.udeb")); err != nil {
		t.Error(err)
	}
	if _, err := FromInitrd(r, s, "1:2", nil, dst); err == nil {
		t.Error("an empty udeb was made")
	}
}
