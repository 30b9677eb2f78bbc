package debian

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/image"
)

// mirror is where debian-installer takes its packages from.
type mirror struct {
	url      *url.URL
	security *url.URL // nil for none
	suite    string
	own      bool // the medium's tree on this server
	local    int  // how many of apt-setup/localN are taken
}

func mirrorOf(in *intent.Install, s intent.Subject, f *finding.List) mirror {
	m := mirror{own: in.Mirror.URL == "", suite: intent.Or(in.Mirror.Suite, s.Image.Codename)}
	source := intent.Or(in.Mirror.URL, s.Mirror)
	if source == "" {
		f.Bad("mirror.url", "give the address of a Debian mirror, as http://mirror.example/debian",
			"image %s holds no packages to install from, and no mirror is given", s.Image.Name)
	} else {
		m.url = address(source)
		if m.url == nil && in.Mirror.URL == "" {
			f.URL("mirror.url", source) // the given one is checked already
		}
	}
	if in.Mirror.Security != "" {
		m.security = address(in.Mirror.Security)
		if m.security != nil && m.security.Scheme != "http" {
			f.Bad("mirror.security", "write it with http://", "the installer reads the security archive by http only")
		}
	}
	if in.Mirror.Suite == "" {
		f.Word("mirror.suite", m.suite, suiteWord, "write a release's code name, as trixie")
	}
	return m
}

var suiteWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9/._-]*$`)

// address is a URL that can be used, or nil.
func address(source string) *url.URL {
	f := finding.New(&intent.Install{})
	return f.URL("", source)
}

// dir is a URL's path as the installer wants it: with a slash before and none
// behind.
func dir(u *url.URL) string { return "/" + strings.Trim(u.EscapedPath(), "/") }

func (m *mirror) write(p *preseed.File, in *intent.Install, s intent.Subject) {
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
func (m *mirror) services(p *preseed.File, s intent.Subject) {
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
		m.local = 1
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

// repositories are archives beside the mirror (apt-setup's localN). A flat one
// has no suite.
func repositories(p *preseed.File, in *intent.Install, m mirror) {
	for _, r := range in.Repositories {
		key := fmt.Sprintf("apt-setup/local%d/", m.local)
		m.local++
		line := strings.TrimRight(r.URL, "/") + "/ ./"
		if r.Suite != "" {
			line = strings.TrimRight(r.URL, "/") + " " + r.Suite + " " + intent.Or(strings.Join(r.Components, " "), "main")
		}
		if r.Trusted {
			line = "[trusted=yes] " + line
		}
		p.Set(key+"repository", preseed.String, line)
		p.Set(key+"comment", preseed.String, r.Name)
		if r.Key != "" {
			p.Set(key+"key", preseed.String, r.Key)
		}
	}
}
