package redhat

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/table"
	"seedbed/internal/core/answer/reading"
)

// reader is one file being read.
type reader struct {
	*reading.Draft
	file    *kickstart.File
	members map[string]member // raid.N and pv.N, by name
	arrays  map[string]string // pv.N on an array: the array's name
	auto    *kickstart.Node   // autopart
	all     bool              // clearpart --all without --drives
	only    bool              // ignoredisk --only-use
	preseed func(*kickstart.Node) bool
	noRoot  bool
}

// member is a partition that belongs to an array or a volume group.
type member struct {
	disk   string
	size   int64
	secret intent.Secret
}

// Kickstart reads a file of Anaconda's.
func Kickstart(file, text string) *reading.Draft {
	return read(reading.New(file, "redhat"), text, nil)
}

// Kickseed reads a file of kickseed's, as its author means it. The lines that
// preseed takes are left to it.
func Kickseed(d *reading.Draft, text string, preseed func(*kickstart.Node) bool) *reading.Draft {
	return read(d, text, preseed)
}

func read(d *reading.Draft, text string, preseed func(*kickstart.Node) bool) *reading.Draft {
	r := &reader{Draft: d, file: kickstart.Parse(text), members: map[string]member{}, arrays: map[string]string{}, preseed: preseed}
	if h, _ := r.file.Header(); h != "" {
		if v, err := table.ParseVersion(h); err == nil {
			d.Release = strings.ToLower(strings.TrimRight(v.String(), "0123456789")) + fmt.Sprintf("-%d", v.Number())
			d.Release = strings.NewReplacer("fc-", "fedora-", "f-", "fedora-").Replace(d.Release)
		}
	}
	own := r.ownPre()
	r.diskOrder(own)
	for _, n := range r.file.Nodes {
		r.node(n)
	}
	for _, n := range own {
		r.node(n)
	}
	r.storageEnd()
	d.Simple()
	return d
}

// ownPre are the lines that a %pre of Seedbed's writes to an included file.
// Their variables stand as $disk1 in them, cards by their MAC addresses.
func (r *reader) ownPre() []*kickstart.Node {
	for _, s := range r.file.Sections("%pre") {
		script := s.Script()
		if !strings.Contains(script, "} >/tmp/seedbed.ks") {
			continue
		}
		r.Picks(script, "$disk%d")
		var lines []string
		for l := range strings.SplitSeq(script, "\n") {
			if rest, ok := strings.CutPrefix(l, "printf '%s\\n' "); ok {
				lines = append(lines, strings.Join(reading.Words(rest), ""))
			}
		}
		nodes := kickstart.Parse(strings.Join(lines, "\n") + "\n").Nodes
		for _, n := range nodes {
			n.Line = s.Line
		}
		return nodes
	}
	return nil
}

// diskOrder finds the disk that the boot loader goes to: it is the first.
func (r *reader) diskOrder(own []*kickstart.Node) {
	nodes := append(r.file.Commands("bootloader", "ignoredisk", "clearpart"), own...)
	for _, names := range [][]string{{"--boot-drive", "--driveorder"}, {"--only-use"}, {"--drives"}} {
		for _, n := range nodes {
			if o, ok := n.Option(names...); ok && n.Name() != "part" && !(n.Name() == "ignoredisk" && names[0] == "--drives") {
				for _, d := range reading.Fields(o.Value) {
					r.Disk(d)
				}
			}
		}
	}
}

// unattended are commands about the installer's own manners: every rendering
// runs without a person.
var unattended = map[string]bool{
	"text": true, "cmdline": true, "graphical": true, "install": true, "firstboot": true, "eula": true, "skipx": true, "interactive": true,
	"zerombr": true, "reqpart": true, "autostep": true, "rescue": false, "logging": true, "unsupported_hardware": true, "mouse": true,
	"auth": true, "authconfig": true, "authselect": true, "rdp": true, "vnc": false,
}

var lostWhy = map[string]string{
	"driverdisk": "the neutral install names no driver disk", "iscsi": "the neutral install knows no network disks", "iscsiname": "the neutral install knows no network disks",
	"fcoe": "the neutral install knows no network disks", "nvdimm": "the neutral install knows no NVDIMM", "zfcp": "the neutral install knows no FCP", "realm": "join the domain in post",
	"xconfig": "set the desktop up in post", "btrfs": "the neutral install has no subvolumes", "snapshot": "make snapshots in post", "vnc": "a display is not part of the new system",
	"group": "the neutral install makes groups of users only", "module": "enable the module in post", "rhsm": "register in post", "syspurpose": "set the purpose in post",
	"upgrade": "only new installations are made", "liveimg": "only installations from packages are made", "ostreesetup": "only installations from packages are made",
	"ostreecontainer": "only installations from packages are made", "bootc": "only installations from packages are made", "mount": "existing partitions are not used again", "multipath": "the neutral install knows no multipath", "sshpw": "an account of the installer's own, not of the new system's",
	"langsupport": "the neutral install has one locale", "addon": "an add-on has no counterpart",
}

func (r *reader) node(n *kickstart.Node) {
	switch n.Kind {
	case kickstart.Command:
		r.command(n)
	case kickstart.Include, kickstart.KSAppend:
		if len(n.Args()) > 0 && n.Args()[0].Text == "/tmp/seedbed.ks" {
			r.Keep(n.Line, "what Seedbed's own %pre writes", "")
			return
		}
		r.Lose(n.Line, strings.TrimSpace(n.Raw()), "what it brings in is not known here: convert that file by itself")
	case kickstart.Section:
		r.section(n)
	}
}

func (r *reader) command(n *kickstart.Node) {
	name := n.Name()
	if n.Err != nil {
		r.Lose(n.Line, name, "the line cannot be split into words: %s", n.Err.Msg)
		return
	}
	if r.preseed != nil && r.preseed(n) {
		return
	}
	if f, ok := commands[name]; ok {
		f(r, n)
		return
	}
	switch why := lostWhy[name]; {
	case unattended[name]:
		r.Keep(n.Line, name, "")
	case why != "":
		r.Lose(n.Line, name, "%s", why)
	default:
		r.Lose(n.Line, name, "the neutral install has nothing like it")
	}
}

var commands map[string]func(*reader, *kickstart.Node)

func init() { // the handlers refer to the table
	commands = map[string]func(*reader, *kickstart.Node){
		"lang": (*reader).lang, "keyboard": (*reader).keyboard, "timezone": (*reader).timezone, "timesource": (*reader).timesource,
		"rootpw": (*reader).rootpw, "user": (*reader).user, "sshkey": (*reader).sshkey,
		"network": (*reader).network, "url": (*reader).url, "repo": (*reader).repo,
		"cdrom": (*reader).medium, "nfs": (*reader).medium, "harddrive": (*reader).medium, "hmc": (*reader).medium,
		"selinux": (*reader).selinux, "firewall": (*reader).firewall, "services": (*reader).services, "bootloader": (*reader).bootloader,
		"clearpart": (*reader).clearpart, "ignoredisk": (*reader).ignoredisk, "autopart": func(r *reader, n *kickstart.Node) { r.auto = n },
		"part": (*reader).part, "partition": (*reader).part, "raid": (*reader).raid, "volgroup": (*reader).volgroup, "logvol": (*reader).logvol,
		"reboot": (*reader).end, "poweroff": (*reader).end, "halt": (*reader).end, "shutdown": (*reader).end,
	}
}

// flags are options without a value.
var flags = strings.Fields(`--grow --asprimary --utc --isUtc --nontp --iscrypted --plaintext --lock --unlock --encrypted --enabled --enable
	--disabled --disable --all --initlabel --none --linux --install --activate --noipv4 --noipv6 --nodns --hibernation --recommended --noformat
	--useexisting --nohome --nolvm --noboot --noswap --enforcing --permissive --clear --thin --thinpool --allow-ssh`)

// words are the words that are neither options nor their values.
func words(n *kickstart.Node) []string {
	var out []string
	args := n.Args()
	for i := 0; i < len(args); i++ {
		t := args[i].Text
		if !strings.HasPrefix(t, "--") {
			out = append(out, t)
			continue
		}
		flag := strings.Contains(t, "=")
		for _, f := range flags {
			flag = flag || f == t
		}
		if !flag && i+1 < len(args) && !strings.HasPrefix(args[i+1].Text, "--") {
			i++
		}
	}
	return out
}

func word(n *kickstart.Node) string {
	if w := words(n); len(w) > 0 {
		return w[0]
	}
	return ""
}

func value(n *kickstart.Node, names ...string) string {
	o, _ := n.Option(names...)
	return o.Value
}

func (r *reader) lang(n *kickstart.Node) {
	if r.In.Locale = word(n); !strings.Contains(r.In.Locale, ".") && r.In.Locale != "C" && r.In.Locale != "" {
		r.In.Locale += ".UTF-8"
		r.Change(n.Line, "lang", "locale", "the character set is UTF-8")
		return
	}
	r.Keep(n.Line, "lang", "locale")
}

func (r *reader) keyboard(n *kickstart.Node) {
	layouts := reading.Fields(strings.ReplaceAll(value(n, "--xlayouts"), " (", "("))
	layout := word(n)
	if len(layouts) > 0 {
		layout = layouts[0]
	} else if layout == "" {
		layout = value(n, "--vckeymap")
	}
	variant := ""
	if i := strings.IndexByte(layout, '('); i > 0 {
		layout, variant = layout[:i], strings.Trim(layout[i:], "()")
	} else if l, v, ok := strings.Cut(layout, "-"); ok { // a console's keymap, as de-nodeadkeys
		layout, variant = l, v
	}
	switch variant {
	case "latin1":
		variant = ""
	}
	r.In.Keyboard, r.In.Variant = layout, variant
	switch {
	case len(layouts) > 1:
		r.Change(n.Line, "keyboard", "keyboard", "of several layouts the first is taken")
	case r.In.Keyboard == "uk":
		r.In.Keyboard = "gb"
		r.Change(n.Line, "keyboard", "keyboard", "XKB's name of the layout is gb")
	default:
		r.Keep(n.Line, "keyboard", "keyboard")
	}
	if variant != "" {
		r.In.Places["keyboard.variant"] = r.In.Places["keyboard"]
	}
}

func (r *reader) timezone(n *kickstart.Node) {
	if zone := word(n); zone != "" {
		r.In.Timezone = zone
		r.In.LocalClock = !n.Has("--utc", "--isUtc")
	}
	r.Keep(n.Line, "timezone", "timezone")
	r.Add(n.Line, "time server", "ntp-servers", &r.In.NTPServers, reading.Fields(value(n, "--ntpservers"))...)
}

func (r *reader) timesource(n *kickstart.Node) {
	if n.Has("--ntp-disable") {
		r.Keep(n.Line, "timesource", "ntp")
		return
	}
	r.Add(n.Line, "time server", "ntp-servers", &r.In.NTPServers, value(n, "--ntp-server", "--ntp-pool"))
}

func (r *reader) rootpw(n *kickstart.Node) {
	if n.Has("--lock", "--disabled") {
		r.noRoot = n.Has("--disabled") // kickseed's: the user then has sudo
		r.Keep(n.Line, "rootpw (no login by password)", "root-password")
		return
	}
	r.In.RootPassword = r.Password(n.Line, "rootpw", "root-password", word(n), n.Has("--iscrypted"))
}

func (r *reader) user(n *kickstart.Node) {
	name := value(n, "--name")
	if r.preseed != nil && name == "" { // kickseed's form
		name = word(n)
		if name == "--disabled" || n.Has("--disabled") {
			r.Keep(n.Line, "user --disabled", "")
			return
		}
	}
	if name == "" {
		r.Lose(n.Line, "user", "it has no name")
		return
	}
	u := r.User(name)
	field := r.UserField(name)
	u.FullName, u.Shell, u.UID, u.Locked = value(n, "--gecos", "--fullname"), value(n, "--shell"), int(reading.Number(value(n, "--uid"))), n.Has("--lock")
	u.Password = r.Password(n.Line, "user "+name, field, value(n, "--password"), n.Has("--iscrypted"))
	r.Groups(u, reading.Fields(value(n, "--groups")))
	if n.Has("--homedir", "--gid") {
		r.Lose(n.Line, "home directory or group number of user "+name, "accounts get the system's own")
	}
}

func (r *reader) sshkey(n *kickstart.Node) {
	key := strings.Join(words(n), " ")
	if name := value(n, "--username"); name != "" && name != "root" {
		u := r.User(name)
		u.SSHKeys = append(u.SSHKeys, key)
		r.Keep(n.Line, "sshkey of "+name, r.UserField(name)+".ssh-keys")
		return
	}
	r.In.SSHKeys = append(r.In.SSHKeys, key)
	r.Keep(n.Line, "sshkey of root", "ssh-keys")
}

func (r *reader) medium(n *kickstart.Node) {
	r.Change(n.Line, n.Name(), "mirror", "packages come over the network: from the image's own tree, or from a mirror that you give")
}

func (r *reader) url(n *kickstart.Node) {
	switch u := value(n, "--url"); {
	case u == "" && n.Has("--mirrorlist", "--metalink"):
		r.Lose(n.Line, "url", "a list of mirrors has no counterpart: give the address of one")
	case !strings.HasPrefix(u, "http"):
		r.Lose(n.Line, "url", "packages come over http or https")
	default:
		r.In.Mirror.URL = u
		r.Keep(n.Line, "url", "mirror.url")
	}
	if p := value(n, "--proxy"); p != "" {
		r.In.Mirror.Proxy = p
		r.Keep(n.Line, "url --proxy", "mirror.proxy")
	}
	if n.Has("--noverifyssl") {
		r.Lose(n.Line, "url --noverifyssl", "certificates are verified")
	}
}

func (r *reader) repo(n *kickstart.Node) {
	p := intent.Repository{Name: value(n, "--name"), URL: value(n, "--baseurl")}
	if p.URL == "" {
		r.Lose(n.Line, "repo "+p.Name, "a repository needs an address of its own: lists of mirrors have no counterpart")
		return
	}
	field := fmt.Sprintf("repositories[%d]", len(r.In.Repositories))
	r.In.Repositories = append(r.In.Repositories, p)
	if n.Has("--includepkgs", "--excludepkgs", "--cost") {
		r.Change(n.Line, "repo "+p.Name, field, "its choice of packages and its cost are left out")
		return
	}
	r.Keep(n.Line, "repo "+p.Name, field)
}

func (r *reader) selinux(n *kickstart.Node) {
	for _, mode := range []string{"enforcing", "permissive", "disabled"} {
		if n.Has("--" + mode) {
			r.In.SELinux = mode
		}
	}
	r.Keep(n.Line, "selinux", "selinux")
}

func (r *reader) firewall(n *kickstart.Node) {
	f := &intent.Firewall{Enabled: !n.Has("--disabled", "--disable")}
	for _, p := range reading.Fields(value(n, "--port")) {
		number, protocol, ok := strings.Cut(p, ":")
		if !ok {
			protocol = "tcp"
		}
		f.Ports = append(f.Ports, number+"/"+protocol)
	}
	f.Services = append(f.Services, reading.Fields(value(n, "--service"))...)
	for _, s := range []string{"ssh", "http", "ftp", "smtp", "telnet"} {
		if n.Has("--" + s) {
			f.Services = append(f.Services, s)
		}
	}
	r.In.Firewall = f
	if n.Has("--trust", "--remove-service", "--use-system-defaults") {
		r.Change(n.Line, "firewall", "firewall", "trusted interfaces and services to be removed are left out")
		return
	}
	r.Keep(n.Line, "firewall", "firewall")
}

func (r *reader) services(n *kickstart.Node) {
	r.Add(n.Line, "service", "services.enable", &r.In.Services.Enable, reading.Fields(value(n, "--enabled"))...)
	r.Add(n.Line, "service", "services.disable", &r.In.Services.Disable, reading.Fields(value(n, "--disabled"))...)
}

func (r *reader) end(n *kickstart.Node) {
	r.In.End = map[string]string{"reboot": "reboot", "poweroff": "poweroff", "shutdown": "poweroff", "halt": "halt"}[n.Name()]
	r.Keep(n.Line, n.Name(), "end")
}
