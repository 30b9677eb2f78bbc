package udeb

import (
	"regexp"
	"strings"
)

// Recipe says which files of which normal packages make up a udeb.
type Recipe struct {
	From  []string // normal packages; none: the files come from the initrd
	Files *regexp.Regexp
	Links string // symbolic links with this target's base name come too
}

const libdir = `usr/lib/(x86_64-linux-gnu/)?`

func files(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(` + pattern + `)$`) }

var anyLibrary = files(libdir + `lib[^/]*\.so\.[0-9.]+`)

// recipes hold what cannot be guessed from the name.
var recipes = map[string]Recipe{
	// The installer's busybox has other applets than the normal package's.
	"busybox-udeb": {nil, files(`usr/bin/busybox`), "busybox"},
	"e2fsprogs-udeb": {[]string{"e2fsprogs", "libext2fs2t64", "libcom-err2", "libss2"},
		files(`etc/mke2fs\.conf|usr/sbin/(mke2fs|mkfs\.ext[234]|e2fsck|fsck\.ext[234]|badblocks|resize2fs|tune2fs|e2label|dumpe2fs|debugfs)|` +
			libdir + `lib(ext2fs|e2p|com_err|ss)\.so\.[0-9.]+`), ""},
	"fdisk-udeb": {[]string{"fdisk", "libfdisk1", "libsmartcols1"},
		files(`usr/sbin/[cs]?fdisk|` + libdir + `lib(fdisk|smartcols)\.so\.[0-9.]+`), ""},
	"gpgv-udeb":       {[]string{"gpgv"}, files(`usr/bin/gpgv`), ""},
	"libc6-udeb":      {[]string{"libc6"}, files(`usr/lib64/ld-linux-x86-64\.so\.2|` + libdir + `(ld-linux[^/]*|lib(c|m|mvec|dl|rt|pthread|resolv|nss_dns|nss_files))\.so\.[0-9]+`), ""},
	"libcrypto3-udeb": {[]string{"libssl3t64"}, files(libdir + `libcrypto\.so\.3`), ""},
	"libssl3-udeb":    {[]string{"libssl3t64"}, files(libdir + `libssl\.so\.3`), ""},
	"ntfs-3g-udeb": {[]string{"ntfs-3g", "libntfs-3g89t64"},
		files(`usr/s?bin/(ntfs-3g|mount\.ntfs(-3g)?|mkntfs|mkfs\.ntfs|ntfsresize|ntfsfix|ntfsinfo)|` + libdir + `libntfs-3g\.so\.[0-9.]+`), ""},
	"util-linux-udeb": {[]string{"util-linux"}, files(`usr/sbin/blkid|usr/bin/fallocate`), ""},
	"xfsprogs-udeb":   {[]string{"xfsprogs"}, files(`usr/sbin/(mkfs\.xfs|fsck\.xfs|xfs_repair|xfs_growfs|xfs_db)`), ""},
	"dosfstools-udeb": {[]string{"dosfstools"}, files(`usr/sbin/(mkfs\.(fat|vfat|msdos)|mkdosfs|fsck\.(fat|vfat|msdos)|dosfsck|fatlabel)`), ""},
	"parted-udeb":     {[]string{"parted"}, files(`usr/sbin/(parted|partprobe)`), ""},
}

// RecipeFor finds a udeb's recipe. For one that is named after a library package
// (libX-udeb, zlib1g-udeb) it is that package's shared libraries; is tells
// whether a normal package of that name exists.
func RecipeFor(name string, is func(string) bool) (Recipe, bool) {
	if r, ok := recipes[name]; ok {
		return r, true
	}
	base, ok := strings.CutSuffix(name, "-udeb")
	if !ok || !strings.HasPrefix(base, "lib") && base != "zlib1g" {
		return Recipe{}, false
	}
	// Debian 13 renamed the libraries whose time_t grew.
	for _, n := range []string{base, base + "t64"} {
		if is(n) {
			return Recipe{From: []string{n}, Files: anyLibrary}, true
		}
	}
	return Recipe{}, false
}

// FromInitrdWants says whether some recipe takes this file, or link to target,
// from the initrd.
func FromInitrdWants(name, target string) bool {
	for _, r := range recipes {
		if r.From == nil && r.Takes(name, target) {
			return true
		}
	}
	return false
}
