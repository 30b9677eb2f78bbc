package ubuntu

import (
	"fmt"
	"regexp"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/fault"
)

type reader struct {
	*reading.Draft
	early string
}

// quiet are keys about the installer's manners, or of no effect here.
var quiet = strings.Fields(`version interactive-sections refresh-installer reporting updates source error-commands`)

var lostWhy = map[string]string{
	"snaps": "install snaps in post", "drivers": "install drivers in post", "codecs": "install codecs in post", "ubuntu-pro": "attach it in post",
	"oem": "install it in post", "active-directory": "join it in post", "debconf-selections": "answers for debconf are given in post", "kernel": "the distribution's kernel is installed",
	"kernel-crash-dumps": "set crash dumps up in post", "zdevs": "the neutral install knows no devices of IBM Z",
}

// Autoinstall reads a file of Ubuntu's live-server installer.
func Autoinstall(file, text string) (*reading.Draft, error) {
	d := reading.New(file, "ubuntu")
	doc, err := reading.Parse(text)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "mend it: seedbed lint shows where", "%s is no YAML", file)
	}
	r := &reader{Draft: d}
	a := doc.Get("autoinstall")
	if !a.There() {
		a = doc
	} else {
		doc.Each(func(key string, v reading.Node) {
			if key != "autoinstall" {
				r.Lose(v.Line, key, "beside autoinstall: it is for cloud-init of the installer's own system")
			}
		})
	}
	for _, c := range a.Get("early-commands").List() {
		r.early += command(c) + "\n"
	}
	r.Picks(r.early, "seedbed-disk-%d")
	handlers := r.handlers(a)
	a.Each(func(key string, v reading.Node) {
		switch f := handlers[key]; {
		case f != nil:
			f(v)
		case key == "refresh-installer" && v.Get("update").Text() == "true":
			r.Lose(v.Line, key, "it is about the installer, not about the new system")
		case key == "updates" && v.Text() == "all":
			r.Lose(v.Line, key, "only security updates are installed: upgrade in post")
		case strings.Contains(" "+strings.Join(quiet, " ")+" ", " "+key+" "):
			r.Keep(v.Line, key, "")
		case lostWhy[key] != "":
			r.Lose(v.Line, key, "%s", lostWhy[key])
		default:
			r.Lose(v.Line, key, "the neutral install has nothing like it")
		}
	})
	d.Simple()
	return d, nil
}

func (r *reader) text(into *string, field string) func(reading.Node) {
	return func(v reading.Node) {
		*into = v.Text()
		r.Keep(v.Line, field, field)
	}
}

func (r *reader) handlers(a reading.Node) map[string]func(reading.Node) {
	in := &r.In
	return map[string]func(reading.Node){
		"locale": r.text(&in.Locale, "locale"), "timezone": r.text(&in.Timezone, "timezone"), "proxy": r.text(&in.Mirror.Proxy, "mirror.proxy"),
		"keyboard": func(v reading.Node) {
			in.Keyboard, in.Variant = v.Get("layout").Text(), v.Get("variant").Text()
			r.Keep(v.Line, "keyboard", "keyboard")
			if v.Get("toggle").There() {
				r.Lose(v.Line, "keyboard toggle", "the neutral install has one layout")
			}
		},
		"network": func(v reading.Node) {
			if inner := v.Get("network"); inner.There() { // the form of 20.04
				v = inner
			}
			r.Netplan(v)
		},
		"apt": r.apt, "storage": r.storage, "identity": r.identity, "ssh": r.ssh, "user-data": r.userData,
		"packages": func(v reading.Node) {
			for _, p := range v.List() {
				if g, ok := strings.CutSuffix(p.Text(), "^"); ok {
					r.Add(p.Line, "task", "groups", &in.Groups, g)
				} else {
					r.Add(p.Line, "package", "packages", &in.Packages, p.Text())
				}
			}
		},
		"early-commands": func(v reading.Node) {
			if strings.Contains(r.early, "$(pick ") || strings.Contains(r.early, "seedbed-bios") {
				r.Keep(v.Line, "Seedbed's own early command", "storage.disk")
				return
			}
			r.Lose(v.Line, "early-commands", "the neutral install runs nothing before the installation")
		},
		"late-commands": r.late,
		"shutdown":      r.text(&in.End, "end"),
	}
}

// command is one command: a text for a shell, or a list of words.
func command(n reading.Node) string {
	if n.IsText() {
		return n.Text()
	}
	return strings.Join(n.Texts(), " ")
}

var curtin = regexp.MustCompile(`^curtin in-target (--target[= ]\S+ )?(-- )?`)

func (r *reader) late(v reading.Node) {
	var lines []string
	var at int
	outside := false
	for _, c := range v.List() {
		text := command(c)
		if r.Own(text, c.Line) || strings.Contains(text, "/root/.seedbed-") || strings.Contains(text, "seedbed-why") {
			r.Keep(c.Line, "Seedbed's own late command", "")
			continue
		}
		at = c.Line
		if rest := curtin.ReplaceAllString(text, ""); rest != text {
			if w := reading.Words(rest); len(w) == 3 && w[1] == "-c" {
				rest = w[2]
			} else if c.IsList() && len(w) > 3 && w[1] == "-c" {
				rest = strings.Join(w[2:], " ")
			}
			lines = append(lines, rest)
			continue
		}
		outside = true
		lines = append(lines, strings.ReplaceAll(text, "/target/", "/"))
	}
	r.Post(strings.Join(lines, "\n"), at, "late-commands")
	if outside {
		r.Change(at, "late-commands", "post", "some of them ran in the installer, beside the new system; all run inside now, with /target gone from their paths")
	}
}

func (r *reader) identity(v reading.Node) {
	if h := v.Get("hostname"); h.Text() != "" {
		r.Host(h.Line, "identity hostname", h.Text())
	}
	name := v.Get("username").Text()
	if name == "" {
		return
	}
	u := r.User(name)
	field := r.UserField(name)
	r.Keep(v.Line, "identity "+name, field)
	if full := v.Get("realname").Text(); full != name {
		u.FullName = full
	}
	u.Sudo = true
	u.Password = r.Password(v.Get("password").Line, "identity password", field+".password", v.Get("password").Text(), true)
}

func (r *reader) ssh(v reading.Node) {
	if v.Get("install-server").Text() == "true" {
		r.Keep(v.Line, "ssh install-server", "")
		own := false
		for _, u := range append([]intent.User{{SSHKeys: r.In.SSHKeys}}, r.In.Users...) {
			own = own || len(u.SSHKeys) > 0
		}
		if !own {
			r.Add(v.Line, "package", "packages", &r.In.Packages, "openssh-server")
		}
	}
	keys := v.Get("authorized-keys").Texts()
	if len(keys) > 0 && len(r.In.Users) > 0 { // they are the identity's
		u := &r.In.Users[0]
		for _, k := range v.Get("authorized-keys").List() {
			u.SSHKeys = append(u.SSHKeys, k.Text())
		}
		r.Keep(v.Line, "ssh authorized-keys", "users[0].ssh-keys")
	} else if len(keys) > 0 {
		r.Lose(v.Line, "ssh authorized-keys", "there is no identity that they belong to")
	}
	if v.Get("allow-pw").There() {
		if v.Get("allow-pw").Text() == "false" {
			r.Lose(v.Line, "ssh allow-pw", "logins by password are as the distribution has them: forbid them in post")
		} else {
			r.Keep(v.Line, "ssh allow-pw", "")
		}
	}
}

func (r *reader) apt(v reading.Node) {
	m := &r.In.Mirror
	first := func(n reading.Node) (reading.Node, bool) {
		for _, p := range n.List() {
			if p.Get("uri").There() {
				return p.Get("uri"), true
			}
		}
		return reading.Node{}, false
	}
	v.Each(func(key string, c reading.Node) {
		switch key {
		case "primary", "mirror-selection":
			if key == "mirror-selection" {
				c = c.Get("primary")
			}
			if u, ok := first(c); ok {
				m.URL = u.Text()
				r.Keep(u.Line, "apt primary", "mirror.url")
			}
		case "security":
			if u, ok := first(c); ok {
				m.Security = u.Text()
				r.Keep(u.Line, "apt security", "mirror.security")
			}
		case "sources":
			c.Each(r.source)
		case "geoip", "fallback", "preserve_sources_list":
			r.Keep(c.Line, "apt "+key, "")
		default:
			r.Lose(c.Line, "apt "+key, "the neutral install has nothing like it")
		}
	})
}

func (r *reader) source(name string, s reading.Node) {
	line := s.Get("source").Text()
	if strings.HasPrefix(line, "ppa:") || s.Get("key").There() || s.Get("keyid").There() {
		r.Lose(s.Line, "apt source "+name, "archives of Launchpad and keys in the file have no counterpart: add them in post")
		return
	}
	p := intent.Repository{Name: strings.TrimSuffix(name, ".list")}
	line = strings.TrimPrefix(strings.ReplaceAll(line, "$RELEASE", ""), "deb ")
	if rest, ok := strings.CutPrefix(line, "["); ok {
		options, after, _ := strings.Cut(rest, "]")
		p.Trusted, line = strings.Contains(options, "trusted=yes"), after
	}
	w := strings.Fields(line)
	if len(w) == 0 {
		return
	}
	p.URL = strings.TrimRight(w[0], "/")
	if len(w) > 1 && w[1] != "./" {
		p.Suite, p.Components = w[1], w[2:]
	}
	r.Keep(s.Line, "apt source "+name, fmt.Sprintf("repositories[%d]", len(r.In.Repositories)))
	r.In.Repositories = append(r.In.Repositories, p)
}

// userData is what cloud-init does in the new system.
func (r *reader) userData(v reading.Node) {
	v.Each(func(key string, c reading.Node) {
		switch key {
		case "hostname", "fqdn":
			if key == "hostname" && v.Get("fqdn").There() {
				return
			}
			r.Host(c.Line, "user-data "+key, c.Text())
		case "users":
			for _, u := range c.List() {
				r.account(u)
			}
		case "timezone":
			r.text(&r.In.Timezone, "timezone")(c)
		case "locale":
			r.text(&r.In.Locale, "locale")(c)
		case "packages":
			r.Add(c.Line, "package", "packages", &r.In.Packages, c.Texts()...)
		case "disable_root", "preserve_hostname", "package_update", "ssh_pwauth":
			r.Keep(c.Line, "user-data "+key, "")
		case "runcmd":
			var lines []string
			for _, l := range c.List() {
				lines = append(lines, command(l))
			}
			r.Post(strings.Join(lines, "\n"), c.Line, "user-data runcmd")
			r.Change(c.Line, "user-data runcmd", "post", "it ran when the new system came up first; it runs at the end of the installation now")
		case "ssh_authorized_keys":
			for _, k := range c.List() {
				r.Add(k.Line, "key", "ssh-keys", &r.In.SSHKeys, k.Text())
			}
		case "chpasswd":
			r.chpasswd(c)
		default:
			r.Lose(c.Line, "user-data "+key, "the neutral install has nothing like it: do it in post")
		}
	})
}

func (r *reader) chpasswd(c reading.Node) {
	set := func(line int, name, password string) {
		crypted := strings.HasPrefix(password, "$")
		if name == "root" {
			r.In.RootPassword = r.Password(line, "chpasswd root", "root-password", password, crypted)
			return
		}
		u := r.User(name)
		u.Password = r.Password(line, "chpasswd "+name, r.UserField(name), password, crypted)
	}
	for _, u := range c.Get("users").List() {
		set(u.Line, u.Get("name").Text(), u.Get("password").Text())
	}
	list := c.Get("list")
	lines := strings.Split(list.Text(), "\n")
	for _, l := range list.List() {
		lines = append(lines, l.Text())
	}
	for _, l := range lines {
		if name, password, ok := strings.Cut(strings.TrimSpace(l), ":"); ok {
			set(list.Line, name, password)
		}
	}
}

func (r *reader) account(u reading.Node) {
	name := u.Get("name").Text()
	if u.IsText() || name == "" {
		r.Lose(u.Line, "user-data user "+u.Text(), "the image's default account is not made")
		return
	}
	hash := u.Get("hashed_passwd").Text()
	if hash == "" {
		hash = u.Get("passwd").Text()
	}
	var keys []string
	for _, k := range u.Get("ssh_authorized_keys").List() {
		keys = append(keys, k.Text())
	}
	if u.Get("plain_text_passwd").There() {
		hash = u.Get("plain_text_passwd").Text()
	}
	crypted := !u.Get("plain_text_passwd").There()
	if name == "root" {
		if hash != "" {
			r.In.RootPassword = r.Password(u.Line, "user-data root", "root-password", hash, crypted)
		}
		r.Add(u.Line, "key of root", "ssh-keys", &r.In.SSHKeys, keys...)
		return
	}
	a := r.User(name)
	field := r.UserField(name)
	a.Password = r.Password(u.Line, "user-data user "+name, field, hash, crypted)
	a.Locked = a.Password != "" && u.Get("lock_passwd").Text() == "true"
	a.SSHKeys, a.UID = append(a.SSHKeys, keys...), int(reading.Number(u.Get("uid").Text()))
	if full := u.Get("gecos").Text(); full != name {
		a.FullName = full
	}
	if sh := u.Get("shell").Text(); sh != "/bin/bash" {
		a.Shell = sh
	}
	r.Groups(a, u.Get("groups").Texts())
	rule := u.Get("sudo").Text()
	for _, s := range u.Get("sudo").List() {
		rule += s.Text()
	}
	if rule != "" && rule != "false" && rule != "null" {
		a.Sudo = true
		a.NoPasswd = strings.Contains(rule, "NOPASSWD") && a.Password != "" && !a.Locked
	}
}
