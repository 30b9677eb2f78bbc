package rule

import "strings"

// warn notes what a version says of a line that it accepts.
func (c *Call) warn() {
	say := func(warning bool, msg string) { c.Notes = append(c.Notes, Note{Msg: msg, Warning: warning}) }
	switch c.Cmd.Name {
	case "auth", "authconfig":
		if c.Since(28, 8) {
			say(false, "The authconfig command will be deprecated, use authselect instead.")
		}
	case "zerombr":
		if len(c.Words) > 0 {
			say(false, "The zerombr command no longer takes any options. In future releases, this will be a fatal error.")
		}
	case "timezone":
		if c.Since(32, 9) && !c.Since(40, 10) {
			for _, w := range []string{"--isUtc", "--ntpservers", "--nontp"} {
				if c.wrote(w) && (w == "--isUtc" || c.Since(33, 9)) {
					say(false, "The option "+w+" will be deprecated in future releases; --utc and the timesource command take its place.")
				}
			}
		}
	}
	if kind, name, told := c.defines(); kind != "" && c.File.define(kind, name) {
		say(true, told+" has already been defined.")
	}
}

// wrote says that an option stands in the line, abbreviated or not.
func (c *Call) wrote(option string) bool {
	o := c.Cmd.Option(option)
	for _, w := range c.Words {
		name, _, _ := strings.Cut(w, "=")
		if name == option || o != nil && len(name) > 3 && strings.HasPrefix(option, name) && c.Cmd.Option(name) == nil {
			return true
		}
	}
	return false
}

// defines is what a line gives a name to that no other line may: its kind, the
// name, and how a warning calls it.
func (c *Call) defines() (kind, name, told string) {
	as := func(kind, name, what string) (string, string, string) { return kind, name, what + " " + name }
	switch c.Cmd.Name {
	case "part", "partition":
		if m := c.Text("mntpoint"); m != "swap" {
			return as("part", m, "A partition with the mountpoint")
		}
	case "btrfs":
		return as("btrfs", c.Text("mountpoint"), "A btrfs volume with the mountpoint")
	case "raid":
		return as("raid", c.Text("device"), "A RAID device with the name")
	case "volgroup":
		return as("volgroup", c.Text("name"), "A volgroup with the name")
	case "logvol":
		return as("logvol", c.Text("vgname")+"/"+c.Text("name"), "A logical volume with the name")
	case "network":
		return as("network", c.Text("device"), "A network device with the name")
	case "user", "repo", "group":
		return as(c.Cmd.Name, c.Text("name"), "A "+c.Cmd.Name+" with the name")
	case "sshpw", "sshkey":
		return as(c.Cmd.Name, c.Text("username"), "An ssh user with the name")
	case "device":
		return as("device", strings.Join(c.List("names"), " "), "A module with the name")
	case "dmraid":
		return as("dmraid", c.Text("name")+" "+strings.Join(c.List("devices"), ","), "A DM RAID device with the name and devices")
	case "nvdimm":
		return as("nvdimm", c.Text("action")+" "+c.Text("namespace")+" "+strings.Join(c.List("blockdevs"), ","), "An action on the namespace or devices")
	case "fcoe":
		return as("fcoe", c.Text("nic"), "An FCOE device with the name")
	case "zfcp":
		return as("zfcp", c.Text("devnum")+" "+c.Text("wwpn")+" "+c.Text("fcplun"), "A zfcp device with the numbers")
	}
	return "", "", ""
}
