package preseed

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/shell"
)

// Disk says which disk to install on: the one at Path, or with no Path the
// first that is neither read-only, removable nor on USB. It must be of
// MinSectors to MaxSectors (of 512 bytes; zero is no limit), and Model and
// Serial must occur in what the disk says of itself.
type Disk struct {
	Path                   string
	Model, Serial          string
	MinSectors, MaxSectors int64
}

// NoDisk is what partman-auto/disk becomes when no disk fits. With an empty
// one partman-auto would take the only disk there is, fitting or not.
const NoDisk = "/dev/no-disk-fits"

// Command is partman/early_command: it sets the disk for partman-auto and for
// GRUB, or runs onFail (a shell command) when none fits. GRUB is told the same
// disk because its own guess is the first one of the BIOS.
func (d Disk) Command(onFail string) string {
	var s []string
	add := func(format string, args ...any) { s = append(s, fmt.Sprintf(format, args...)) }
	list := "$(list-devices disk)"
	if d.Path != "" {
		list = "$(readlink -f " + shell.Quote(d.Path) + ")"
	}
	add("hit=")
	add("for d in %s", list)
	add("do n=$(echo $d | sed 's,^/dev/,,;s,/,!,g')")
	add("s=/sys/block/$n")
	add("[ -e $s/size ] || continue")
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
	add("logger -t seedbed no disk fits the profile")
	if onFail != "" {
		add("%s", onFail)
	}
	add("fi")
	add("debconf-set partman-auto/disk $hit")
	add("debconf-set grub-installer/bootdev $hit")
	return strings.Join(s, "; ")
}

// property is a command that prints what udev knows of $d under these names.
func property(names ...string) string {
	var sed []string
	for _, n := range names {
		sed = append(sed, "s/^ID_"+n+"=//p")
	}
	return "udevadm info -q property -n $d | sed -n '" + strings.Join(sed, ";") + "'"
}
