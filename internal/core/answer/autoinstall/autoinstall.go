package autoinstall

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/network"
)

// file is the autoinstall section in the order of its reference
// (canonical-subiquity.readthedocs-hosted.com, "Autoinstall configuration
// reference manual").
type file struct {
	Version       int            `yaml:"version"`
	Interactive   []string       `yaml:"interactive-sections"`
	Refresh       map[string]any `yaml:"refresh-installer"`
	Early         []string       `yaml:"early-commands,omitempty"`
	Locale        string         `yaml:"locale"`
	Keyboard      map[string]any `yaml:"keyboard"`
	Timezone      string         `yaml:"timezone"`
	Network       map[string]any `yaml:"network,omitempty"`
	Proxy         string         `yaml:"proxy,omitempty"`
	Apt           map[string]any `yaml:"apt"`
	Storage       map[string]any `yaml:"storage"`
	SSH           map[string]any `yaml:"ssh"`
	Packages      []string       `yaml:"packages,omitempty"`
	Updates       string         `yaml:"updates"`
	UserData      map[string]any `yaml:"user-data"`
	Reporting     map[string]any `yaml:"reporting,omitempty"`
	Late          []string       `yaml:"late-commands,omitempty"`
	ErrorCommands []string       `yaml:"error-commands"`
	Shutdown      string         `yaml:"shutdown"`
}

// Autoinstall answers everything: what is not said takes the installer's
// default, and it fails where it has none.
func Autoinstall(in *intent.Install, s intent.Subject) (intent.Document, error) {
	f := finding.Check(in, s)
	keyboard := map[string]any{"layout": intent.Or(in.Keyboard, intent.DefaultKeyboard)}
	if in.Variant != "" {
		keyboard["variant"] = in.Variant
	}
	a := file{
		Version: 1, Interactive: []string{}, Refresh: map[string]any{"update": false},
		Locale: intent.Or(in.Locale, intent.DefaultLocale), Keyboard: keyboard, Timezone: intent.Or(in.Timezone, intent.DefaultTimezone),
		Proxy: in.Mirror.Proxy, Apt: apt(in, s, f), SSH: ssh(in, s), Packages: packages(in, f), Updates: "security",
		UserData: userData(in, s), Shutdown: map[string]string{"poweroff": "poweroff", "halt": "poweroff"}[in.End],
	}
	if a.Shutdown == "" {
		a.Shutdown = "reboot"
	}
	if !in.Network.Plain() {
		a.Network = network.Netplan(in.Network.Settled(s))
	}
	var early string
	a.Storage, early = storage(in.Storage.Filled(), s, f)
	if early != "" {
		a.Early = []string{early}
	}
	a.Late = late(in, s)
	a.ErrorCommands = []string{onError(s)}
	if s.ReportURL != "" {
		a.Reporting = map[string]any{"seedbed": map[string]any{"type": "webhook", "endpoint": s.ReportURL, "level": "INFO"}}
	}
	losses(in, f)
	if err := f.Err(); err != nil {
		return intent.Document{}, err
	}
	d := intent.NewDocument(intent.Autoinstall)
	head := "#cloud-config\n# Answers for Ubuntu's installer, made by Seedbed.\n# " +
		finding.Comment(s.Purpose()) + "\n"
	body, err := text(map[string]any{"autoinstall": a})
	if err != nil {
		return intent.Document{}, err
	}
	meta, err := text(map[string]any{"instance-id": s.Machine.Name})
	if err != nil {
		return intent.Document{}, err
	}
	d.Bytes = append([]byte(head), body...)
	// cloud-init wants all three under one address; an absent vendor-data costs
	// ten retries.
	d.Extra["meta-data"], d.Extra["vendor-data"] = meta, []byte{}
	d.NoCallback = s.CallbackURL == ""
	d.Losses = f.Losses()
	return d, nil
}

// onError is what an installer does that has stopped, for it only waits then:
// it tells the server, or whoever stands before the machine where there is none.
func onError(s intent.Subject) string {
	if u := s.FailWith("installer"); u != "" {
		return finish.Failure(u, "/var/log/installer/*.log", "/var/log/curtin/*.log")
	}
	return "tail -n 30 /var/log/installer/curtin-install.log /var/log/installer/subiquity-server-debug.log >/dev/console 2>&1 || true"
}

func text(v any) ([]byte, error) {
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing YAML: %w", err)
	}
	return []byte(b.String()), nil
}

func losses(in *intent.Install, f *finding.List) {
	if in.SELinux != "" && in.SELinux != "disabled" {
		f.Lose("selinux", "Ubuntu is installed without SELinux")
	}
	for i := range in.Excluded {
		f.Lose(fmt.Sprintf("excluded-packages[%d]", i), "the base system comes as one image; nothing can be left out")
	}
	if in.End == "halt" {
		f.Lose("end", "the installer can reboot or power off; it powers off")
	}
	if len(in.KernelArgs)+len(in.NTPServers)+len(in.Services.Enable)+len(in.Services.Disable) > 0 || in.Firewall != nil || in.LocalClock {
		f.Remark("services", "services, firewall, clock, time servers and kernel arguments are set by a late command")
	}
}

// apt is where packages come from. Without a mirror the installer tries
// Ubuntu's own and goes on without one where it cannot be reached; releases
// before 23.04 do not know the word for that and find out by themselves.
func apt(in *intent.Install, s intent.Subject, f *finding.List) map[string]any {
	a := map[string]any{"geoip": false}
	if v := intent.Version(s.Image.Release); v == 0 || v >= 23 {
		a["fallback"] = "offline-install"
	}
	m := in.Mirror
	if m.URL != "" {
		a["primary"] = []any{map[string]any{"arches": []string{"default"}, "uri": m.URL}}
	}
	if m.Security != "" {
		a["security"] = []any{map[string]any{"arches": []string{"default"}, "uri": m.Security}}
	}
	if m.Suite != "" && m.Suite != s.Image.Codename {
		f.Lose("mirror.suite", "the installer takes its own release's suite")
	}
	if m.Trusted {
		f.Lose("mirror.trusted", "the installer verifies its mirror always")
	}
	sources := map[string]any{}
	for i, r := range in.Repositories {
		line := "deb "
		if r.Trusted {
			line += "[trusted=yes] "
		}
		if r.Suite == "" {
			line += strings.TrimRight(r.URL, "/") + "/ ./"
		} else {
			line += r.URL + " " + r.Suite + " " + intent.Or(strings.Join(r.Components, " "), "main")
		}
		sources[r.Name+".list"] = map[string]any{"source": line}
		if r.Key != "" {
			f.Lose(fmt.Sprintf("repositories[%d].key", i), "cloud-init takes a key's text or number, not its address")
		}
	}
	if len(sources) > 0 {
		a["sources"] = sources
	}
	return a
}

func ssh(in *intent.Install, s intent.Subject) map[string]any {
	keys := len(s.RootKeys(in)) > 0
	for _, u := range in.Users {
		keys = keys || len(u.SSHKeys) > 0
	}
	return map[string]any{"install-server": keys}
}

func packages(in *intent.Install, f *finding.List) []string {
	all := append([]string(nil), in.Packages...)
	for i, g := range in.Groups {
		if strings.ContainsAny(g, " ") {
			f.Bad(fmt.Sprintf("groups[%d]", i), "write a task's name, as standard", "%q is not a task of Ubuntu", g)
			continue
		}
		all = append(all, strings.TrimPrefix(g, "^")+"^") // apt-get's word for a task
	}
	if w := in.Firewall; w != nil && w.Enabled {
		all = append(all, "ufw")
	}
	return all
}

// userData is what cloud-init does when the new system comes up for the first
// time: it makes the accounts.
func userData(in *intent.Install, s intent.Subject) map[string]any {
	root := map[string]any{"name": "root", "lock_passwd": in.RootPassword == ""}
	if in.RootPassword != "" {
		root["hashed_passwd"] = in.RootPassword // passwd is for new accounts only
	}
	if keys := s.RootKeys(in); len(keys) > 0 {
		root["ssh_authorized_keys"] = keys
	}
	users := []any{root}
	for _, u := range in.Users {
		m := map[string]any{"name": u.Name, "gecos": intent.Or(u.FullName, u.Name), "shell": intent.Or(u.Shell, "/bin/bash"),
			"lock_passwd": u.Password == "" || u.Locked}
		if u.Password != "" {
			m["passwd"] = u.Password
		}
		if len(u.SSHKeys) > 0 {
			m["ssh_authorized_keys"] = u.SSHKeys
		}
		if len(u.Groups) > 0 {
			m["groups"] = u.Groups
		}
		if u.UID != 0 {
			m["uid"] = u.UID
		}
		if u.Sudo {
			m["sudo"] = "ALL=(ALL:ALL) ALL"
			if u.AsksNoPassword() {
				m["sudo"] = "ALL=(ALL:ALL) NOPASSWD: ALL"
			}
		}
		users = append(users, m)
	}
	data := map[string]any{"disable_root": false, "users": users}
	if h := in.HostNameFor(s); h != "" {
		data["hostname"] = h
		if s.Domain != "" {
			data["fqdn"] = h + "." + s.Domain
		}
	}
	return data
}

// late are the commands at the end, in the installer's own system: the rest of
// the work in the new one, and the report. They end well whatever happens; one
// that fails would stop the installer.
func late(in *intent.Install, s intent.Subject) []string {
	work := finish.Work{Services: in.Services, Firewall: in.Firewall, Arguments: in.KernelArgs, Servers: in.NTPServers}
	if in.LocalClock {
		work.More = append(work.More, `printf '0.0 0 0.0\n0\nLOCAL\n' >/etc/adjtime`)
	}
	end := finish.End{Accounts: work.Script(), Post: in.Post, Why: "/root/.seedbed-why"}
	var commands []string
	if end.Accounts != "" || end.Post != "" {
		commands = append(commands, finish.File("/target/root/.seedbed-end", end.Script(""), ""),
			"curtin in-target -- sh /root/.seedbed-end || echo end >/target/root/.seedbed-why")
	}
	tell := "why=$(cat /target/root/.seedbed-why 2>/dev/null || :)\nrm -f /target/root/.seedbed-end /target/root/.seedbed-why\n" + finish.Tell(s)
	return append(commands, tell)
}
