package image

import (
	"strconv"
	"strings"
	"time"
)

// Family is a line of installers that boot and answer alike.
type Family string

// The families recognised so far. An unknown medium is kept as Unknown.
const (
	Unknown   Family = "unknown"
	Debian    Family = "debian"      // debian-installer
	Ubuntu    Family = "ubuntu"      // debian-installer, 12.04 to 18.04
	Subiquity Family = "ubuntu-live" // Ubuntu live-server
	RedHat    Family = "redhat"      // Anaconda: RHEL, CentOS, Rocky, Alma, Oracle, Fedora
	SUSE      Family = "suse"
	Arch      Family = "arch"      // what archiso made: Arch Linux, SystemRescue
	Alpine    Family = "alpine"    //
	CoreOS    Family = "coreos"    // Fedora's and RHEL's
	Flatcar   Family = "flatcar"   //
	Proxmox   Family = "proxmox"   // VE, Backup Server, Mail Gateway
	ESXi      Family = "esxi"      // VMware's
	Windows   Family = "windows"   //
	Live      Family = "live"      // what live-boot starts: Debian live, Clonezilla, GParted
	Memtest   Family = "memtest86" //
)

// Side says which of an image's two trees a file is in.
type Side string

// An image has a medium, a netboot tree, or both.
const (
	Medium  Side = "medium"
	Netboot Side = "netboot"
)

// Role is what a file is for when a machine boots.
type Role string

// The roles. Loader files are named by the name under which clients ask.
const (
	Kernel   Role = "kernel"
	Initrd   Role = "initrd"
	Shim     Role = "shim" // UEFI first stage, signed by Microsoft
	Grub     Role = "grub" // what the shim loads
	Pxelinux Role = "pxelinux"
	Stage2   Role = "stage2" // the root the installer fetches next: filesystem.squashfs, install.img

	Multiboot Role = "mboot"   // ESXi's loader for BIOS; its kernel is the one for UEFI
	Answers   Role = "answers" // says where Proxmox's installer gets its answers; only a prepared medium has it
	Hand      Role = "hand"    // what wimboot is handed beside itself; there are several
)

// File is one file of an image that takes part in booting.
type File struct {
	Role Role   `json:"role"`
	Side Side   `json:"side"`
	Path string `json:"path"` // slash-separated, inside its side's tree
	Size int64  `json:"size"`
}

// Source is where a tree lies on this host.
type Source struct {
	Kind string    `json:"kind"`              // "iso", "tree" (a directory, read in place) or "unpacked" (ours, in the state directory)
	Path string    `json:"path"`              // absolute
	Size int64     `json:"size"`              // of the ISO file; 0 for trees
	Mod  time.Time `json:"modified,omitzero"` // of the ISO file when imported: a changed file is said
}

// Image is one release for one CPU, ready to be served.
type Image struct {
	Name      string          `json:"name"` // in URLs and settings: letters, digits, . _ -
	Family    Family          `json:"family"`
	Release   string          `json:"release"`            // as debian-13, ubuntu-12.04, rhel-9, fedora-43
	Codename  string          `json:"codename,omitempty"` // as trixie; the suite a Debian mirror is asked for
	Title     string          `json:"title"`              // for menus, as "Debian GNU/Linux 13.8 amd64"
	CPU       string          `json:"cpu"`                // amd64, i386, arm64
	Sources   map[Side]Source `json:"sources"`
	Files     []File          `json:"files"`
	Mirror    bool            `json:"mirror"`               // the medium's tree can serve as the installer's package source
	MirrorDir string          `json:"mirror-dir,omitempty"` // inside the medium, "" for its root
	Netboot   bool            `json:"netboot"`              // kernel and initrd start a network install (not a CD initrd)
	Signed    bool            `json:"signed"`               // the medium's Release is signed (InRelease or Release.gpg)
	Whole     bool            `json:"whole,omitempty"`      // its installer fetches the medium's own .iso file
	RAM       int             `json:"ram-mib,omitempty"`    // what a machine needs to be installed or started, about; 0: not known
	Warnings  []string        `json:"warnings,omitempty"`   // what it lacks, and what to add
	Imported  time.Time       `json:"imported"`
}

// Find is the first file of a role, netboot side first for kernel and initrd.
func (i Image) Find(r Role) (File, bool) {
	var found File
	var ok bool
	for _, f := range i.Files {
		if f.Role == r && (!ok || f.Side == Netboot) {
			found, ok = f, true
		}
	}
	return found, ok
}

// Has says whether the image has a file of a role.
func (i Image) Has(r Role) bool { _, ok := i.Find(r); return ok }

// Fetches says that its installer takes the new system's packages from a
// repository; the others hold the system whole.
func (i Image) Fetches() bool {
	switch i.Family {
	case Debian, Ubuntu, RedHat, SUSE:
		return true
	}
	return false
}

// Publisher is who made and signed it, as debian, rocky, centos-stream.
func (i Image) Publisher() string {
	publisher, _, _ := lastCut(i.Release)
	return publisher
}

// Major is the first number of the release's version, false where it has none.
func (i Image) Major() (int, bool) {
	_, version, ok := lastCut(i.Release)
	if !ok {
		return 0, false
	}
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	return n, err == nil
}

// lastCut parts a release at its last hyphen.
func lastCut(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
