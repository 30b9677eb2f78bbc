package answer

import (
	"net"
	neturl "net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/image"
)

// KernelArgs are the arguments with which s.Image's installer fetches the
// answer file at url, whose last element (a FileName) tells the dialect. An
// empty url is a manual installation: the installer finds its packages and a
// person answers. in may be nil; it gives what debian-installer asks before it
// has a network.
//
// The profile's own arguments come last. debian-installer copies what stands
// behind "---" into the new system's boot loader, and takes answers from there
// too, so they work for both; elsewhere they are the installer's alone.
func KernelArgs(s Subject, url string, in *Install) []string {
	var args []string
	switch s.Image.Family {
	case image.Debian, image.Ubuntu:
		args = debianArgs(s, url, in)
	case image.Subiquity:
		args = subiquityArgs(s, url)
	case image.RedHat:
		args = anacondaArgs(s, url)
	case image.SUSE:
		args = suseArgs(s, url)
	default:
		args = otherArgs(s, url, in)
	}
	if len(s.UserArgs) > 0 && debianInstaller(s.Image.Family) {
		args = append(args, separator(s.Image.Release))
	}
	return words(append(args, s.UserArgs...))
}

// words keeps those that are one word each: an argument with a blank or a line
// break in it would be read as more.
func words(args []string) []string {
	var out []string
	for _, a := range args {
		if a != "" && !strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			out = append(out, a)
		}
	}
	return out
}

func debianArgs(s Subject, url string, in *Install) []string {
	var args []string
	switch {
	case url == "":
		args = append(args, ownTree(s)...)
	case path.Base(url) == Kickseed.FileName():
		// kickseed fetches its file after language and keyboard were asked.
		// auto=true would put those off, but asks for a preseed address.
		args = append(args, "priority=critical", "locale="+intent.DefaultLocale, "keymap="+intent.DefaultKeyboard, "interface=auto", "ks="+url, "ksdevice=bootif")
	default:
		args = append(args, "auto=true", "priority=critical", "interface=auto", "url="+url)
		if in != nil {
			args = append(args, "locale="+intent.Or(in.Locale, intent.DefaultLocale), "keymap="+intent.Or(in.Keyboard, intent.DefaultKeyboard))
		}
	}
	if url != "" {
		args = append(args, named("hostname", in.HostNameFor(s), finding.HostWord())...)
		args = append(args, named("domain", s.Domain, finding.DomainWord())...)
		args = append(args, "netcfg/dhcp_timeout=60") // a switch port may take 30 s to forward
		if in != nil && s.Subnet != nil && len(s.Subnet.DNS) == 0 {
			// Without DNS from DHCP the installer asks for it. A name server is
			// not needed to install by address: ours stands in. A file of the
			// user's own is served as it is: lint says what it lacks (D004).
			if host, _ := hostAndPort(s.SyslogHost); host != "" {
				args = append(args, "netcfg/get_nameservers="+host)
			}
		}
	}
	if host, port := hostAndPort(s.SyslogHost); host != "" {
		args = append(args, "log_host="+host)
		if port != "" {
			args = append(args, "log_port="+port)
		}
		if url != "" && s.Questions {
			// debconf then logs its whole exchange, so that an open question can
			// be named. Not where a person answers: what is typed, passwords
			// too, would cross the wire.
			args = append(args, "DEBCONF_DEBUG=developer")
		}
	}
	return args
}

// ownTree points a manual installation at the medium's tree on this server, or
// at the mirror that is reached through its cache, so that nobody has to type
// an address. Everything else is asked.
func ownTree(s Subject) []string {
	u, err := neturl.Parse(s.Mirror)
	if !s.Image.Mirror && s.Proxy == "" || err != nil || u.Scheme != "http" || u.Host == "" {
		return nil
	}
	args := []string{"mirror/country=manual", "mirror/protocol=http", "mirror/http/hostname=" + u.Host, "mirror/http/directory=/" + strings.Trim(u.EscapedPath(), "/"), "mirror/http/proxy=" + s.Proxy}
	if s.Image.Mirror && !s.Image.Signed {
		args = append(args, "debian-installer/allow_unauthenticated=true")
	}
	return args
}

func named(key, value string, want *regexp.Regexp) []string {
	if !want.MatchString(value) {
		return nil
	}
	return []string{key + "=" + value}
}

func hostAndPort(s string) (host, port string) {
	if h, p, err := net.SplitHostPort(s); err == nil {
		return h, p
	}
	return s, ""
}

// separator parts the installer's arguments from the new system's: "---", or
// "--" in the installers of Debian up to 7 and Ubuntu up to 14.10.
func separator(release string) string {
	distro, version, _ := strings.Cut(release, "-")
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err == nil && (distro == "debian" && n <= 7 || distro == "ubuntu" && n <= 14) {
		return "--"
	}
	return "---"
}

// tree is the address of an image's files.
func tree(s Subject) string {
	if s.Mirror != "" {
		return s.Mirror
	}
	return s.Server + "/images/" + s.Image.Name
}

// subiquityArgs let casper fetch the medium whole, and cloud-init its answers.
// cloud-config-url keeps cloud-init from reading the medium as a configuration.
func subiquityArgs(s Subject, url string) []string {
	word := "url="
	if n, ok := s.Image.Major(); ok && n >= 24 {
		word = "iso-url=" // which cloud-init does not take for its own
	}
	args := []string{"ip=dhcp", word + s.Server + "/images/" + s.Image.Name + ".iso", "cloud-config-url=/dev/null"}
	if url == "" {
		return args
	}
	return append(args, "autoinstall", "ds=nocloud-net;s="+strings.TrimSuffix(url, path.Base(url)))
}

// anacondaArgs: releases up to 6 know the arguments without "inst.", those from
// 9 on no others.
func anacondaArgs(s Subject, url string) []string {
	distro, version, _ := strings.Cut(s.Image.Release, "-")
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err == nil && distro != "fedora" && n <= 6 {
		args := []string{"method=" + tree(s), "ksdevice=bootif"}
		if url != "" {
			args = append(args, "ks="+url)
		}
		return args
	}
	// dracut waits 10 s for the carrier; a switch port may take 30 s to forward.
	args := []string{"inst.repo=" + tree(s), "ip=dhcp", "rd.net.timeout.carrier=60"}
	if url != "" {
		args = append(args, "inst.ks="+url)
		if s.SyslogHost != "" && s.Questions {
			args = append(args, "inst.syslog="+s.SyslogHost) // UDP; names the spokes it stops at
		}
	}
	return args
}

func suseArgs(s Subject, url string) []string {
	if s.Image.Whole {
		return liveISOArgs(s, url)
	}
	if url != "" && path.Base(url) == Agama.FileName() {
		return []string{"inst.auto=" + url, "inst.install_url=" + tree(s)}
	}
	args := []string{"install=" + tree(s), "netsetup=dhcp"}
	if url != "" {
		args = append(args, "autoyast="+url)
	}
	return args
}
