package conversion

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
)

// familiar changes what only the old family's systems know.
func (c *converter) familiar() {
	d, in := c.d, &c.d.In
	from, to := d.Family, family(c.s.Image.Release)
	if to == "redhat" && !strings.HasPrefix(c.s.Image.Release, "fedora") {
		c.noBtrfs()
	}
	if v := intent.Version(c.s.Image.Release); to == "redhat" && v >= 8 {
		c.chrony()
	}
	if from == to || from == "" {
		if s := c.s.Image.Codename; in.Mirror.Suite != "" && in.Mirror.Suite != s && s != "" {
			c.turn("mirror.suite", reading.Changed, "the new release's own suite, "+s)
			in.Mirror.Suite = ""
		}
		return
	}
	lose := func(field, why string) { c.turn(field, reading.Lost, why) }
	if in.Mirror.URL != "" {
		lose("mirror.url", "it holds packages of another distribution: give the new one's")
	}
	if in.Mirror.Suite != "" {
		lose("mirror.suite", "it is of another distribution")
	}
	if in.Mirror.Security != "" {
		lose("mirror.security", "it holds packages of another distribution")
	}
	in.Mirror.URL, in.Mirror.Suite, in.Mirror.Security, in.Mirror.Trusted = "", "", "", false
	if len(in.Repositories) > 0 {
		lose("repositories", "it holds packages of another distribution")
		in.Repositories = nil
	}
	if columns[from] == columns[to] { // Debian and Ubuntu
		c.tasks(to)
		return
	}
	c.d.Items = slices.DeleteFunc(c.d.Items, func(it reading.Item) bool { return it.What == reading.SecurityArchive })
	if len(in.Groups) > 0 {
		lose("groups", "groups of packages are called otherwise: name packages")
		in.Groups = nil
	}
	in.Packages = c.rename("packages", "package", in.Packages, from, to)
	c.core(from, to)
	in.Excluded = c.rename("excluded-packages", "package", in.Excluded, from, to)
	in.Services.Enable = c.rename("services.enable", "service", in.Services.Enable, from, to)
	in.Services.Disable = c.rename("services.disable", "service", in.Services.Disable, from, to)
	if in.SELinux != "" && from == "redhat" && to != "coreos" {
		lose("selinux", "the distribution is installed without SELinux")
		in.SELinux = ""
	}
	if in.Post != "" {
		c.turn("post", reading.Changed, "it was written for another distribution: see that its commands are there")
	}
}

// core adds the SSH server that Red Hat's smallest group has, and that of no
// other family.
func (c *converter) core(from, to string) {
	for i := range c.d.Items {
		it := &c.d.Items[i]
		if from != "redhat" || to == "coreos" || it.What != "@core" && it.What != "@^minimal-environment" {
			continue
		}
		it.Verdict, it.Why = reading.Changed, "the distribution's own smallest system takes its place; the SSH server that the group has is named beside it"
		name := intent.Or(names("package", from, to)["openssh-server"], "openssh-server")
		if !slices.Contains(c.d.In.Packages, name) {
			c.d.In.Packages = append(c.d.In.Packages, name)
		}
	}
}

// tasks are tasksel's of each of its two families, and what a task of the other
// is called.
var tasks = map[string]struct {
	own    []string
	called map[string]string
}{
	"debian": {strings.Fields("standard desktop gnome-desktop kde-desktop xfce-desktop lxde-desktop lxqt-desktop mate-desktop cinnamon-desktop web-server ssh-server laptop"),
		map[string]string{"openssh-server": "ssh-server", "server": "standard", "Ubuntu Server": "standard", "ubuntu-desktop": "gnome-desktop", "kubuntu-desktop": "kde-desktop", "xubuntu-desktop": "xfce-desktop"}},
	"ubuntu": {strings.Fields("standard server minimal openssh-server ubuntu-desktop kubuntu-desktop xubuntu-desktop dns-server lamp-server mail-server print-server samba-server virt-host"),
		map[string]string{"ssh-server": "openssh-server", "gnome-desktop": "ubuntu-desktop", "desktop": "ubuntu-desktop", "kde-desktop": "kubuntu-desktop", "xfce-desktop": "xubuntu-desktop"}},
}

// tasks gives tasks the names that the other of Debian and Ubuntu has for them.
func (c *converter) tasks(to string) {
	var out []string
	for i, g := range c.d.In.Groups {
		at, t := fmt.Sprintf("groups[%d]", i), tasks[to]
		next := t.called[g]
		switch {
		case slices.Contains(t.own, g):
			next = g
		case next == "":
			c.turn(at, reading.Lost, "the distribution has no such task: name packages")
			continue
		default:
			c.turn(at, reading.Changed, "the distribution calls it "+next)
		}
		if !slices.Contains(out, next) {
			c.move(at, fmt.Sprintf("groups[%d]", len(out)))
			out = append(out, next)
		}
	}
	c.d.In.Groups = out
}

// noBtrfs takes XFS where RHEL has no btrfs.
func (c *converter) noBtrfs() {
	st := &c.d.In.Storage
	swap := func(fs *string, field string, args ...any) {
		if *fs == "btrfs" {
			*fs = "xfs"
			c.turn(fmt.Sprintf(field, args...), reading.Changed, "the release has no btrfs: it is xfs")
		}
	}
	for i := range st.Partitions {
		swap(&st.Partitions[i].Filesystem, "storage.partitions[%d]", i)
	}
	for i := range st.Arrays {
		swap(&st.Arrays[i].Filesystem, "storage.raid[%d]", i)
	}
	for i, g := range st.VolumeGroups {
		for j := range g.Volumes {
			swap(&g.Volumes[j].Filesystem, "storage.volume-groups[%d].volumes[%d]", i, j)
		}
	}
}

// chrony takes the place of ntp, which Red Hat has no longer.
func (c *converter) chrony() {
	for i, name := range c.d.In.Packages {
		if name == "ntp" {
			c.d.In.Packages[i] = "chrony"
			c.turn(fmt.Sprintf("packages[%d]", i), reading.Changed, "the release has chrony in its place")
		}
	}
}

// rename gives names of packages or services in the new family. Those that the
// table does not know keep theirs.
func (c *converter) rename(field, kind string, list []string, from, to string) []string {
	table := names(kind, from, to)
	var out []string
	for i, name := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		next, ok := table[name]
		switch {
		case !ok:
			next = name
			c.note(at, "it is not known whether the distribution has a "+kind+" of this name")
		case next == "-":
			c.turn(at, reading.Lost, "the distribution has no such "+kind)
			continue
		case next != name:
			c.turn(at, reading.Changed, "the distribution calls it "+next)
		}
		if !slices.Contains(out, next) {
			c.move(at, fmt.Sprintf("%s[%d]", field, len(out)))
			out = append(out, next)
		}
	}
	return out
}

// note is a word about what is kept.
func (c *converter) note(field, why string) {
	for i := range c.d.Items {
		if it := &c.d.Items[i]; it.Field == field && it.Verdict == reading.Kept && it.Why == "" {
			it.Why = why
		}
	}
}
