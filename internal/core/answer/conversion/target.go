package conversion

import (
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// Newest is the release that a dialect is written for where none is named: the
// newest whose installer reads it.
func Newest(kind answer.Kind) string {
	return map[answer.Kind]string{
		answer.Kickstart: "rhel-10", answer.Kickseed: "ubuntu-18.04", answer.Preseed: "debian-13", answer.Autoinstall: "ubuntu-26.04",
		answer.AutoYaST: "sles-15", answer.Agama: "sles-16", answer.Ignition: "fedora-coreos",
	}[kind]
}

// Kinds are the dialects that can be written, in the order of the reference.
var Kinds = []answer.Kind{answer.Kickstart, answer.Kickseed, answer.Preseed, answer.Autoinstall, answer.AutoYaST, answer.Agama, answer.Ignition}

// Known says whether a word names a dialect, with a hint in the fault.
func Known(kind answer.Kind) error {
	var names []string
	for _, k := range Kinds {
		if k == kind {
			return nil
		}
		names = append(names, string(k))
	}
	return fault.New(fault.Invalid, "one of: "+strings.Join(names, ", "), "%q is no kind of answer file", kind)
}

// codenames are the suites of Debian's and Ubuntu's releases.
var codenames = map[string]string{
	"debian-7": "wheezy", "debian-8": "jessie", "debian-9": "stretch", "debian-10": "buster", "debian-11": "bullseye", "debian-12": "bookworm", "debian-13": "trixie",
	"ubuntu-12.04": "precise", "ubuntu-14.04": "trusty", "ubuntu-16.04": "xenial", "ubuntu-18.04": "bionic", "ubuntu-20.04": "focal", "ubuntu-22.04": "jammy",
	"ubuntu-24.04": "noble", "ubuntu-26.04": "resolute",
}

// families are whose releases a dialect is for.
var families = map[answer.Kind][]string{
	answer.Kickstart: {"redhat"}, answer.Kickseed: {"ubuntu", "debian"}, answer.Preseed: {"debian", "ubuntu"}, answer.Autoinstall: {"ubuntu"},
	answer.AutoYaST: {"suse"}, answer.Agama: {"suse"}, answer.Ignition: {"coreos"},
}

// family is whose release it is.
func family(release string) string {
	name, _, _ := strings.Cut(release, "-")
	switch name {
	case "debian", "ubuntu":
		return name
	case "sles", "sle", "suse", "opensuse", "leap", "tumbleweed":
		return "suse"
	case "flatcar":
		return "coreos"
	}
	if strings.HasSuffix(release, "coreos") || strings.Contains(release, "coreos-") {
		return "coreos"
	}
	return "redhat"
}

// Target is the image that a dialect is written for, as far as a release says.
func Target(kind answer.Kind, release string) (image.Image, error) {
	if err := Known(kind); err != nil {
		return image.Image{}, err
	}
	if release == "" {
		release = Newest(kind)
	}
	fits := false
	for _, f := range families[kind] {
		fits = fits || f == family(release)
	}
	if !fits {
		return image.Image{}, fault.New(fault.Invalid, "leave --for out, or name one as "+Newest(kind), "%s is not read by the installer of %s", kind, release)
	}
	img := image.Image{Name: release, Release: release, Codename: codenames[release], CPU: "amd64", Mirror: true, Signed: true}
	switch {
	case kind == answer.Autoinstall:
		img.Family = image.Subiquity
	case strings.HasPrefix(release, "flatcar"):
		img.Family = image.Flatcar
	default:
		img.Family = map[string]image.Family{"debian": image.Debian, "ubuntu": image.Ubuntu, "redhat": image.RedHat, "suse": image.SUSE, "coreos": image.CoreOS}[family(release)]
	}
	return img, nil
}
