package machine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/survey"
)

// Options say what is read beside the files that everybody may see.
type Options struct {
	Secrets bool // hashes of passwords, and keys
	// Query runs a program that lists packages and gives its output; nil where
	// none can be run.
	Query func(program string, args ...string) ([]byte, error)
}

// texts are the small files that tell what a system is like.
var texts = strings.Fields(`etc/os-release usr/lib/os-release etc/locale.conf etc/default/locale etc/sysconfig/i18n etc/default/keyboard etc/vconsole.conf
	etc/timezone etc/adjtime etc/hostname etc/hosts etc/resolv.conf etc/network/interfaces etc/selinux/config etc/chrony.conf etc/chrony/chrony.conf etc/ntp.conf
	etc/firewalld/zones/public.xml etc/ufw/ufw.conf etc/fstab etc/apt/sources.list etc/sysconfig/network etc/sysconfig/network/routes proc/self/mountinfo proc/swaps proc/cmdline`)

// directories are those of which every small file is read.
var directories = []string{"etc/netplan", "etc/NetworkManager/system-connections", "etc/network/interfaces.d", "etc/sysconfig/network-scripts", "etc/sysconfig/network",
	"etc/apt/sources.list.d"}

// largest is the most that is read of a file.
const largest = 1 << 20

type reader struct {
	root fs.FS
	o    Options
	f    survey.Facts
}

// Read gathers the facts. What cannot be read is said in them.
func Read(root fs.FS, o Options) survey.Facts {
	r := &reader{root: root, o: o, f: survey.Facts{Texts: map[string]string{}}}
	for _, name := range texts {
		if t := r.text(name); t != "" {
			r.f.Texts[name] = t
		}
	}
	if r.f.Texts["etc/os-release"] == "" {
		r.f.Texts["etc/os-release"] = r.f.Texts["usr/lib/os-release"]
	}
	for _, dir := range directories {
		list, err := fs.ReadDir(root, dir)
		for _, e := range list {
			name := path.Join(dir, e.Name())
			if e.IsDir() || strings.HasSuffix(name, "~") || strings.Contains(dir, "sysconfig") && !strings.HasPrefix(e.Name(), "ifcfg-") {
				continue
			}
			if t, err := r.read(name); err == nil {
				r.f.Texts[name] = t
			} else {
				r.miss("/%s cannot be read: %v", name, reason(err))
			}
		}
		if err != nil && len(list) == 0 && !missing(err) {
			r.miss("/%s cannot be read: %v", dir, reason(err))
		}
	}
	if target, err := fs.ReadLink(root, "etc/localtime"); err == nil {
		_, r.f.Zone, _ = strings.Cut(target, "zoneinfo/")
	}
	r.devices()
	r.accounts()
	r.packages()
	r.units()
	return r.f
}

func (r *reader) miss(format string, args ...any) {
	r.f.Missing = append(r.f.Missing, fmt.Sprintf(format, args...))
}

func (r *reader) read(name string) (string, error) {
	f, err := r.root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b := make([]byte, 0, 4096)
	buf := bytes.NewBuffer(b)
	_, err = buf.ReadFrom(&limited{f, largest})
	return buf.String(), err
}

// limited is io.LimitReader for what has Read only.
type limited struct {
	f    fs.File
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fs.ErrInvalid
	}
	n, err := l.f.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

func (r *reader) text(name string) string {
	t, _ := r.read(name)
	return t
}

// word is a file of one line.
func (r *reader) word(name string) string { return strings.TrimSpace(r.text(name)) }

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func reason(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	return n
}

// devices reads sysfs: disks with their partitions, device mapper, arrays.
func (r *reader) devices() {
	list, err := fs.ReadDir(r.root, "sys/block")
	if err != nil {
		r.miss("/sys/block cannot be read: disks are not known")
		return
	}
	for _, e := range list {
		name := e.Name()
		if strings.HasPrefix(name, "loop") || strings.HasPrefix(name, "ram") || strings.HasPrefix(name, "sr") || strings.HasPrefix(name, "zram") {
			continue
		}
		dir := "sys/block/" + name
		d := survey.Device{Name: strings.ReplaceAll(name, "!", "/"), Number: r.word(dir + "/dev"), Bytes: number(r.text(dir+"/size")) * 512,
			Mapper: r.word(dir + "/dm/name"), UUID: r.word(dir + "/dm/uuid"), Level: r.word(dir + "/md/level")}
		for _, key := range strings.Split(r.text("run/udev/data/b"+d.Number), "\n") {
			if t, ok := strings.CutPrefix(key, "E:ID_PART_TABLE_TYPE="); ok {
				d.Table = t
			}
		}
		below, _ := fs.ReadDir(r.root, dir+"/slaves")
		for _, b := range below {
			d.On = append(d.On, b.Name())
		}
		r.f.Devices = append(r.f.Devices, d)
		inner, _ := fs.ReadDir(r.root, dir)
		for _, p := range inner {
			part := dir + "/" + p.Name()
			if !strings.HasPrefix(p.Name(), name) || r.word(part+"/partition") == "" {
				continue
			}
			r.f.Devices = append(r.f.Devices, survey.Device{Name: p.Name(), Disk: d.Name, Number: r.word(part + "/dev"), Bytes: number(r.text(part+"/size")) * 512, Start: number(r.text(part+"/start")) * 512})
		}
	}
}

// The numbers of people's accounts (login.defs(5)).
const (
	firstPerson = 1000
	lastPerson  = 59999
)

func (r *reader) accounts() {
	groups, own := map[string][]string{}, map[string]string{}
	for l := range strings.SplitSeq(r.text("etc/group"), "\n") {
		if w := strings.Split(l, ":"); len(w) == 4 {
			own[w[2]] = w[0]
			for _, u := range strings.Split(w[3], ",") {
				groups[u] = append(groups[u], w[0])
			}
		}
	}
	hashes := map[string]string{}
	if r.o.Secrets {
		text, err := r.read("etc/shadow")
		if err != nil {
			r.miss("/etc/shadow cannot be read: %v", reason(err))
		}
		for l := range strings.SplitSeq(text, "\n") {
			if w := strings.Split(l, ":"); len(w) > 1 {
				hashes[w[0]] = w[1]
			}
		}
	}
	for l := range strings.SplitSeq(r.text("etc/passwd"), "\n") {
		w := strings.Split(l, ":")
		if len(w) != 7 {
			continue
		}
		uid := int(number(w[2]))
		if w[0] != "root" && (uid < firstPerson || uid > lastPerson) {
			continue
		}
		full, _, _ := strings.Cut(w[4], ",")
		a := survey.Account{Name: w[0], FullName: full, Shell: w[6], UID: uid, Groups: slices.Clone(groups[w[0]])}
		sort.Strings(a.Groups)
		if hash := hashes[w[0]]; strings.Contains(hash, "$") {
			a.Hash, a.Locked = strings.TrimLeft(hash, "!"), strings.HasPrefix(hash, "!")
		}
		if r.o.Secrets {
			home := strings.TrimPrefix(w[5], "/")
			for k := range strings.SplitSeq(r.text(path.Join(home, ".ssh/authorized_keys")), "\n") {
				if k = strings.TrimSpace(k); k != "" && !strings.HasPrefix(k, "#") {
					a.Keys = append(a.Keys, k)
				}
			}
		}
		r.f.Accounts = append(r.f.Accounts, a)
	}
}

// packages are those that a person chose, as far as the package manager knows.
func (r *reader) packages() {
	if _, err := fs.Stat(r.root, "var/lib/dpkg/status"); err == nil {
		r.dpkg()
		return
	}
	if r.o.Query == nil {
		r.miss("packages are not known: the package manager cannot be asked here")
		return
	}
	for _, q := range [][]string{{"dnf", "-q", "-C", "repoquery", "--userinstalled", "--qf", "%{name}\n"}, {"zypper", "-q", "--no-refresh", "packages", "--userinstalled"},
		{"rpm", "-qa", "--qf", "%{NAME}\n"}} {
		out, err := r.o.Query(q[0], q[1:]...)
		if err != nil || len(bytes.TrimSpace(out)) == 0 {
			continue
		}
		for l := range strings.SplitSeq(string(out), "\n") {
			if cells := strings.Split(l, "|"); len(cells) > 3 { // zypper's table
				l = cells[2]
			}
			if l = strings.TrimSpace(l); l != "" && l != "Name" && !strings.Contains(l, " ") && !strings.HasPrefix(l, "--") && l != "gpg-pubkey" {
				r.f.Packages = append(r.f.Packages, l)
			}
		}
		slices.Sort(r.f.Packages)
		r.f.Packages = slices.Compact(r.f.Packages)
		if q[0] == "rpm" {
			r.miss("which packages a person chose is not known: all are listed")
		}
		return
	}
	r.miss("packages are not known: neither dnf, zypper nor rpm answers")
}

// dpkg reads Debian's own records: what is installed, neither by itself nor as
// part of every system.
func (r *reader) dpkg() {
	auto := map[string]bool{}
	r.stanzas("var/lib/apt/extended_states", func(s map[string]string) {
		if s["Auto-Installed"] == "1" {
			auto[s["Package"]] = true
		}
	})
	r.stanzas("var/lib/dpkg/status", func(s map[string]string) {
		p := s["Priority"]
		base := p == "required" || p == "important" || s["Essential"] == "yes" || strings.HasPrefix(s["Package"], "linux-image-") || strings.HasPrefix(s["Package"], "linux-headers-") || strings.HasPrefix(s["Package"], "grub-")
		if strings.HasSuffix(s["Status"], " installed") && !auto[s["Package"]] && !base {
			r.f.Packages = append(r.f.Packages, s["Package"])
		}
	})
	slices.Sort(r.f.Packages)
	r.f.Packages = slices.Compact(r.f.Packages)
}

// stanzas reads a file of dpkg's, which may be large.
func (r *reader) stanzas(name string, visit func(map[string]string)) {
	f, err := r.root.Open(name)
	if err != nil {
		if !missing(err) {
			r.miss("/%s cannot be read: %v", name, reason(err))
		}
		return
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(make([]byte, 64<<10), 4<<20)
	s := map[string]string{}
	for sc.Scan() {
		switch l := sc.Text(); {
		case l == "":
			if len(s) > 0 {
				visit(s)
			}
			s = map[string]string{}
		case l[0] == ' ' || l[0] == '\t':
		default:
			if k, v, ok := strings.Cut(l, ": "); ok {
				s[k] = v
			}
		}
	}
	if len(s) > 0 {
		visit(s)
	}
}

// units are those that something wants at the start.
func (r *reader) units() {
	dirs, _ := fs.Glob(r.root, "etc/systemd/system/*.target.wants")
	seen := map[string]bool{}
	for _, dir := range dirs {
		list, _ := fs.ReadDir(r.root, dir)
		for _, e := range list {
			if !seen[e.Name()] {
				r.f.Units = append(r.f.Units, e.Name())
			}
			seen[e.Name()] = true
		}
	}
	slices.Sort(r.f.Units)
}
