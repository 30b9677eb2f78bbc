package debian

import (
	"regexp"
	"strconv"
	"strings"

	"seedbed/internal/core/image/tree"
)

// Info is what .disk/info says, the one line Debian and Ubuntu put on
// their media, as
//
//	Debian GNU/Linux 13.1.0 "Trixie" - Official amd64 NETINST with firmware 20250906-10:22
//	Ubuntu-Server 12.04.5 LTS "Precise Pangolin" - Release amd64 (20140806.1)
type Info struct {
	Found    bool
	Line     string
	Ubuntu   bool
	Server   bool
	Version  string // as 13.1.0, 12.04.5, testing
	LTS      bool
	Codename string // first word, lower case
	CPU      string
	Netinst  bool
	Disc     int // of a set, 0 when it does not say
}

var (
	debianInfo = regexp.MustCompile(`^(?:Official )?Debian GNU/Linux (\S+) "([^"]+)" - (.*)$`)
	ubuntuInfo = regexp.MustCompile(`^Ubuntu(-Server)? (\d+\.\d+(?:\.\d+)*)( LTS)? "([^"]+)" - (.*)$`)
	discNumber = regexp.MustCompile(`\bBinary-(\d+)\b`)
	archWord   = regexp.MustCompile(`\b(amd64|i386|arm64|armhf|armel|ppc64el|powerpc|mips64el|mipsel|s390x|riscv64)\b`)
)

// ReadInfo reads the text of .disk/info; Found is false for others'.
func ReadInfo(text string) Info {
	d := Info{Line: tree.FirstLine(text)}
	var rest string
	if m := debianInfo.FindStringSubmatch(d.Line); m != nil {
		d.Found, d.Version, d.Codename, rest = true, m[1], m[2], m[3]
	} else if m := ubuntuInfo.FindStringSubmatch(d.Line); m != nil {
		d.Found, d.Ubuntu, d.Server = true, true, m[1] != ""
		d.Version, d.LTS, d.Codename, rest = m[2], m[3] != "", m[4], m[5]
	}
	d.Codename, _, _ = strings.Cut(strings.ToLower(d.Codename), " ")
	d.CPU = archWord.FindString(rest)
	d.Netinst = strings.Contains(rest, "NETINST")
	if m := discNumber.FindStringSubmatch(rest); m != nil {
		d.Disc, _ = strconv.Atoi(m[1])
	}
	return d
}

// Title is the line for menus.
func (d Info) Title() string {
	switch {
	case d.Ubuntu:
		name := "Ubuntu "
		if d.Server {
			name += "Server "
		}
		name += d.Version
		if d.LTS {
			name += " LTS"
		}
		return tree.Clip(name, 60) + " " + d.CPU
	default:
		return tree.Clip("Debian GNU/Linux "+d.Version, 60) + " " + d.CPU
	}
}

// Release is the release's name: the major version for Debian, two numbers
// for Ubuntu; for a version that is a word, the number its codename got.
func Release(ubuntu bool, version, codename string) string {
	if version == "" || version[0] < '0' || version[0] > '9' {
		if n := versionOf(ubuntu, codename); n != "" {
			version = n
		}
	}
	parts := strings.SplitN(version, ".", 3)
	switch {
	case version == "":
		version = codename
	case ubuntu && len(parts) > 2:
		version = parts[0] + "." + parts[1]
	case !ubuntu:
		version = parts[0]
	}
	if ubuntu {
		return "ubuntu-" + version
	}
	return "debian-" + version
}

var debianNames = map[string]string{
	"7": "wheezy", "8": "jessie", "9": "stretch", "10": "buster", "11": "bullseye",
	"12": "bookworm", "13": "trixie", "14": "forky", "15": "duke",
}

var ubuntuNames = map[string]string{
	"12.04": "precise", "12.10": "quantal", "13.04": "raring", "13.10": "saucy", "14.04": "trusty",
	"14.10": "utopic", "15.04": "vivid", "15.10": "wily", "16.04": "xenial", "16.10": "yakkety",
	"17.04": "zesty", "17.10": "artful", "18.04": "bionic", "18.10": "cosmic", "19.04": "disco",
	"19.10": "eoan", "20.04": "focal", "22.04": "jammy", "24.04": "noble", "26.04": "resolute",
}

// codenameOf is the codename of a release's number, versionOf the reverse;
// both "" when unknown.
func codenameOf(ubuntu bool, version string) string {
	parts := strings.SplitN(version, ".", 3)
	if ubuntu {
		if len(parts) < 2 {
			return ""
		}
		return ubuntuNames[parts[0]+"."+parts[1]]
	}
	return debianNames[parts[0]]
}

func versionOf(ubuntu bool, codename string) string {
	names := debianNames
	if ubuntu {
		names = ubuntuNames
	}
	for v, c := range names {
		if c == codename {
			return v
		}
	}
	return ""
}
