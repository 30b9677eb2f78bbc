package proxmox

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"seedbed/internal/fault"
)

// answers are the keys that any release of the installer reads
// (proxmox-auto-installer/src/answer.rs); the older spelling has underscores.
type answers struct {
	Global struct {
		Keyboard, Country, Mailto, Timezone string
		FQDN                                any  `toml:"fqdn"` // a name, or a table for one from DHCP
		Password                            any  `toml:"root-password"`
		Hashed                              any  `toml:"root-password-hashed"`
		Keys                                any  `toml:"root-ssh-keys"`
		RebootOnError                       bool `toml:"reboot-on-error"`
		RebootMode                          any  `toml:"reboot-mode"`
	} `toml:"global"`
	Network struct {
		Source, CIDR, DNS, Gateway string
		Filter                     map[string]string
		Pinning                    any `toml:"interface-name-pinning"`
	} `toml:"network"`
	Disk struct {
		Filesystem  string
		List        []string `toml:"disk-list"`
		Filter      map[string]string
		FilterMatch string `toml:"filter-match"`
		ZFS         map[string]any
		LVM         map[string]any
		Btrfs       map[string]any
	} `toml:"disk-setup"`
	Webhook   map[string]any `toml:"post-installation-webhook"`
	FirstBoot map[string]any `toml:"first-boot"`
}

// spelt are the keys of those that older releases write with underscores; one
// comes before what it begins with.
var spelt = []string{"root-password-hashed", "root-password", "root-ssh-keys", "reboot-on-error", "reboot-mode", "disk-list", "filter-match", "cert-fingerprint", "arc-max"}

// Check says what the installer would refuse in a user's own answers: nil, or
// a fault.List inside a fault of kind fault.Invalid.
func Check(file string, text []byte) error {
	// The same number of bytes, so that places stay right.
	even := text
	for _, key := range spelt {
		even = bytes.ReplaceAll(even, []byte(strings.ReplaceAll(key, "-", "_")), []byte(key))
	}
	var a answers
	err := toml.NewDecoder(bytes.NewReader(even)).DisallowUnknownFields().Decode(&a)
	list := unread(file, err)
	if err == nil {
		list = a.wrong(file, even)
	}
	if len(list) == 0 {
		return nil
	}
	return fault.Wrap(list, fault.Invalid, "Proxmox's wiki page Automated Installation names the keys", "")
}

// unread are the faults of a text that is no TOML, or has other keys.
func unread(file string, err error) (list fault.List) {
	bad := func(line, column int, msg, hint string) {
		list = append(list, fault.Finding{Position: fault.Position{File: file, Line: line, Column: column}, Severity: "error", Msg: msg, Hint: hint})
	}
	var strict *toml.StrictMissingError
	var one *toml.DecodeError
	switch {
	case errors.As(err, &strict):
		for i := range strict.Errors {
			row, column := strict.Errors[i].Position()
			bad(row, column, "the installer knows no key "+strings.Join(strict.Errors[i].Key(), "."), "it refuses the file as a whole")
		}
	case errors.As(err, &one):
		row, column := one.Position()
		bad(row, column, strings.TrimPrefix(one.Error(), "toml: "), "texts stand in double quotes")
	case err != nil:
		bad(0, 0, strings.TrimPrefix(err.Error(), "toml: "), "")
	}
	return list
}

// wrong are the faults of answers that can be read.
func (a *answers) wrong(file string, text []byte) (list fault.List) {
	bad := func(section, key, msg, hint string) {
		list = append(list, fault.Finding{Position: fault.Position{File: file, Line: lineOf(text, section, key)}, Severity: "error", Msg: msg, Hint: hint})
	}
	g, n, d := &a.Global, &a.Network, &a.Disk
	for key, value := range map[string]string{"keyboard": g.Keyboard, "country": g.Country, "mailto": g.Mailto, "timezone": g.Timezone} {
		if value == "" {
			bad("global", "", "global."+key+" is missing", "")
		}
	}
	if g.FQDN == nil {
		bad("global", "", "global.fqdn is missing", "")
	}
	if layouts := slices.Sorted(maps.Values(keyboards)); g.Keyboard != "" && !slices.Contains(layouts, g.Keyboard) {
		bad("global", "keyboard", "the installer has no keyboard "+g.Keyboard, "one of: "+strings.Join(layouts, ", "))
	}
	if (g.Password == nil) == (g.Hashed == nil) {
		bad("global", "", "one of root-password and root-password-hashed is wanted", "make a hash with: openssl passwd -6")
	}
	manual := n.Source == "from-answer"
	switch missing := n.CIDR == "" || n.DNS == "" || n.Gateway == "" || n.Filter == nil; {
	case n.Source != "" && n.Source != "from-dhcp" && !manual:
		bad("network", "source", "network.source is neither from-dhcp nor from-answer", "")
	case manual && missing:
		bad("network", "", "an address of the file's own wants cidr, dns, gateway and filter", "")
	case !manual && (n.CIDR != "" || n.DNS != "" || n.Gateway != "" || n.Filter != nil):
		bad("network", "", "with from-dhcp the section may hold nothing more", `add source = "from-answer"`)
	}
	switch {
	case !slices.Contains([]string{"ext4", "xfs", "zfs", "btrfs"}, d.Filesystem):
		bad("disk-setup", "filesystem", "disk-setup.filesystem is wanted", "one of: ext4, xfs, zfs, btrfs")
	case len(d.List) == 0 && d.Filter == nil:
		bad("disk-setup", "", "one of disk-list and filter is wanted", "")
	case len(d.List) > 0 && d.Filter != nil:
		bad("disk-setup", "", "disk-list and filter cannot be there both", "")
	case len(d.List) > 1 && (d.Filesystem == "ext4" || d.Filesystem == "xfs"):
		bad("disk-setup", "disk-list", "ext4 and xfs take one disk", "")
	case d.Filesystem == "zfs" && d.ZFS["raid"] == nil, d.Filesystem == "btrfs" && d.Btrfs["raid"] == nil:
		bad("disk-setup", "filesystem", "disk-setup."+d.Filesystem+".raid is missing", "raid0 for one disk")
	}
	return list
}

// lineOf is where a key of a table stands, or its head; 0 where neither does.
func lineOf(text []byte, section, key string) int {
	head, n, in := 0, 0, false
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			if in = line == "["+section+"]"; in {
				head = n
			}
		}
		if word, _, ok := strings.Cut(line, "="); in && ok && key != "" && strings.TrimSpace(word) == key {
			return n
		}
	}
	return head
}
