package kickseed

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// written are the files in testdata, which people would write.
func written(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.ks")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in testdata: %v", err)
	}
	var texts []string
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	return texts
}

// commands are what the generator puts together: a command, its options with a
// colon where they take a value, and its arguments.
var commands = []struct{ name, options, arguments string }{
	{"auth", "enablemd5 enablenis nisdomain: nisserver: useshadow enableshadow enablecache enableldap ldapserver:", ""},
	{"authconfig", "enableshadow passalgo:", ""},
	{"autostep", "", ""},
	{"autopart", "type:", ""},
	{"bootloader", "location: password: md5pass: useLilo append: driveorder: timeout:", ""},
	{"cdrom", "", ""},
	{"clearpart", "linux all drives: initlabel none", ""},
	{"device", "opts:", "type module"},
	{"deviceprobe", "", ""},
	{"driverdisk", "type:", "sda1"},
	{"firewall", "high medium enabled enable disabled disable trust: dhcp ssh telnet smtp http ftp port:", ""},
	{"firstboot", "disable", ""},
	{"halt", "", ""},
	{"install", "", ""},
	{"interactive", "", ""},
	{"iscsi", "ipaddr: target: port: user: password: reverse-user: reverse-password:", ""},
	{"keyboard", "vckeymap: xlayouts:", "layout"},
	{"lang", "addsupport:", "locale"},
	{"langsupport", "default:", "locale locale"},
	{"lilo", "location: useLilo", ""},
	{"lilocheck", "", ""},
	{"logvol", "vgname: recommended size: grow maxsize: name: noformat fstype: percent: fsoptions:", "mount"},
	{"mouse", "device: emulthree", "kind"},
	{"network", "bootproto: device: ip: gateway: nameserver: nodns netmask: hostname: onboot: activate noipv6", ""},
	{"part", "recommended size: grow maxsize: noformat onpart: usepart: ondisk: ondrive: asprimary fstype: start: end: label: size: grow", "mount"},
	{"partition", "size: size: grow fstype:", "mount"},
	{"poweroff", "", ""},
	{"preseed", "owner:", "key type value"},
	{"raid", "level: device: spares: fstype:", "mount raid raid"},
	{"reboot", "eject", ""},
	{"repo", "name: baseurl: distribution: components: source key: mirrorlist:", ""},
	{"rootpw", "disabled iscrypted plaintext lock", "password"},
	{"selinux", "disabled", ""},
	{"services", "enabled:", ""},
	{"skipx", "", ""},
	{"text", "", ""},
	{"timezone", "utc isUtc", "zone"},
	{"upgrade", "", ""},
	{"url", "", ""},
	{"user", "disabled fullname: iscrypted password: name: groups:", "name"},
	{"volgroup", "pesize:", "vg pv"},
	{"xconfig", "noprobe card: videoram: monitor: hsync: vsync: defaultdesktop: startxonboot resolution: depth:", ""},
	{"zerombr", "", "yes"},
}

// values are what stands for an option's value or an argument, by its name.
var values = map[string][]string{
	"":           {"x", "eth0", "a,b", "'two words'", `"two words"`, `"it's"`, `a\ b`, `''`, "a'b'c", "$1$ab$cd", "'$6$s$h'", `"$x"`, `\\`, "a#b", "100%", "-", "--", "1=2", `"a\"b"`, "!", "{", "é", `"a\b"`, "'a;b'", `a\;b`, "~x", "^", "it\\'s"},
	"size":       {"100", "2048", "1", "", "big"},
	"maxsize":    {"4096", "10000"},
	"fstype":     {"ext4", "xfs", "swap", "linux-swap", "vfat"},
	"mount":      {"/", "/boot", "swap", "pv.01", "pv.2", "raid.01", "raid.02", "/home", "/srv/a"},
	"ondisk":     {"sda", "/dev/sdb"},
	"location":   {"mbr", "partition", "none", "boot"},
	"bootproto":  {"dhcp", "bootp", "static", "query", "ibft"},
	"device":     {"eth0", "md0", "md1", "sda", "psaux"},
	"level":      {"0", "1", "5"},
	"raid":       {"raid.01", "raid.02"},
	"drives":     {"sda", "/dev/sda", "sda,sdb", ""},
	"resolution": {"640x480", "800x600", "1024x768", "1280x1024"},
	"depth":      {"8", "16", "24", "32"},
	"vg":         {"vg", "vg0"},
	"vgname":     {"vg", "vg0"},
	"pv":         {"pv.01", "pv.2"},
	"locale":     {"en_US", "en_US.UTF-8", "de_DE.UTF-8"},
	"layout":     {"us", "de_nodeadkeys", "gb"},
	"zone":       {"UTC", "Etc/UTC", "America/New_York"},
	"owner":      {"d-i", "tzdata", "grub-pc"},
	"key":        {"netcfg/get_domain", "partman-auto/disk", "a/b"},
	"type":       {"string", "boolean", "select"},
}

// hazards are ends of a line that the shell does not read as words. A lone & is
// none of them: what it puts in the background writes sooner or later.
var hazards = []string{"# comment", "; true", "2>&1", ">/dev/null", "<none", "| true", "&& true", "(", ")", "'", `"`, "`true`", ";;", "; ;", "|", "||", "&&", "<", ">", "\\", "2", "1 >/dev/null", "x'y", "<<EOF"}

// generator makes files; the same seed makes the same.
type generator struct{ *rand.Rand }

func (g generator) pick(from []string) string { return from[g.IntN(len(from))] }

func (g generator) often(percent int) bool { return g.IntN(100) < percent }

func (g generator) value(name string) string {
	if own := values[name]; len(own) > 0 && g.often(80) {
		return g.pick(own)
	}
	return g.pick(values[""])
}

func (g generator) option(o string) string {
	name, takes := strings.CutSuffix(o, ":")
	full := name
	if g.often(15) && len(name) > 2 {
		name = name[:1+g.IntN(len(name)-1)]
	}
	switch {
	case g.often(3):
		return "-" + name
	case takes != g.often(5): // rarely the wrong way round
		sep := "="
		if g.often(40) {
			sep = g.pick([]string{" ", "\t", "  "})
		}
		return "--" + name + sep + g.value(full)
	}
	return "--" + name
}

// url is a mirror that kickseed does not loop at.
func (g generator) url() string {
	return "url --url" + g.pick([]string{" ", "="}) + g.pick([]string{"http", "ftp"}) + "://" +
		g.pick([]string{"mirror.example/ubuntu", "192.0.2.1:3142/debian/", "h/", "h//x", "u:p@h/a/b"})
}

func (g generator) command() string {
	c := commands[g.IntN(len(commands))]
	if c.name == "url" {
		return g.url()
	}
	var words []string
	for o := range strings.FieldsSeq(c.options) {
		if g.often(35) {
			words = append(words, g.option(o))
		}
	}
	g.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	for a := range strings.FieldsSeq(c.arguments) {
		if g.often(92) {
			at := g.IntN(len(words) + 1)
			if !g.often(30) {
				at = len(words)
			}
			words = append(words[:at], append([]string{g.value(a)}, words[at:]...)...)
		}
	}
	if g.often(4) {
		words = append(words, g.pick(hazards))
	}
	if g.often(3) {
		words = append(words, g.value(""))
	}
	return c.name + g.pick([]string{" ", " ", " ", "\t", "  "}) + strings.Join(words, " ")
}

func (g generator) section() []string {
	switch g.IntN(6) {
	case 0, 1:
		lines := []string{g.pick([]string{"%packages", "%packages --nobase --ignoremissing"})}
		for range 1 + g.IntN(4) {
			lines = append(lines, g.pick([]string{"openssh-server", "@ Ubuntu Desktop", "@ Kubuntu Desktop", "@ X Standard", "@base", "@ base", "@ Some Group", "@@x", "@", "-nano", "@-x", "two words", "three words here", "# comment", "", "vim*", "lib[ab]", ".", "-e", "%end", "a\tb"}))
		}
		return lines
	case 2:
		return []string{g.pick([]string{"%pre", "%pre --interpreter /bin/bash", "%pre --interpreter=/bin/bash", "%pre --interp=/bin/sh", "%pre --log=/x"}), "#!/bin/sh", "  indented  ", "", "echo $x `y` \\", "-n", "-e", "\ttab", "%include /x"}
	case 3:
		return []string{g.pick([]string{"%post", "%post --nochroot", "%post --interpreter /bin/bash", "%post --nochroot --interpreter=/bin/sh", "%post --nochroot --interpreter=/bin/bash", "%post --log=/root/x", "%post --int /usr/bin/perl extra"}), "#!/bin/sh", "  indented  ", "", "echo $x `y` \\", "-n", "-e", "-nE x", "%addon x", g.pick([]string{"%end", "true"})}
	case 4:
		return []string{"%end", "%addon com_x", "%traceback"}
	}
	return nil
}

func (g generator) file() string {
	var lines []string
	for range 1 + g.IntN(6) {
		lines = append(lines, g.command())
		if g.often(5) {
			lines = append(lines, g.pick([]string{"", "# comment", "  # indented", "unknown x", "-n", "keyboard"}))
		}
	}
	if g.often(35) {
		lines = append(lines, g.section()...)
		if g.often(30) {
			lines = append(lines, g.section()...)
		}
	}
	for i, l := range lines {
		switch {
		case g.often(3):
			lines[i] = l + "\r"
		case g.often(3):
			lines[i] = "  " + l + " \t"
		case g.often(1):
			lines[i] = l + " \r"
		}
	}
	end := "\n"
	if g.often(5) {
		end = ""
	}
	return strings.Join(lines, "\n") + end
}

// generated are n files that are always the same.
func generated(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		g := generator{rand.New(rand.NewPCG(1, uint64(i)))}
		texts[i] = fmt.Sprintf("# %d\n", i) + g.file()
	}
	return texts
}
