package coreos

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"seedbed/internal/core/answer/reading"
	"seedbed/internal/fault"
)

type reader struct{ *reading.Draft }

// Ignition reads a configuration.
func Ignition(file, text string) (*reading.Draft, error) {
	doc, err := reading.Parse(text)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "mend it: seedbed lint shows where", "%s is no JSON", file)
	}
	r := &reader{reading.New(file, "coreos")}
	for _, f := range doc.Get("storage").Get("files").List() {
		if f.Get("path").Text() == "/etc/seedbed/target.ign" {
			if inner, ok := content(f); ok {
				r.Keep(f.Line, "the new system's own configuration", "")
				return Ignition(file, inner)
			}
		}
	}
	doc.Each(r.section)
	r.Simple()
	return r.Draft, nil
}

func (r *reader) section(key string, v reading.Node) {
	switch key {
	case "ignition":
		r.Keep(v.Line, key, "")
		for _, k := range []string{"config", "security", "proxy"} {
			if c := v.Get(k); says(c) {
				r.Lose(c.Line, "ignition "+k, "what it brings in is not known here")
			}
		}
	case "passwd":
		for _, u := range v.Get("users").List() {
			r.user(u)
		}
		for _, g := range v.Get("groups").List() {
			r.Lose(g.Line, "group "+g.Get("name").Text(), "groups are made for users only")
		}
	case "storage":
		r.storage(v)
	case "systemd":
		for _, u := range v.Get("units").List() {
			r.unit(u)
		}
	case "kernelArguments":
		r.Add(v.Line, "kernel argument", "kernel-args", &r.In.KernelArgs, v.Get("shouldExist").Texts()...)
		if v.Get("shouldNotExist").There() {
			r.Lose(v.Line, "kernelArguments shouldNotExist", "arguments are added only")
		}
	default:
		r.Lose(v.Line, key, "the neutral install has nothing like it")
	}
}

// says whether there is more in a value than empty lists and objects.
func says(n reading.Node) bool {
	any := n.IsText() && n.Text() != ""
	n.Each(func(_ string, v reading.Node) { any = any || says(v) })
	for _, c := range n.List() {
		any = any || says(c)
	}
	return any
}

func (r *reader) user(n reading.Node) {
	name := n.Get("name").Text()
	var keys []string
	for _, k := range n.Get("sshAuthorizedKeys").List() {
		keys = append(keys, k.Text())
	}
	hash := n.Get("passwordHash").Text()
	if name == "root" {
		if hash != "" {
			r.In.RootPassword = r.Password(n.Line, "user root", "root-password", hash, true)
		}
		r.Add(n.Line, "key of root", "ssh-keys", &r.In.SSHKeys, keys...)
		return
	}
	u := r.User(name)
	u.Password = r.Password(n.Line, "user "+name, r.UserField(name), hash, true)
	u.FullName, u.Shell, u.UID, u.SSHKeys = n.Get("gecos").Text(), n.Get("shell").Text(), int(reading.Number(n.Get("uid").Text())), keys
	r.Groups(u, n.Get("groups").Texts())
}

// content is a file's text, where it stands in the configuration.
func content(f reading.Node) (string, bool) {
	source := f.Get("contents").Get("source").Text()
	if f.Get("contents").Get("compression").Text() != "" {
		return "", false
	}
	rest, ok := strings.CutPrefix(source, "data:")
	if !ok {
		return "", source == ""
	}
	head, data, _ := strings.Cut(rest, ",")
	if strings.HasSuffix(head, ";base64") {
		b, err := base64.StdEncoding.DecodeString(data)
		return string(b), err == nil
	}
	text, err := url.PathUnescape(data)
	return text, err == nil
}

var rule = regexp.MustCompile(`^([a-z][-a-z0-9_]*) ALL=\(ALL:ALL\) (NOPASSWD: )?ALL`)

func (r *reader) storage(v reading.Node) {
	for _, key := range []string{"disks", "raid", "filesystems", "luks", "directories"} {
		if c := v.Get(key); says(c) {
			r.Lose(c.Line, "storage "+key, "the neutral install's layout is one to install on; Ignition's is beside the system's own disk")
		}
	}
	for _, l := range v.Get("links").List() {
		_, zone, ok := strings.Cut(l.Get("target").Text(), "zoneinfo/")
		if l.Get("path").Text() == "/etc/localtime" && ok {
			r.In.Timezone = zone
			r.Keep(l.Line, "time zone", "timezone")
			continue
		}
		r.Lose(l.Line, "link "+l.Get("path").Text(), "make links in post")
	}
	network := map[string]string{}
	line := 0
	for _, f := range v.Get("files").List() {
		path := f.Get("path").Text()
		text, ok := content(f)
		what := "file " + path
		switch {
		case !ok:
			r.Lose(f.Line, what, "its text does not stand in the configuration")
		case path == "/etc/hostname":
			r.Host(f.Line, what, strings.TrimSpace(text))
		case path == "/etc/vconsole.conf":
			if _, k, has := strings.Cut(text, "KEYMAP="); has {
				r.In.Keyboard, r.In.Variant, _ = strings.Cut(strings.Trim(strings.Fields(k + " ")[0], `"`), "-")
				r.Keep(f.Line, what, "keyboard")
			}
		case path == "/etc/adjtime":
			r.In.LocalClock = strings.Contains(text, "LOCAL")
			r.Keep(f.Line, what, "utc")
		case path == "/etc/seedbed/end.sh":
			r.Own(text, f.Line)
			r.Keep(f.Line, "Seedbed's own "+what, "post")
		case strings.HasPrefix(path, "/etc/sudoers.d/") && rule.MatchString(text):
			m := rule.FindStringSubmatch(text)
			u := r.User(m[1])
			u.Sudo, u.NoPasswd = true, m[2] != "" && u.Password != ""
			r.Keep(f.Line, what, r.UserField(m[1])+".sudo")
		case strings.HasPrefix(path, "/etc/NetworkManager/system-connections/"):
			network[path], line = text, f.Line
			r.Keep(f.Line, what, "network")
		default:
			mode := reading.Number(f.Get("mode").Text())
			if mode == 0 {
				mode = 0o644
			}
			r.Post(fmt.Sprintf("mkdir -p %s\ncat >%s <<'SEEDBED-FILE'\n%s\nSEEDBED-FILE\nchmod %o %s\n", dir(path), path, strings.TrimRight(text, "\n"), mode, path), f.Line, what)
			r.Change(f.Line, what, "post", "the post script writes it")
		}
	}
	if len(network) > 0 {
		r.Keyfiles(network, line)
	}
}

func dir(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

func (r *reader) unit(u reading.Node) {
	name := u.Get("name").Text()
	short := strings.TrimSuffix(name, ".service")
	switch {
	case strings.HasPrefix(name, "seedbed-"):
		r.Keep(u.Line, "Seedbed's own unit "+name, "")
	case u.Get("contents").There() || u.Get("dropins").There():
		r.Lose(u.Line, "unit "+name, "write units in post, and enable them there")
	case u.Get("mask").Text() == "true" || u.Get("enabled").Text() == "false":
		r.Add(u.Line, "service", "services.disable", &r.In.Services.Disable, short)
	default:
		r.Add(u.Line, "service", "services.enable", &r.In.Services.Enable, short)
	}
}
