package preseed

import (
	"fmt"
	"regexp"
	"strings"

	"seedbed/internal/core/answer/shell"
)

// Disk says which disk to install on: the one at Path, or with no Path the
// first that is neither read-only, removable nor on USB, and that no disk before
// it took. It must be of MinSectors to MaxSectors (of 512 bytes; zero is no
// limit), and Model and Serial must occur in what the disk says of itself.
type Disk struct {
	Path                   string
	Model, Serial          string
	MinSectors, MaxSectors int64
	Idle                   bool // nothing is laid out on it
}

// Disks are the disks of a layout, in order. One of them is found by a shell
// variable hit, more by disk1, disk2 and so on.
type Disks []Disk

// NoDisk is what partman-auto/disk becomes when no disk fits. With an empty
// one partman-auto would take the only disk there is, fitting or not.
const NoDisk = "/dev/no-disk-fits"

// plainPath is a path by which partman knows the disk, too: no link, and no dot
// in it, which would end a part of partman-auto-raid's recipe.
var plainPath = regexp.MustCompile(`^/dev/[a-z][a-z0-9]*$`)

// Name is the i-th disk in a recipe: its path, or a word that Command replaces.
func (d Disks) Name(i int) string {
	if plainPath.MatchString(d[i].Path) {
		return d[i].Path
	}
	return fmt.Sprintf("<disk%d>", i+1)
}

// Partition is the n-th partition of the i-th disk in a recipe, in the same way.
func (d Disks) Partition(i, n int) string {
	name := d.Name(i)
	if name[0] == '/' && name[len(name)-1] <= '9' {
		name += "p"
	}
	return fmt.Sprint(name, n)
}

// Use is what is done with disks that were found.
type Use struct {
	OnFail  string   // a shell command for when one does not fit
	BootAll bool     // GRUB goes onto each disk, not onto the first only
	Names   []string // keys whose values name disks by Name
	Parts   []string // keys whose values name partitions by Partition
}

// Command is partman/early_command: it sets the disks for partman-auto and for
// GRUB. GRUB is told because its own guess is the first disk of the BIOS.
func (d Disks) Command(u Use) string {
	c := &command{several: len(d) > 1}
	if named := d.named(); c.several && named != "" {
		c.add("named=\"%s\"", named) // not for others to find
	}
	for i, disk := range d {
		c.find(i, disk, u.OnFail)
	}
	if !c.several {
		c.add("debconf-set partman-auto/disk $hit")
		c.add("debconf-set grub-installer/bootdev $hit")
		return strings.Join(c.s, "; ")
	}
	var used []string
	for i, disk := range d {
		if !disk.Idle {
			used = append(used, fmt.Sprintf("$disk%d", i+1))
		}
	}
	// Where one is lacking, the others must not be emptied.
	c.add("all=\"%s\"", strings.Join(used, " "))
	c.add("[ -z \"$none\" ] || all=%s", NoDisk)
	c.add("debconf-set partman-auto/disk \"$all\"")
	boot := "$all"
	if !u.BootAll {
		boot = used[0]
	}
	c.add("debconf-set grub-installer/bootdev \"%s\"", boot)
	c.replace(d, u.Names, false)
	c.replace(d, u.Parts, true)
	return strings.Join(c.s, "; ")
}

type command struct {
	several bool
	s       []string
}

func (c *command) add(format string, args ...any) { c.s = append(c.s, fmt.Sprintf(format, args...)) }

// find sets hit, and with several disks the disk's own variable, too.
func (c *command) find(i int, d Disk, onFail string) {
	add := c.add
	list := "$(list-devices disk)"
	if d.Path != "" {
		list = "$(readlink -f " + shell.Quote(d.Path) + ")"
	}
	add("hit=")
	add("for d in %s", list)
	add("do n=$(echo $d | sed 's,^/dev/,,;s,/,!,g')")
	add("s=/sys/block/$n")
	add("[ -e $s/size ] || continue")
	switch {
	case c.several && d.Path == "":
		add(`case " $named $taken " in *" $d "*) continue ;; esac`)
	case c.several:
		add(`case " $taken " in *" $d "*) continue ;; esac`)
	}
	add("size=$(cat $s/size)")
	if d.Path == "" {
		add("[ $(cat $s/ro) = 0 ] || continue")
		add("[ $(cat $s/removable) = 0 ] || continue")
		add("udevadm info -q property -n $d | grep -q '^ID_BUS=usb$' && continue")
	}
	if d.MinSectors > 0 {
		add("[ $size -ge %d ] || continue", d.MinSectors)
	}
	if d.MaxSectors > 0 {
		add("[ $size -le %d ] || continue", d.MaxSectors)
	}
	if d.Model != "" || d.Serial != "" {
		add("model=$(cat $s/device/model 2>/dev/null; %s)", property("MODEL"))
		add("serial=$(cat $s/serial $s/device/serial 2>/dev/null; %s)", property("SERIAL", "SERIAL_SHORT", "WWN"))
		add(`case "$model" in *%s*) ;; *) continue ;; esac`, shell.Quote(d.Model))
		add(`case "$serial" in *%s*) ;; *) continue ;; esac`, shell.Quote(d.Serial))
	}
	add("hit=$d")
	add("break")
	add("done")
	add("if [ -z \"$hit\" ]; then hit=%s", NoDisk)
	if c.several {
		add("none=1")
	}
	add("logger -t seedbed no disk fits the profile")
	if onFail != "" {
		add("%s", onFail)
	}
	add("fi")
	if c.several {
		add("disk%d=$hit", i+1)
		add("taken=\"$taken $hit\"")
	}
}

// replace is for the keys whose values name disks, or partitions of them.
func (c *command) replace(d Disks, keys []string, parts bool) {
	for _, key := range keys {
		var sed []string
		for i := range d {
			if d.Name(i)[0] == '/' {
				continue
			}
			name := fmt.Sprintf("disk%d", i+1)
			if parts { // of a disk whose name ends in a digit
				c.add("case $%s in *[0-9]) %s=${%s}p ;; esac", name, name, name)
			}
			sed = append(sed, fmt.Sprintf("s,%s,$%s,g", d.Name(i), name))
		}
		if len(sed) > 0 {
			c.add("debconf-set %s \"$(debconf-get %s | sed \"%s\")\"", key, key, strings.Join(sed, ";"))
		}
	}
}

// named are commands that print the disks that have a path.
func (d Disks) named() string {
	var s []string
	for _, disk := range d {
		if disk.Path != "" {
			s = append(s, "$(readlink -f "+shell.Quote(disk.Path)+")")
		}
	}
	if len(s) == len(d) {
		return ""
	}
	return strings.Join(s, " ")
}

// property is a command that prints what udev knows of $d under these names.
func property(names ...string) string {
	var sed []string
	for _, n := range names {
		sed = append(sed, "s/^ID_"+n+"=//p")
	}
	return "udevadm info -q property -n $d | sed -n '" + strings.Join(sed, ";") + "'"
}
