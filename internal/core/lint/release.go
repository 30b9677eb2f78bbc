package lint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"seedbed/internal/fault"
)

// Release is a version of a distribution. The zero Release is not known.
type Release struct {
	Distro string // as debian, ubuntu, rhel, fedora, sles, opensuse
	Major  int
	Minor  int // 4 in 12.04, 0 where there is none
}

// clones rebuild Red Hat's releases under their numbers.
var clones = []string{"rhel", "centos", "centos-stream", "rocky", "almalinux", "alma", "oracle", "ol"}

// distros are the names that a release may start with.
var distros = slices.Concat([]string{"debian", "ubuntu", "fedora", "fedora-coreos", "rhel-coreos", "flatcar", "alpine", "arch", "proxmox-ve", "esxi",
	"windows", "windows-server"}, clones, suses)

// suses are SUSE's.
var suses = []string{"sles", "sle", "suse", "opensuse", "opensuse-leap", "leap", "opensuse-tumbleweed", "tumbleweed"}

// ParseRelease reads a release as the settings and the catalogue write it:
// ubuntu-12.04, debian-13, rhel-9. An empty text is the unknown release.
func ParseRelease(text string) (Release, error) {
	if text == "" {
		return Release{}, nil
	}
	const hint = "as ubuntu-12.04, debian-13, rhel-9, fedora-43 or sles-15"
	name, version := strings.ToLower(text), ""
	if i := strings.LastIndexByte(name, '-'); i > 0 && i+1 < len(name) && name[i+1] >= '0' && name[i+1] <= '9' {
		name, version = name[:i], name[i+1:]
	}
	if !slices.Contains(distros, name) {
		return Release{}, fault.New(fault.Invalid, hint, "%q is no release that is known here", text)
	}
	r := Release{Distro: name}
	if version == "" {
		return r, nil
	}
	major, minor, _ := strings.Cut(version, ".")
	var err error
	if r.Major, err = strconv.Atoi(major); err != nil {
		return Release{}, fault.New(fault.Invalid, hint, "%q names no version", text)
	}
	r.Minor, _ = strconv.Atoi(strings.TrimFunc(strings.SplitN(minor, ".", 2)[0], func(c rune) bool { return c < '0' || c > '9' }))
	return r, nil
}

// Known says whether the distribution is known at all.
func (r Release) Known() bool { return r.Distro != "" }

// RHEL is the number of a release of Red Hat's line or of a rebuild of it.
func (r Release) RHEL() (int, bool) { return r.Major, slices.Contains(clones, r.Distro) && r.Major > 0 }

// Fedora is the number of a Fedora release.
func (r Release) Fedora() (int, bool) { return r.Major, r.Distro == "fedora" && r.Major > 0 }

// Debian is the number of a Debian release.
func (r Release) Debian() (int, bool) { return r.Major, r.Distro == "debian" && r.Major > 0 }

// Ubuntu says whether it is Ubuntu of a version from low to high, each as
// year*100+month; 0 as high has no end. An unknown version counts.
func (r Release) Ubuntu(low, high int) bool {
	v := r.Major*100 + r.Minor
	return r.Distro == "ubuntu" && (v == 0 || v >= low && (high == 0 || v <= high))
}

// SUSE is the number of a release of SUSE's; 0 of a rolling one.
func (r Release) SUSE() (int, bool) {
	return r.Major, slices.Contains(suses, r.Distro)
}

// Compare orders two releases of one distribution.
func (r Release) Compare(o Release) int {
	return cmp.Or(cmp.Compare(r.Major, o.Major), cmp.Compare(r.Minor, o.Minor))
}

// String is the release as ParseRelease reads it.
func (r Release) String() string {
	switch {
	case r.Major == 0:
		return r.Distro
	case r.Distro == "ubuntu":
		return r.Distro + "-" + strconv.Itoa(r.Major) + "." + pad(r.Minor)
	case r.Minor > 0:
		return r.Distro + "-" + strconv.Itoa(r.Major) + "." + strconv.Itoa(r.Minor)
	}
	return r.Distro + "-" + strconv.Itoa(r.Major)
}

func pad(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
