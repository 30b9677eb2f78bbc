package answer

import (
	"net/url"
	"strings"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/image"
)

// mirror is where debian-installer takes its packages from.
type mirror struct {
	url      *url.URL
	security *url.URL // nil for none
	suite    string
	own      bool // the medium's tree on this server
}

func mirrorOf(in *Install, s Subject, f *findings) mirror {
	m := mirror{own: in.Mirror.URL == "", suite: or(in.Mirror.Suite, s.Image.Codename)}
	source := or(in.Mirror.URL, s.Mirror)
	if source == "" {
		f.bad("mirror.url", "give the address of a Debian mirror, as http://mirror.example/debian",
			"image %s holds no packages to install from, and no mirror is given", s.Image.Name)
	} else {
		m.url = f.url("mirror.url", source)
	}
	if in.Mirror.Proxy != "" {
		f.url("mirror.proxy", in.Mirror.Proxy)
	}
	if in.Mirror.Security != "" {
		m.security = f.url("mirror.security", in.Mirror.Security)
		if m.security != nil && m.security.Scheme != "http" {
			f.bad("mirror.security", "write it with http://", "the installer reads the security archive by http only")
		}
	}
	f.word("mirror.suite", m.suite, suiteWord, "write a release's code name, as trixie")
	return m
}

// dir is a URL's path as the installer wants it: with a slash before and none
// behind.
func dir(u *url.URL) string { return "/" + strings.Trim(u.EscapedPath(), "/") }

func (m mirror) write(p *preseed.File, in *Install, s Subject) {
	p.Section("Packages come from here.")
	p.Set("mirror/country", preseed.String, "manual")
	scheme := m.url.Scheme
	p.Set("mirror/protocol", preseed.Select, scheme)
	p.Set("mirror/"+scheme+"/hostname", preseed.String, m.url.Host)
	p.Set("mirror/"+scheme+"/directory", preseed.String, dir(m.url))
	p.Set("mirror/"+scheme+"/proxy", preseed.String, in.Mirror.Proxy)
	if m.suite != "" {
		p.Set("mirror/suite", preseed.Select, m.suite)
	}
	if in.Mirror.Trusted || m.own && !s.Image.Signed {
		p.Comment("The Release file of this source cannot be verified.")
		p.Yes("debian-installer/allow_unauthenticated")
	}
	if m.own && s.Image.Family == image.Ubuntu && s.Image.Release != "ubuntu-12.04" {
		// Ubuntu's server media of 12.10 and later hold the base system in a
		// squashfs and not as packages.
		p.Set("live-installer/net-image", preseed.String, strings.TrimSuffix(m.url.String(), "/")+"/install/filesystem.squashfs")
	}
	m.services(p, s)
	p.No("apt-setup/non-free-firmware", "apt-setup/non-free", "apt-setup/contrib",
		"apt-setup/enable-source-repositories", "apt-setup/cdrom/set-first")
}

// services are the archives beside the mirror: those that cannot be reached
// make the installer stop and ask, so there is none unless it is given.
func (m mirror) services(p *preseed.File, s Subject) {
	if m.security == nil {
		p.Set("apt-setup/services-select", preseed.Multiselect, "")
		p.Set("apt-setup/security_host", preseed.String, "")
		return
	}
	switch {
	case s.Image.Family == image.Ubuntu:
		p.Set("apt-setup/services-select", preseed.Multiselect, "security")
		p.Set("apt-setup/security_host", preseed.String, m.security.Host)
		p.Set("apt-setup/security_path", preseed.String, dir(m.security))
	case dir(m.security) == "/debian-security":
		p.Set("apt-setup/services-select", preseed.Multiselect, "security")
		p.Set("apt-setup/security_host", preseed.String, m.security.Host)
	default: // Debian's installer knows that one path only
		p.Set("apt-setup/services-select", preseed.Multiselect, "")
		p.Set("apt-setup/local0/repository", preseed.String, strings.TrimSuffix(m.security.String(), "/")+" "+securitySuite(m.suite)+" main")
		p.Set("apt-setup/local0/comment", preseed.String, "security updates")
	}
}

// securitySuite is the suite of Debian's security archive: SUITE-security
// since bullseye.
func securitySuite(suite string) string {
	switch suite {
	case "squeeze", "wheezy", "jessie", "stretch", "buster":
		return suite + "/updates"
	}
	return suite + "-security"
}
