package agama

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
)

type object = map[string]any

type writer struct {
	*finding.List
	in *intent.Install
	s  intent.Subject
}

// profile has the sections in the order in which people read them.
type profile struct {
	Product    object `json:"product"`
	L10n       object `json:"l10n"`
	Hostname   object `json:"hostname,omitempty"`
	Root       object `json:"root"`
	User       object `json:"user,omitempty"`
	Network    object `json:"network,omitempty"`
	Proxy      object `json:"proxy,omitempty"`
	Software   object `json:"software,omitempty"`
	Storage    object `json:"storage"`
	Bootloader object `json:"bootloader,omitempty"`
	Questions  object `json:"questions"`
	Scripts    object `json:"scripts"`
}

// Agama answers everything: its questions take their default answers.
func Agama(in *intent.Install, s intent.Subject) (intent.Document, error) {
	w := &writer{List: finding.Check(in, s), in: in, s: s}
	id := "SLES"
	if strings.Contains(s.Image.Release, "leap") || strings.Contains(s.Image.Release, "suse") {
		id = "openSUSE_Leap"
	}
	keymap := intent.Or(in.Keyboard, intent.DefaultKeyboard)
	if in.Variant != "" {
		keymap += "-" + in.Variant
	}
	p := profile{
		Product:   object{"id": id},
		L10n:      object{"locale": intent.Or(in.Locale, intent.DefaultLocale), "keymap": keymap, "timezone": intent.Or(in.Timezone, intent.DefaultTimezone)},
		Questions: object{"policy": "auto"},
		Root:      w.root(), User: w.user(), Software: w.software(), Storage: w.storage(), Scripts: w.scripts(),
	}
	if h := in.HostNameFor(s); h != "" {
		p.Hostname = object{"static": h}
		if s.Domain != "" {
			p.Hostname["static"] = h + "." + s.Domain
		}
	}
	if !in.Network.Plain() {
		p.Network = w.network()
	}
	if in.Mirror.Proxy != "" {
		p.Proxy = object{"enabled": true, "httpProxy": in.Mirror.Proxy, "httpsProxy": in.Mirror.Proxy}
	}
	if len(in.KernelArgs) > 0 {
		p.Bootloader = object{"extraKernelParams": strings.Join(in.KernelArgs, " ")}
	}
	w.lost()
	if err := w.Err(); err != nil {
		return intent.Document{}, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		return intent.Document{}, fmt.Errorf("writing JSON: %w", err)
	}
	d := intent.NewDocument(intent.Agama)
	d.Bytes, d.Losses, d.NoCallback = b.Bytes(), w.Losses(), s.CallbackURL == ""
	return d, nil
}

func (w *writer) lost() {
	in := w.in
	if in.End == "poweroff" || in.End == "halt" {
		w.Lose("end", "a profile cannot say so: give the profile's kernel-args inst.finish=%s", in.End)
	}
	if in.Mirror.URL != "" {
		w.Remark("mirror.url", "the kernel argument inst.install_url names it")
	}
	if in.Mirror.Security != "" || in.Mirror.Suite != "" {
		w.Lose("mirror.security", "SUSE has neither a security archive of its own nor suites")
	}
	for i := range in.Excluded {
		w.Lose(fmt.Sprintf("excluded-packages[%d]", i), "a profile cannot leave a package out")
	}
	if w.s.FailURL != "" {
		w.Remark("(failure)", "Agama reports no failure of its own: the attempt shows as stalled")
	}
}

func (w *writer) root() object {
	r := object{}
	if w.in.RootPassword != "" {
		r["password"], r["hashedPassword"] = w.in.RootPassword, true
	}
	if keys := w.s.RootKeys(w.in); len(keys) > 0 {
		r["sshPublicKey"] = keys[0] // it makes Agama start sshd; the script adds the others
	}
	return r
}

// user is the first one; the script makes the others.
func (w *writer) user() object {
	if len(w.in.Users) == 0 {
		return nil
	}
	u := w.in.Users[0]
	return object{"fullName": intent.Or(u.FullName, u.Name), "userName": u.Name, "password": intent.Or(u.Password, "*"), "hashedPassword": true}
}

var rpmName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)

func (w *writer) software() object {
	in := w.in
	out := object{}
	if len(in.Groups) > 0 {
		out["patterns"] = in.Groups
	}
	packages := []string{"curl"}
	sudo := false
	for _, u := range in.Users {
		sudo = sudo || u.Sudo
	}
	if sudo {
		packages = append(packages, "sudo")
	}
	if f := in.Firewall; f != nil && f.Enabled {
		packages = append(packages, "firewalld")
	}
	for i, p := range in.Packages {
		if !rpmName.MatchString(p) {
			w.Bad(fmt.Sprintf("packages[%d]", i), "write the package's name alone", "%s is not the name of a package in RPM", finding.Shown(p))
		}
		packages = append(packages, p)
	}
	out["packages"] = packages
	var repos []any
	for i, r := range in.Repositories {
		repos = append(repos, object{"alias": r.Name, "name": r.Name, "url": r.URL, "allowUnsigned": r.Trusted})
		if r.Suite != "" || len(r.Components) > 0 {
			w.Lose(fmt.Sprintf("repositories[%d].suite", i), "repositories of packages in RPM have neither suite nor components")
		}
		if r.Key != "" {
			w.Lose(fmt.Sprintf("repositories[%d].key", i), "a profile takes a key's fingerprint, not its address")
		}
	}
	if len(repos) > 0 {
		out["extraRepositories"] = repos
	}
	return out
}

func (w *writer) network() object {
	all := w.in.Network.Settled(w.s)
	slave := map[string]bool{}
	for _, i := range all {
		for _, b := range i.Bond {
			slave[b] = true
		}
	}
	var list []any
	for k, i := range all {
		at := fmt.Sprintf("network.interfaces[%d].", k)
		c := object{"id": intent.Or(i.Name, fmt.Sprintf("card%d", k))}
		switch {
		case i.MAC != "":
			c["macAddress"] = i.MAC
		case i.Name != "":
			c["interface"] = i.Name
		}
		if !slave[i.Name] || i.Name == "" {
			w.addresses(at, i, c)
		}
		if i.MTU != 0 {
			c["mtu"] = i.MTU
		}
		if i.VLAN != 0 {
			c["vlan"] = object{"id": i.VLAN, "parent": i.On}
		}
		if len(i.Bond) > 0 {
			c["bond"] = object{"mode": intent.Or(i.Mode, "active-backup"), "options": "miimon=100", "ports": i.Bond}
		}
		if len(i.Routes) > 0 {
			w.Lose(at+"routes", "a profile has no static routes: add them in post")
		}
		if i.Optional {
			w.Remark(at+"optional", "NetworkManager waits for one interface only")
		}
		list = append(list, c)
	}
	return object{"connections": list}
}

func (w *writer) addresses(at string, i intent.Interface, c object) {
	four, six := "auto", "auto"
	switch i.Way() {
	case intent.None:
		four, six = "disabled", "disabled"
	case intent.Static:
		four = "disabled"
	}
	var addrs []string
	for _, p := range i.Addresses {
		addrs = append(addrs, p.String())
		if p.Addr().Is4() {
			four = "manual"
		} else {
			six = "manual"
		}
	}
	c["method4"], c["method6"] = four, six
	if len(addrs) > 0 {
		c["addresses"] = addrs
	}
	if i.Gateway.Is4() {
		c["gateway4"] = i.Gateway.String()
	} else if i.Gateway.IsValid() {
		c["gateway6"] = i.Gateway.String()
	}
	var names []string
	for _, d := range i.DNS {
		names = append(names, d.String())
	}
	if len(names) > 0 {
		c["nameservers"] = names
	}
	if len(i.Search) > 0 {
		c["dnsSearchList"] = i.Search
	}
}

// scripts are one in the new system, and one beside it that reports.
func (w *writer) scripts() object {
	in := w.in
	work := finish.Work{Keys: true, Sudo: true, Services: in.Services, Firewall: in.Firewall, SELinux: in.SELinux, Servers: in.NTPServers}
	if len(in.Users) > 0 {
		work.Made, work.Make = in.Users[:1], in.Users[1:]
		if u := in.Users[0]; u.UID != 0 {
			work.More = append(work.More, fmt.Sprintf("usermod -u %d %s", u.UID, u.Name))
		}
	}
	if keys := w.s.RootKeys(in); len(keys) > 1 {
		work.RootKeys = keys[1:]
	}
	if in.LocalClock {
		work.More = append(work.More, `printf '0.0 0 0.0\n0\nLOCAL\n' >/etc/adjtime`)
	}
	end := finish.End{Accounts: work.Script(), Post: in.Post, Why: "/root/.seedbed-why"}
	tell := "#!/bin/sh\nwhy=$(cat /mnt/root/.seedbed-why 2>/dev/null || :)\nrm -f /mnt/root/.seedbed-why\n" + finish.Tell(w.s)
	return object{"post": []any{
		object{"name": "seedbed-end.sh", "chroot": true, "content": "#!/bin/sh\n" + end.Script("")},
		object{"name": "seedbed-report.sh", "chroot": false, "content": tell},
	}}
}
