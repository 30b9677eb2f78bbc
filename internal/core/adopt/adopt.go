package adopt

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"seedbed/internal/core/adopt/dhcpd"
	"seedbed/internal/core/adopt/dnsmasq"
	"seedbed/internal/core/adopt/pxelinux"
	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/core/adopt/tftpd"
	"seedbed/internal/fault"
)

// Kind is whose file it is.
type Kind string

// The kinds, in the order in which files are read: those that name the TFTP
// directory come before the menus that lie in it.
const (
	TFTPD    Kind = "tftpd-hpa" // and isc-dhcp-server: /etc/default
	Dnsmasq  Kind = "dnsmasq"
	DHCPD    Kind = "dhcpd"
	PXELINUX Kind = "pxelinux"
)

// File is one file of the old set-up. Path is its whole path, Name as people
// gave it.
type File struct {
	Name, Path string
	Text       string
}

// Options are what the files do not say.
type Options struct {
	Interfaces []string
	HasDir     func(dir string) bool // says whether a directory is on this machine
}

// Result is the settings, and what became of each thing.
type Result struct {
	Text  []byte
	Kinds []Kind // one a file
	Draft *settings.Draft
}

// traits are lines that only files of one kind have.
var traits = []struct {
	kind Kind
	line *regexp.Regexp
}{
	{TFTPD, regexp.MustCompile(`(?m)^\s*(?:export )?(?:TFTP_[A-Z]+|INTERFACES(?:v4|v6)?|DHCPDv4_[A-Z]+)=`)},
	{Dnsmasq, regexp.MustCompile(`(?m)^\s*(?:dhcp-[a-z-]+|pxe-(?:service|prompt)|tftp-[a-z-]+|interface|domain|server|address|listen-address|conf-(?:dir|file)|port|cache-size)\s*=|^\s*(?:enable-tftp|dhcp-authoritative|bind-interfaces|no-resolv|domain-needed|bogus-priv|expand-hosts)\s*$`)},
	{DHCPD, regexp.MustCompile(`(?m)^\s*(?:subnet\s+\S+\s+netmask|shared-network\s|host\s+\S+\s*\{|group\s*\S*\s*\{|pool\s*\{|class\s+"|option\s+[\w.-]+\s+\S|(?:default|max|min)-lease-time\s|range\s+\S|next-server\s|filename\s+"|fixed-address\s|hardware\s+ethernet|authoritative\s*;|(?:allow|deny)\s+\S|ddns-update-style\s|include\s+")`)},
	{PXELINUX, regexp.MustCompile(`(?mi)^\s*(?:label|kernel|linux|append|default|prompt|timeout|localboot|ui|initrd|serial|menu)\s+\S`)},
}

var comment = regexp.MustCompile(`(?m)^\s*#.*$`)

// Detect tells a file's kind by the lines it has most of, or "".
func Detect(text string) Kind {
	text = comment.ReplaceAllString(text, "")
	best, most := Kind(""), 0
	for _, t := range traits {
		if n := len(t.line.FindAllStringIndex(text, -1)); n > most {
			best, most = t.kind, n
		}
	}
	return best
}

// Read turns files into settings. The error is a fault.List where a file's
// grammar does not hold, or a fault.Fault for a file of none of the kinds.
func Read(files []File, o Options) (Result, error) {
	d := &settings.Draft{}
	r := Result{Draft: d, Kinds: make([]Kind, len(files))}
	for i, f := range files {
		d.Given = append(d.Given, f.Path)
		if r.Kinds[i] = Detect(f.Text); r.Kinds[i] == "" {
			return r, fault.New(fault.Invalid, "give a dhcpd.conf, a dnsmasq.conf, a menu as pxelinux.cfg/default, or /etc/default/tftpd-hpa",
				"%s is none of the files that can be taken over", f.Name)
		}
	}
	for _, name := range o.Interfaces {
		d.Interface(fault.Position{File: "--interface"}, name, name)
	}
	for _, k := range []Kind{TFTPD, Dnsmasq, DHCPD, PXELINUX} {
		for i, f := range files {
			if r.Kinds[i] != k {
				continue
			}
			if err := read(d, k, f); err != nil {
				return r, err
			}
		}
	}
	if d.TFTPRoot != "" && o.HasDir != nil && !o.HasDir(d.TFTPRoot) {
		d.RootMissing = true
		d.Change(fault.Position{}, "tftp.root: "+d.TFTPRoot, "this directory is not on this machine: the settings hold the line as a comment")
	}
	d.Settle()
	order := func(name string) int { return slices.IndexFunc(files, func(f File) bool { return f.Name == name }) }
	slices.SortStableFunc(d.Items, func(a, b settings.Item) int {
		return cmp.Or(cmp.Compare(order(a.File), order(b.File)), cmp.Compare(a.Line, b.Line))
	})
	var err error
	r.Text, err = d.Render()
	return r, err
}

// read reads one file. Text that is not UTF-8 is taken as Latin-1.
func read(d *settings.Draft, k Kind, f File) error {
	text := strings.TrimPrefix(f.Text, "\ufeff")
	if !utf8.ValidString(text) {
		wide := make([]rune, 0, len(text))
		for _, b := range []byte(text) {
			wide = append(wide, rune(b))
		}
		text = string(wide)
		d.Change(fault.Position{File: f.Name}, "its characters", "they are not UTF-8 and are taken as Latin-1")
	}
	switch k {
	case TFTPD:
		return tftpd.Read(d, f.Name, text)
	case Dnsmasq:
		return dnsmasq.Read(d, f.Name, text)
	case DHCPD:
		return dhcpd.Read(d, f.Name, text)
	}
	return pxelinux.Read(d, f.Name, f.Path, text)
}
