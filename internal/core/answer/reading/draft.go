package reading

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/secret"
	"seedbed/internal/fault"
)

// Verdict is what became of one thing in a file.
type Verdict string

// The verdicts.
const (
	Kept    Verdict = "kept"
	Changed Verdict = "changed" // said in another way, or with another effect
	Lost    Verdict = "lost"
)

// Item is one thing that a file says. What names it, without any secret.
type Item struct {
	Line    int     `json:"line,omitempty"` // from 1; 0 the file as a whole
	What    string  `json:"what"`
	Field   string  `json:"field,omitempty"` // of the neutral install
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why,omitempty"`
}

// SecurityArchive is the item that tells of an archive that only Debian and its
// kin have.
const SecurityArchive = "security archive"

// Draft is what was read so far.
type Draft struct {
	File   string
	In     intent.Install
	Domain string // of the host's name
	Items  []Item

	// Family is whose packages, services and mirrors the file speaks of:
	// redhat, debian, ubuntu, suse or coreos.
	Family string
	// Release is what the file says of its own release, as rhel-9; "" nothing.
	Release string

	disks map[string]string // names of disks in the file, to those in the draft
	found map[string]intent.Disk
}

// New is an empty draft. Faults of the install are told at the file's lines.
func New(file, family string) *Draft {
	d := &Draft{File: file, Family: family, disks: map[string]string{}, found: map[string]intent.Disk{}}
	d.In.At = fault.Position{File: file}
	d.In.Places = map[string]fault.Position{}
	d.In.Storage.Disk.Path = "auto"
	return d
}

// Copy is a draft of its own with all that was read, for a rendering that may
// change it.
func (d *Draft) Copy() *Draft {
	c := *d
	b, err := json.Marshal(d.In) // plain data all of it: TestCopy
	if err == nil {
		c.In = intent.Install{}
		err = json.Unmarshal(b, &c.In)
	}
	if err != nil {
		panic("reading: the install is not plain data: " + err.Error())
	}
	c.Items, c.disks, c.found = slices.Clone(d.Items), maps.Clone(d.disks), maps.Clone(d.found)
	return &c
}

// Keep notes a thing that the install says as the file did. Field is its path
// in the neutral install, or "" for what every rendering does.
func (d *Draft) Keep(line int, what, field string) { d.add(line, what, field, Kept, "") }

// Change notes a thing that the install says otherwise.
func (d *Draft) Change(line int, what, field, why string, args ...any) {
	d.add(line, what, field, Changed, fmt.Sprintf(why, args...))
}

// Lose notes a thing that the install cannot say.
func (d *Draft) Lose(line int, what, why string, args ...any) {
	d.add(line, what, "", Lost, fmt.Sprintf(why, args...))
}

func (d *Draft) add(line int, what, field string, v Verdict, why string) {
	d.Items = append(d.Items, Item{line, Printable(what), field, v, why})
	if field != "" {
		d.In.Places[field] = fault.Position{File: d.File, Line: line}
	}
}

// Printable is text from a file for a report: on one line and not long.
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if finding.CheckLine("x"+string(r)+"x") != nil {
			return '?'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100]) + "…"
	}
	return s
}

// Host takes a host's name apart from its domain.
func (d *Draft) Host(line int, what, name string) {
	host, domain, _ := strings.Cut(name, ".")
	if !finding.HostWord().MatchString(host) && !strings.Contains(host, "{") {
		d.Lose(line, what, "it is not a host's name")
		return
	}
	d.In.HostName = host
	if domain != "" && finding.DomainWord().MatchString(domain) {
		d.Domain = domain
	}
	d.Keep(line, what, "hostname")
}

// Password is a password's hash: of one in clear it is made here. One that
// nobody can have, as * or !, is "".
func (d *Draft) Password(line int, what, field, value string, crypted bool) string {
	switch {
	case value == "" || crypted && strings.Trim(value, "*!x") == "":
		d.Keep(line, what+" (no login by password)", field)
		return ""
	case crypted && secret.IsHash(value):
		d.Keep(line, what, field)
		return value
	case crypted:
		d.Lose(line, what, "it is no hash that is known today: give another password")
		return ""
	}
	hash, err := secret.Hash(value)
	if err != nil {
		d.Lose(line, what, "the password cannot be hashed: %v", err)
		return ""
	}
	why := "it stood there in clear and is hashed now"
	if secret.Weak(value) {
		why += "; attackers try it first: choose another one"
	}
	d.Change(line, what, field, "%s", why)
	return hash
}

// User is the account of that name, made where there is none.
func (d *Draft) User(name string) *intent.User {
	for i := range d.In.Users {
		if d.In.Users[i].Name == name {
			return &d.In.Users[i]
		}
	}
	d.In.Users = append(d.In.Users, intent.User{Name: name})
	return &d.In.Users[len(d.In.Users)-1]
}

// UserField is the path of the account of that name.
func (d *Draft) UserField(name string) string {
	for i := range d.In.Users {
		if d.In.Users[i].Name == name {
			return fmt.Sprintf("users[%d]", i)
		}
	}
	return fmt.Sprintf("users[%d]", len(d.In.Users))
}

// administrators are groups whose members may do all with sudo.
var administrators = map[string]bool{"wheel": true, "sudo": true, "admin": true}

// Groups gives an account its groups; those of administrators mean sudo.
func (d *Draft) Groups(u *intent.User, groups []string) {
	for _, g := range groups {
		switch g = strings.TrimSpace(g); {
		case g == "" || g == u.Name:
		case administrators[g]:
			u.Sudo = true
		default:
			u.Groups = append(u.Groups, g)
		}
	}
}

// Add appends words to a list and notes each at its field.
func (d *Draft) Add(line int, what, field string, list *[]string, words ...string) {
	for _, w := range words {
		if w = strings.TrimSpace(w); w == "" {
			continue
		}
		at := fmt.Sprintf("%s[%d]", field, len(*list))
		*list = append(*list, w)
		d.Keep(line, what+" "+w, at)
	}
}

// Disk is the draft's name for a disk that the file calls name: "" for the
// first, "auto" for one that it does not name.
func (d *Draft) Disk(name string) string {
	key := strings.TrimPrefix(name, "/dev/")
	if n, ok := d.disks[key]; ok {
		return n
	}
	disk := intent.Disk{Path: "/dev/" + key}
	if key == "" || key == "auto" {
		key, disk.Path = "auto", "auto"
	}
	if picked, ok := d.found[key]; ok {
		disk = picked
	}
	st := &d.In.Storage
	if len(d.disks) == 0 {
		disk.Name = st.Disk.Name
		st.Disk = disk
		d.disks[key] = ""
		return ""
	}
	if key == "auto" { // what names no disk goes to the first
		return ""
	}
	disk.Name = fmt.Sprintf("disk%d", len(st.Others)+2)
	st.Others = append(st.Others, disk)
	d.disks[key] = disk.Name
	return disk.Name
}

// Found is Disk for one that the file looks for by a name of its own.
func (d *Draft) Found(name string, disk intent.Disk) string {
	d.found[strings.TrimPrefix(name, "/dev/")] = disk
	return d.Disk(name)
}

// Alias is another name that the file has for a disk.
func (d *Draft) Alias(name, disk string) { d.disks[name] = disk }

var pickLine = regexp.MustCompile(`(?m)^(disk[0-9]+)=\$\(pick ([0-9]+) ([0-9]+) (.*)\)$`)

// Picks learns the disks that one of our own scripts looks for: name is what
// the file calls the disk that the n-th pick finds, with %d for n.
func (d *Draft) Picks(script, name string) {
	for _, m := range pickLine.FindAllStringSubmatch(script, -1) {
		words := Words(m[4])
		if len(words) != 2 {
			continue
		}
		disk := intent.Disk{Path: "auto", MinSize: number(m[2]) * 512, MaxSize: number(m[3]) * 512, Model: words[0], Serial: words[1]}
		d.found[fmt.Sprintf(name, number(strings.TrimPrefix(m[1], "disk")))] = disk
	}
}

func number(s string) int64 {
	n := int64(0)
	for _, c := range s {
		if c < '0' || c > '9' || n > 1<<50 {
			return n
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// Number is a whole number that begins a text, or 0.
func Number(s string) int64 { return number(strings.TrimSpace(s)) }

// Address reads an address; the zero one for what is none.
func Address(s string) netip.Addr {
	a, _ := netip.ParseAddr(strings.TrimSpace(s))
	return a.WithZone("")
}

// Addresses reads those that commas or blanks part.
func Addresses(s string) []netip.Addr {
	var out []netip.Addr
	for _, w := range Fields(s) {
		if a := Address(w); a.IsValid() {
			out = append(out, a)
		}
	}
	return out
}

// Fields are the words that commas or blanks part.
func Fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == ';' })
}

// Prefix is an address with a netmask in dotted form or the length of one.
func Prefix(address, mask string) (netip.Prefix, bool) {
	a := Address(address)
	if !a.IsValid() {
		return netip.Prefix{}, false
	}
	bits := int(Number(strings.TrimPrefix(mask, "/")))
	if m := Address(mask); m.Is4() {
		bits = 0
		for _, b := range m.As4() {
			for ; b&0x80 != 0; b <<= 1 {
				bits++
			}
		}
	}
	p := netip.PrefixFrom(a, bits)
	return p, p.IsValid() && bits > 0
}

// Filesystem is the neutral name of a file system; ok is false for one that
// the neutral install does not know.
func Filesystem(name string) (fs string, ok bool) {
	switch name = strings.ToLower(name); name {
	case "efi", "fat32", "fat", "msdos", "fat16":
		return "vfat", true
	case "linux-swap":
		return "swap", true
	}
	for _, k := range finding.Filesystems {
		if k == name {
			return name, true
		}
	}
	return "ext4", false
}

// Simple leaves out a network that says nothing but DHCP on one card.
func (d *Draft) Simple() {
	n := &d.In.Network
	if n.Plain() {
		n.Interfaces = nil
	}
	if d.In.NTP = d.In.NTP || len(d.In.NTPServers) > 0; len(d.In.Storage.Others) > 0 && d.In.Storage.Disk.Name == "" {
		d.In.Storage.Disk.Name = "disk1"
	}
}
