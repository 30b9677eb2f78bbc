package boot

import (
	"net/netip"
	"path"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/image"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/fault"
)

// target is the kernel, initrds and arguments that start prof's installer on
// m. base is the path under which its answer file is served.
func (d *Desk) target(m machine.Machine, prof profile.Profile, img image.Image, p Place, base string) (*script.Target, error) {
	kernel, ok := img.Find(image.Kernel)
	if !ok && img.Family != image.Windows || !img.Netboot {
		return nil, fault.New(fault.NotFound, "import the medium again with --netboot", "image %s has no kernel that can be booted", img.Name)
	}
	for _, f := range img.Files {
		if (f.Role == image.Kernel || f.Role == image.Initrd) && !tellable(path.Base(f.Path)) {
			return nil, fault.New(fault.Invalid, "rename it in the medium's tree", "a boot loader cannot be told the file name %q", path.Base(f.Path))
		}
	}
	t := &script.Target{Kernel: "/boot/" + img.Name + "/" + path.Base(kernel.Path), MAC: m.MAC()}
	if initrd, ok := img.Find(image.Initrd); ok {
		t.Initrds = []string{"/boot/" + img.Name + "/" + path.Base(initrd.Path)}
	}
	t.Args = d.args(m, prof, img, p, base)
	if err := d.special(t, prof, img, p, base); err != nil {
		return nil, err
	}
	return t, nil
}

// tellable says whether a file name means the same in each loader's language:
// PXELINUX, for one, cannot quote a blank.
func tellable(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-+@~", rune(c)) {
			return false
		}
	}
	return name != "" && name[0] != '-'
}

// args are the installer's kernel arguments; the rehearsal's come first.
func (d *Desk) args(m machine.Machine, prof profile.Profile, img image.Image, p Place, base string) []string {
	s := d.subject(m, prof, img, p, base)
	var args []string
	if r := d.settings.Load().Rehearse; r != nil {
		args = append(args, r.KernelArgs...)
	}
	s.UserArgs = prof.KernelArgs
	url := ""
	if !prof.Manual() {
		url = p.URL(base + "/" + answer.FileName(prof.AnswerFile, img))
	}
	return append(args, answer.KernelArgs(s, url, ThroughCache(prof.Install, s))...)
}

// subject gathers what an answer file may speak of.
func (d *Desk) subject(m machine.Machine, prof profile.Profile, img image.Image, p Place, base string) answer.Subject {
	s := answer.Subject{
		Machine: m, Image: img, Profile: prof.Name, Subnet: p.Subnet,
		Server: p.URL(""), AnswerURL: p.URL(base + "/"), SyslogHost: d.syslog(p),
		Firmware: m.Firmware, HostName: m.Name, Questions: d.settings.Load().Questions,
	}
	if token := strings.TrimPrefix(base, "/answer/"); !strings.Contains(token, "/") { // not a menu's entry
		s.CallbackURL, s.FailURL = p.URL("/events/"+token+"/installed"), p.URL("/events/"+token+"/failed")
		if s.Questions {
			s.ReportURL = p.URL("/events/" + token + "/report")
		}
	}
	if p.Subnet != nil {
		s.Domain = p.Subnet.Domain
	}
	if l, ok := d.Leases.ByMAC(m.MAC()); ok && l.State == lease.Active {
		s.Lease = l
	}
	if img.Mirror {
		s.Mirror = p.URL(path.Join("/images", img.Name, img.MirrorDir))
	}
	if in := prof.Install; in != nil && in.Mirror.URL != "" {
		s.Mirror = in.Mirror.URL
	}
	d.cached(&s, prof, p)
	if r := d.settings.Load().Rehearse; r != nil {
		s.Rehearsal = &answer.Rehearsal{SSHKeys: r.SSHKeys}
	}
	return s
}

// cached sends an installer through the package cache where all that it will
// fetch comes from the cache's upstreams. A manual installation from a netboot
// image has its mirror chosen too: another could not be reached that way.
func (d *Desk) cached(s *answer.Subject, prof profile.Profile, p Place) {
	c := d.settings.Load().Cache
	if c == nil {
		return
	}
	if in := prof.Install; in != nil {
		m := in.Mirror
		all := m.Proxy == "" && m.URL != "" && c.Holds(m.URL) && (m.Security == "" || c.Holds(m.Security))
		for _, r := range in.Repositories {
			all = all && c.Holds(r.URL)
		}
		if all {
			s.Proxy = p.proxy()
		}
		return
	}
	if prof.AnswerFile != nil {
		s.Proxy = p.proxy() // for the template to use
		return
	}
	word := map[image.Family]string{image.Debian: "debian", image.Ubuntu: "ubuntu"}[s.Image.Family]
	if repo, ok := c.Distribution(word); ok && s.Mirror == "" {
		s.Mirror, s.Proxy = repo.URL.String(), p.proxy()
	}
}

// proxy is this server as an HTTP proxy. Its port is always told: libcurl, and
// with it Anaconda and zypper, takes 1080 for a proxy without one.
func (p Place) proxy() string {
	port := p.HTTPPort
	if port == 0 {
		port = 80
	}
	return "http://" + netip.AddrPortFrom(p.Server, port).String() + "/"
}

// Sample is what the answer file of a machine would be told if it came now. The
// machine need not be known; its attempt is none.
func (d *Desk) Sample(m machine.Machine, prof profile.Profile, img image.Image, p Place) answer.Subject {
	return d.subject(m, prof, img, p, "/answer/x")
}

// ThroughCache is a profile's install with the cache as its proxy.
func ThroughCache(in *answer.Install, s answer.Subject) *answer.Install {
	if in == nil || s.Proxy == "" {
		return in
	}
	through := *in
	through.Mirror.Proxy = s.Proxy
	return &through
}

// syslog is where installers send their log.
func (d *Desk) syslog(p Place) string {
	if port := d.settings.Load().SyslogPort; port != 0 && port != 514 {
		return netip.AddrPortFrom(p.Server, port).String()
	}
	return p.Server.String()
}

// answer renders the answer file of an attempt, or of a profile picked from
// the menu; the latter arms the machine.
func (d *Desk) answer(a Asked, m machine.Machine, prof profile.Profile, base string) (answer.Document, error) {
	img, ok := d.Catalogue.Get(prof.Image)
	if !ok {
		return answer.Document{}, fault.New(fault.NotFound, "import it, or name another image in the profile", "image %q of profile %q is not in the catalogue", prof.Image, prof.Name)
	}
	s := d.subject(m, prof, img, a.Place, base)
	return answer.Render(ThroughCache(prof.Install, s), prof.AnswerFile, s)
}

// MachineAt finds the machine that holds an address, by its lease.
func (d *Desk) MachineAt(addr netip.Addr) (machine.Machine, bool) {
	l, ok := d.Leases.ByAddress(addr)
	if !ok {
		return machine.Machine{}, false
	}
	return d.Roster.ByMAC(l.MAC)
}
