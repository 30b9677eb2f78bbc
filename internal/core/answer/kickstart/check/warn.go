package check

import "strings"

// warn adds what a version says of a line that it accepts.
func (r *Report) warn(c *call) {
	say := func(v Verdict, msg string) { r.add(v, c.node.Line, 0, msg) }
	switch c.cmd.Name {
	case "auth", "authconfig":
		if c.since(28, 8) {
			say(Deprecated, "The authconfig command will be deprecated, use authselect instead.")
		}
	case "zerombr":
		if len(c.words) > 0 {
			say(Deprecated, "The zerombr command no longer takes any options. In future releases, this will be a fatal error.")
		}
	case "timezone":
		if c.since(32, 9) && !c.since(40, 10) {
			for _, w := range []string{"--isUtc", "--ntpservers", "--nontp"} {
				if c.wrote(w) && (w == "--isUtc" || c.since(33, 9)) {
					say(Deprecated, "The option "+w+" will be deprecated in future releases; --utc and the timesource command take its place.")
				}
			}
		}
	}
	if kind, name, told := c.defines(); kind != "" && c.file.define(kind, name) {
		say(Warning, told+" has already been defined.")
	}
}

// wrote says that an option stands in the line, abbreviated or not.
func (c *call) wrote(option string) bool {
	o := c.cmd.Option(option)
	for _, w := range c.words {
		name, _, _ := strings.Cut(w, "=")
		if name == option || o != nil && len(name) > 3 && strings.HasPrefix(option, name) && c.cmd.Option(name) == nil {
			return true
		}
	}
	return false
}

// defines is what a line gives a name to that no other line may: its kind, the
// name, and how a warning calls it.
func (c *call) defines() (kind, name, told string) {
	as := func(kind, name, what string) (string, string, string) { return kind, name, what + " " + name }
	switch c.cmd.Name {
	case "part", "partition":
		if m := c.text("mntpoint"); m != "swap" {
			return as("part", m, "A partition with the mountpoint")
		}
	case "btrfs":
		return as("btrfs", c.text("mountpoint"), "A btrfs volume with the mountpoint")
	case "raid":
		return as("raid", c.text("device"), "A RAID device with the name")
	case "volgroup":
		return as("volgroup", c.text("name"), "A volgroup with the name")
	case "logvol":
		return as("logvol", c.text("vgname")+"/"+c.text("name"), "A logical volume with the name")
	case "network":
		if c.given("device") {
			return as("network", c.text("device"), "A network device with the name")
		}
	case "user", "repo", "group":
		return as(c.cmd.Name, c.text("name"), "A "+c.cmd.Name+" with the name")
	case "sshpw", "sshkey":
		return as(c.cmd.Name, c.text("username"), "An ssh user with the name")
	case "device":
		return as("device", strings.Join(c.list("names"), " "), "A module with the name")
	case "dmraid", "multipath":
		return as(c.cmd.Name, c.text("name"), "A device with the name")
	case "fcoe":
		return as("fcoe", c.text("nic"), "An FCOE device with the name")
	case "zfcp":
		return as("zfcp", c.text("devnum")+" "+c.text("wwpn")+" "+c.text("fcplun"), "A zfcp device with the numbers")
	}
	return "", "", ""
}
