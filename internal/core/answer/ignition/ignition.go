package ignition

import (
	"bytes"
	"encoding/json"
	"fmt"

	config "github.com/coreos/ignition/v2/config/v3_3"
	"github.com/coreos/ignition/v2/config/v3_3/types"
	"github.com/vincent-petithory/dataurl"

	"seedbed/internal/core/answer/finish"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/network"
	"seedbed/internal/core/image"
)

// version is that of the specification: Ignition of Fedora CoreOS since 34 and
// of Flatcar since 3185 reads it, and so does every later one.
const version = "3.3.0"

type writer struct {
	*finding.List
	in      *intent.Install
	s       intent.Subject
	flatcar bool
}

// Ignition makes the new system's accounts, files and units. There is nothing
// that its installer asks.
func Ignition(in *intent.Install, s intent.Subject) (intent.Document, error) {
	w := &writer{List: finding.Check(in, s), in: in, s: s, flatcar: s.Image.Family == image.Flatcar}
	c := w.target()
	w.lost()
	if err := w.Err(); err != nil {
		return intent.Document{}, err
	}
	text, err := encode(c)
	if err == nil && s.AnswerURL != "" {
		text, err = encode(w.live(text))
	}
	if err != nil {
		return intent.Document{}, err
	}
	d := intent.NewDocument(intent.Ignition)
	d.Bytes, d.Losses, d.NoCallback = text, w.Losses(), s.CallbackURL == "" || s.AnswerURL == ""
	return d, nil
}

// encode writes a configuration after Ignition's own validation.
func encode(c types.Config) ([]byte, error) {
	c.Ignition.Version = version
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	if _, report, err := config.Parse(b.Bytes()); err != nil || report.IsFatal() {
		return nil, fmt.Errorf("checking the Ignition configuration: %w: %s", err, report.String())
	}
	return b.Bytes(), nil
}

func pointer[T any](v T) *T { return &v }

func file(path, text string, mode int) types.File {
	return types.File{
		Node: types.Node{Path: path, Overwrite: pointer(true)},
		FileEmbedded1: types.FileEmbedded1{Mode: pointer(mode),
			Contents: types.Resource{Source: pointer(dataurl.EncodeBytes([]byte(text)))}},
	}
}

func (w *writer) target() types.Config {
	var c types.Config
	in := w.in
	w.users(&c)
	add := func(path, text string, mode int) { c.Storage.Files = append(c.Storage.Files, file(path, text, mode)) }
	if h := in.HostNameFor(w.s); h != "" {
		add("/etc/hostname", h+"\n", 0o644)
	}
	keymap := intent.Or(in.Keyboard, intent.DefaultKeyboard)
	if in.Variant != "" {
		keymap += "-" + in.Variant
	}
	add("/etc/vconsole.conf", "KEYMAP="+keymap+"\n", 0o644)
	c.Storage.Links = append(c.Storage.Links, types.Link{
		Node:          types.Node{Path: "/etc/localtime", Overwrite: pointer(true)},
		LinkEmbedded1: types.LinkEmbedded1{Target: pointer("../usr/share/zoneinfo/" + intent.Or(in.Timezone, intent.DefaultTimezone))},
	})
	if in.LocalClock {
		add("/etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n", 0o644)
	}
	w.network(add)
	for _, a := range in.KernelArgs {
		c.KernelArguments.ShouldExist = append(c.KernelArguments.ShouldExist, types.KernelArgument(a))
	}
	if w.flatcar && len(in.KernelArgs) > 0 {
		w.Remark("kernel-args", "Flatcar takes kernel arguments from Ignition since 3185")
	}
	for _, n := range in.Services.Enable {
		c.Systemd.Units = append(c.Systemd.Units, types.Unit{Name: unit(n), Enabled: pointer(true)})
	}
	for _, n := range in.Services.Disable {
		c.Systemd.Units = append(c.Systemd.Units, types.Unit{Name: unit(n), Enabled: pointer(false)})
	}
	work := finish.Work{SELinux: in.SELinux, Servers: in.NTPServers}
	end := finish.End{Accounts: work.Script(), Post: in.Post, Why: "/root/seedbed-why"}
	if end.Accounts != "" || end.Post != "" {
		add("/etc/seedbed/end.sh", end.Script(""), 0o700)
		c.Systemd.Units = append(c.Systemd.Units, types.Unit{Name: "seedbed-end.service", Enabled: pointer(true), Contents: pointer(
			"[Unit]\nDescription=What is left of the installation\nConditionFirstBoot=true\nAfter=network-online.target\nWants=network-online.target\n\n" +
				"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh /etc/seedbed/end.sh\n\n[Install]\nWantedBy=multi-user.target\n")})
		w.Remark("post", "it runs when the new system boots for the first time")
	}
	return c
}

func unit(name string) string {
	for _, c := range name {
		if c == '.' {
			return name
		}
	}
	return name + ".service"
}

func (w *writer) users(c *types.Config) {
	account := func(name, hash string, keys []string) types.PasswdUser {
		u := types.PasswdUser{Name: name}
		if hash != "" {
			u.PasswordHash = pointer(hash)
		}
		for _, k := range keys {
			u.SSHAuthorizedKeys = append(u.SSHAuthorizedKeys, types.SSHAuthorizedKey(k))
		}
		return u
	}
	c.Passwd.Users = append(c.Passwd.Users, account("root", w.in.RootPassword, w.s.RootKeys(w.in)))
	for _, u := range w.in.Users {
		hash := u.Password
		if u.Locked {
			hash = ""
		}
		p := account(u.Name, hash, u.SSHKeys)
		if u.FullName != "" {
			p.Gecos = pointer(u.FullName)
		}
		if u.Shell != "" {
			p.Shell = pointer(u.Shell)
		}
		if u.UID != 0 {
			p.UID = pointer(u.UID)
		}
		for _, g := range u.Groups {
			p.Groups = append(p.Groups, types.Group(g))
		}
		if u.Sudo {
			p.Groups = append(p.Groups, "sudo")
			rule := "ALL=(ALL:ALL) ALL"
			if u.AsksNoPassword() {
				rule = "ALL=(ALL:ALL) NOPASSWD: ALL"
			}
			c.Storage.Files = append(c.Storage.Files, file("/etc/sudoers.d/seedbed-"+u.Name, u.Name+" "+rule+"\n", 0o440))
		}
		c.Passwd.Users = append(c.Passwd.Users, p)
	}
}

func (w *writer) network(add func(path, text string, mode int)) {
	if w.in.Network.Plain() {
		return
	}
	if w.flatcar {
		w.Lose("network", "networks are written for NetworkManager only, and Flatcar has none")
		return
	}
	for _, f := range network.Keyfiles(w.in.Network.Settled(w.s)) {
		add("/etc/NetworkManager/system-connections/"+f.Name+".nmconnection", f.Text, 0o600)
	}
}

func (w *writer) lost() {
	in := w.in
	lose := func(there bool, field, why string) {
		if there {
			w.Lose(field, "%s", why)
		}
	}
	lose(in.Locale != "" && in.Locale != "C.UTF-8", "locale", "the system holds the C.UTF-8 locale alone")
	lose(!in.Storage.Empty(), "storage", "the system lays out its own disk: swap, volumes and file systems beside it are left out")
	lose(len(in.Packages)+len(in.Groups) > 0, "packages", "the system is an image: layer packages in post, or run containers")
	lose(len(in.Excluded) > 0, "excluded-packages", "the system is an image: nothing can be left out")
	lose(len(in.Repositories) > 0, "repositories", "the system installs no packages")
	lose(in.Firewall != nil, "firewall", "the system has no firewall of its own")
	lose(in.Mirror.URL != "", "mirror", "the system installs no packages")
	lose(w.flatcar && in.SELinux == "enforcing", "selinux", "Flatcar runs with a permissive SELinux")
	for i, d := range in.Storage.Disks() {
		lose(i > 0, fmt.Sprintf("storage.disks[%d]", i), "the system lays out its first disk only: "+d.Name+" is left alone")
	}
}

// live is the configuration of the system that installs the other: a unit
// picks the disk, writes the system to it, and reports.
func (w *writer) live(target []byte) types.Config {
	d := w.in.Storage.Disk
	script := "#!/bin/sh\n" + finish.PickFunctions
	if d.Auto() {
		script += finish.PickDisk("disk", d, finish.Fetch(w.s.FailWith("disk")))
	} else {
		script += "disk=" + d.Path[len("/dev/"):] + "\n"
	}
	write := "coreos-installer install \"/dev/$disk\" --ignition-file /etc/seedbed/target.ign"
	if w.flatcar {
		write = "flatcar-install -d \"/dev/$disk\" -i /etc/seedbed/target.ign"
	}
	script += "why=\n" + write + " || why=installer\n" + finish.Tell(w.s) + "[ -n \"$why\" ] || " +
		map[string]string{"poweroff": "systemctl poweroff", "halt": "systemctl halt"}[w.in.End]
	if w.in.End == "" || w.in.End == "reboot" {
		script += "systemctl reboot"
	}
	var c types.Config
	c.Storage.Files = []types.File{file("/etc/seedbed/target.ign", string(target), 0o600), file("/etc/seedbed/install.sh", script+"\n", 0o700)}
	c.Systemd.Units = []types.Unit{{Name: "seedbed-install.service", Enabled: pointer(true), Contents: pointer(
		"[Unit]\nDescription=Install the system\nAfter=network-online.target\nWants=network-online.target\n\n" +
			"[Service]\nType=oneshot\nStandardOutput=journal+console\nExecStart=/bin/sh /etc/seedbed/install.sh\n\n[Install]\nWantedBy=multi-user.target\n")}}
	return c
}
