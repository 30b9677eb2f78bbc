package reading

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
)

// Words are the words of a line of shell, quotes and backslashes resolved. It
// expands nothing.
func Words(line string) []string {
	var out []string
	var b strings.Builder
	in, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == '\'' && c == '\'', quote == '"' && c == '"':
			quote = 0
		case quote == '\'':
			b.WriteByte(c)
		case c == '\\' && i+1 < len(line) && (quote == 0 || strings.IndexByte("\\\"$`", line[i+1]) >= 0):
			i++
			b.WriteByte(line[i])
			in = true
		case quote == '"':
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote, in = c, true
		case c == ' ' || c == '\t':
			if in {
				out = append(out, b.String())
			}
			b.Reset()
			in = false
		default:
			b.WriteByte(c)
			in = true
		}
	}
	if in {
		out = append(out, b.String())
	}
	return out
}

var heredoc = regexp.MustCompile(`^(cat|base64 -d) >(\S+) <<'?([A-Z0-9-]+)'?$`)

// files are those that a script writes with here-documents, by their paths.
func files(script string) map[string]string {
	out := map[string]string{}
	lines := strings.Split(script, "\n")
	for i := 0; i < len(lines); i++ {
		m := heredoc.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		var b strings.Builder
		for i++; i < len(lines) && lines[i] != m[3]; i++ {
			b.WriteString(lines[i] + "\n")
		}
		text := b.String()
		if m[1] != "cat" {
			raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
			if err != nil {
				continue
			}
			text = string(raw)
		}
		out[strings.Join(Words(m[2]), "")] = text
	}
	return out
}

// Own reads a script that Seedbed wrote: what it does to the new system goes
// into the draft, and its user's own part becomes the post script. ok is false
// for anybody else's script.
func (d *Draft) Own(script string, line int) (ok bool) {
	if !strings.Contains(script, ".seedbed-") && !strings.Contains(script, "/events/") {
		return false
	}
	parts := files(script)
	for _, path := range slices.Sorted(maps.Keys(parts)) {
		switch text := parts[path]; {
		case strings.HasSuffix(path, "/.seedbed-accounts"):
			d.finish(text, line)
		case strings.HasSuffix(path, "/.seedbed-post"):
			d.Post(text, line, "post script")
		case strings.HasSuffix(path, "/.seedbed-end"):
			d.Own(text, line)
		}
	}
	return true
}

// Post adds a script that is run inside the new system. A second one is run by
// a shell of its own.
func (d *Draft) Post(script string, line int, what string) {
	if strings.TrimSpace(script) == "" {
		return
	}
	if !strings.HasSuffix(script, "\n") {
		script += "\n"
	}
	d.Keep(line, what, "post")
	if d.In.Post == "" {
		d.In.Post = script
		return
	}
	first := d.In.Post
	if strings.HasPrefix(first, "#!") && !isShell(first) {
		first = alone(first, 1)
	}
	d.In.Post = first + alone(script, strings.Count(first, "SEEDBED-PART")+1)
}

func isShell(script string) bool {
	first, _, _ := strings.Cut(script, "\n")
	return strings.HasSuffix(strings.Fields(first + " ")[0], "sh")
}

// alone is a script as a file of its own within another.
func alone(script string, n int) string {
	mark := fmt.Sprintf("SEEDBED-PART-%d", n)
	if !strings.HasPrefix(script, "#!") {
		script = "#!/bin/sh\n" + script
	}
	return fmt.Sprintf("cat >/root/.post-part <<'%s'\n%s%s\nchmod 700 /root/.post-part\n/root/.post-part\nrm -f /root/.post-part\n", mark, script, mark)
}

var sudoRule = regexp.MustCompile(`^echo '([a-z][-a-z0-9_]*) ALL=\(ALL:ALL\) (NOPASSWD: )?ALL' >/etc/sudoers\.d/`)

// finish reads the calls of finish.Work's script back.
func (d *Draft) finish(script string, line int) {
	for path, text := range files(script) {
		if path == "/etc/network/interfaces" {
			d.Ifupdown(script, text, line)
		} else if strings.HasPrefix(path, "/etc/netplan/") {
			d.NetplanText(text, line)
		}
	}
	for l := range strings.SplitSeq(script, "\n") {
		if m := sudoRule.FindStringSubmatch(l); m != nil {
			u := d.User(m[1])
			u.Sudo, u.NoPasswd = true, m[2] != "" && u.Password != "" && !u.Locked
			d.Keep(line, "sudo rule of "+m[1], d.UserField(m[1])+".sudo")
			continue
		}
		w := Words(l)
		if len(w) < 2 || strings.HasPrefix(l, "\t") { // within a function
			continue
		}
		d.command(l, w, line)
	}
}

// command reads one command of such a script, of two words or more.
func (d *Draft) command(l string, w []string, line int) {
	in := &d.In
	keep := func(what, field string) { d.Keep(line, what, field) }
	switch w[0] {
	case "useradd":
		d.useradd(w[1:], line)
	case "usermod":
		d.usermod(w[1:])
	case "group":
		if len(w) == 3 {
			d.Groups(d.User(w[1]), w[2:])
		}
	case "keys":
		if w[1] == "root" {
			d.Add(line, "key of root", "ssh-keys", &in.SSHKeys, w[2:]...)
		} else {
			u := d.User(w[1])
			u.SSHKeys = append(u.SSHKeys, w[2:]...)
			keep("keys of "+w[1], d.UserField(w[1])+".ssh-keys")
		}
	case "service_at_boot":
		list := &in.Services.Enable
		if w[1] == "disable" {
			list = &in.Services.Disable
		}
		d.Add(line, "service", "services."+w[1], list, w[2:]...)
	case "firewall":
		d.firewall(w[1:], line)
	case "kernel_argument":
		d.Add(line, "kernel argument", "kernel-args", &in.KernelArgs, w[1:]...)
	case "time_servers":
		in.NTPServers = nil
		d.Add(line, "time server", "ntp-servers", &in.NTPServers, w[1:]...)
	case "rpm":
		for i := range in.Repositories {
			if in.Repositories[i].Key == "" && w[1] == "--import" && len(w) == 3 {
				in.Repositories[i].Key = w[2]
				break
			}
		}
	case "printf":
		in.LocalClock = in.LocalClock || strings.Contains(l, "/etc/adjtime")
	case "[":
		if _, v, ok := strings.Cut(l, "s/^SELINUX=.*/SELINUX="); ok {
			in.SELinux, _, _ = strings.Cut(v, "/")
			keep("SELinux", "selinux")
		}
	}
}

func (d *Draft) useradd(w []string, line int) {
	u := d.User(w[len(w)-1])
	for i := 0; i+1 < len(w); i++ {
		switch w[i] {
		case "-s":
			if w[i+1] != "/bin/bash" {
				u.Shell = w[i+1]
			}
		case "-u":
			u.UID = int(number(w[i+1]))
		case "-c":
			if w[i+1] != u.Name {
				u.FullName = w[i+1]
			}
		case "-p":
			u.Password = d.Password(line, "user "+u.Name, d.UserField(u.Name), w[i+1], true)
		}
	}
}

func (d *Draft) usermod(w []string) {
	u := d.User(w[len(w)-1])
	switch w[0] {
	case "-s":
		u.Shell = w[1]
	case "-u":
		u.UID = int(number(w[1]))
	case "-L":
		u.Locked = true
	}
}

func (d *Draft) firewall(w []string, line int) {
	f := &intent.Firewall{Enabled: w[0] == "on"}
	for _, item := range w[1:] {
		kind, name, _ := strings.Cut(item, ":")
		if kind == "service" {
			f.Services = append(f.Services, name)
		} else {
			f.Ports = append(f.Ports, name)
		}
	}
	d.In.Firewall = f
	d.Keep(line, "firewall", "firewall")
}
