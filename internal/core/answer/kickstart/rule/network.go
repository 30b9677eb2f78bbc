package rule

import (
	"strconv"
	"strings"

	"seedbed/internal/core/answer/kickstart/argument"
)

func init() {
	family(map[string]rule{
		"network":    {check: network},
		"firewall":   {check: firewall, write: firewallText},
		"realm":      {plain: true, check: realm, write: realmText},
		"timesource": {check: timesource},
		"fcoe":       {},
		"iscsi":      {check: iscsi},
		"zfcp":       {check: zfcp},
		"nvdimm":     {takes: true, check: nvdimm},
		"multipath":  {check: multipath},
		"dmraid":     {check: dmraid, write: repeated},
	})
}

func network(c *Call) string {
	c.assume("--bootproto", "dhcp")
	if c.Since(24, 8) && c.On("noipv4") {
		c.set("bootProto", "")
	}
	if v := c.Values["onboot"]; v.Given {
		c.Values["onboot"] = argument.Value{Kind: argument.Flag, Given: true, True: !v.True, At: v.At} // written where it is off
	}
	c.team()
	return first(
		c.interfaceName(),
		c.bridge(),
		c.when(c.Text("bindto") == "mac" && c.Has("vlanid") && !c.Has("bondopts"), "bindto", "--bindto=mac is not supported for this type of device"),
		c.needsDevice("ipv4_dns_search", "--ipv4-dns-search"),
		c.needsDevice("ipv6_dns_search", "--ipv6-dns-search"),
		c.needsDevice("ipv4_ignore_auto_dns", "--ipv4-ignore-auto-dns"),
		c.needsDevice("ipv6_ignore_auto_dns", "--ipv6-ignore-auto-dns"),
	)
}

func (c *Call) needsDevice(dest, option string) string {
	return c.when(c.Has(dest) && !c.Has("device"), dest, "Option "+option+" requires --device to be specified")
}

// team writes a team's slaves and settings as the form wants them: the double
// quotes of their JSON escaped.
func (c *Call) team() {
	if c.Has("teamslaves") {
		var out []string
		parts := strings.Split(c.Text("teamslaves"), "'")
		for i := 0; i < len(parts); i += 2 {
			names := strings.Trim(parts[i], ",")
			config := ""
			if i+1 < len(parts) {
				config = parts[i+1]
			} else if parts[i] == "" {
				break // what is left behind the last setting
			}
			if config != "" {
				config = "'" + config + "'"
			}
			out = append(out, names+config)
		}
		c.set("teamslaves", strings.ReplaceAll(strings.Join(out, ","), `"`, `\"`))
	}
	if c.Has("teamconfig") {
		c.set("teamconfig", strings.ReplaceAll(c.Text("teamconfig"), `"`, `\"`))
	}
}

func (c *Call) bridge() string {
	if !c.Has("bridgeopts") {
		return ""
	}
	if !c.Has("bridgeslaves") {
		return c.blame("bridgeopts", "Option --bridgeopts requires --bridgeslaves to be specified")
	}
	for _, o := range strings.Split(c.Text("bridgeopts"), ",") {
		if _, value, _ := strings.Cut(o, "="); value == "" || strings.Contains(value, "=") {
			return c.blame("bridgeopts", "Bad format of --bridgeopts, expecting key=value options separated by ','")
		}
	}
	return ""
}

// interfaceName is RHEL 7's own rule: a name with a VLAN id in it must be
// "NAME.ID" or "vlanID".
func (c *Call) interfaceName() string {
	name := c.Text("interfacename")
	if !c.Version.IsRHEL() || c.Version.Number() != 7 || name == "" {
		return ""
	}
	id := ""
	if prefix, rest, dot := strings.Cut(name, "."); dot {
		if prefix == "vlan" {
			return c.blame("interfacename", "When using the <prefix>.<vlan id> interface name notation, <prefix> can't be equal to 'vlan'.")
		}
		if _, err := strconv.Atoi(rest); err != nil {
			return c.blame("interfacename", "If network --interfacename contains a '.', valid vlan id should follow.")
		}
		id = rest
	}
	if rest, ok := strings.CutPrefix(name, "vlan"); ok {
		if _, err := strconv.Atoi(rest); err != nil {
			return c.blame("interfacename", "If network --interfacename starts with 'vlan', valid vlan id should follow.")
		}
		id = rest
	}
	n, _ := strconv.Atoi(id)
	return c.when(n < 0 || n > 4095, "interfacename", "The vlan id is out of the 0-4095 vlan id range.")
}

func firewall(c *Call) string {
	if !c.Given("enabled") {
		c.setFlag("enabled", true)
	}
	return ""
}

func firewallText(c *Call) string {
	if c.On("use_system_defaults") {
		return "firewall --use-system-defaults\n"
	}
	if !c.On("enabled") {
		return "firewall --disabled\n"
	}
	b := "firewall --enabled"
	var ports []string
	for _, p := range c.List("ports") {
		switch p {
		case "ssh:tcp", "telnet:tcp", "smtp:tcp", "http:tcp", "ftp:tcp":
			b += " --" + strings.TrimSuffix(p, ":tcp")
		default:
			ports = append(ports, p)
		}
	}
	for _, o := range []struct {
		name string
		list []string
	}{{"port", ports}, {"trust", c.List("trusts")}, {"service", c.List("services")}, {"remove-service", c.List("remove_services")}} {
		if len(o.list) > 0 {
			b += " --" + o.name + "=" + strings.Join(o.list, ",")
		}
	}
	return b + "\n"
}

// realm is read with getopt, not as the other commands.
func realm(c *Call) string {
	if c.File.define("realm", "") {
		return "The realm command 'join' should only be specified once"
	}
	if len(c.Words) == 0 {
		return "Missing realm command arguments"
	}
	if c.At = 0; c.Words[0] != "join" {
		return "Unsupported realm '" + c.Words[0] + "' command"
	}
	valued := []string{"--client-software", "--server-software", "--membership-software", "--one-time-password", "--computer-ou"}
	i := 1
	for ; i < len(c.Words) && strings.HasPrefix(c.Words[i], "-") && len(c.Words[i]) > 1; i++ {
		c.At = i
		if c.Words[i] == "--" {
			i++
			break
		}
		name, _, joined := strings.Cut(c.Words[i], "=")
		var hits []string
		for _, o := range append(valued, "--no-password") {
			if o == name {
				hits = []string{o}
				break
			}
			if strings.HasPrefix(o, name) && strings.HasPrefix(name, "--") {
				hits = append(hits, o)
			}
		}
		switch {
		case len(hits) != 1:
			return "Invalid realm arguments: option " + name + " not recognized"
		case hits[0] == "--no-password" && joined:
			return "Invalid realm arguments: option " + name + " must not have an argument"
		case hits[0] != "--no-password" && !joined:
			if i++; i >= len(c.Words) {
				return "Invalid realm arguments: option " + name + " requires argument"
			}
		}
	}
	if c.At = -1; len(c.Words)-i != 1 {
		return "Specify only one realm to join"
	}
	return ""
}

func realmText(c *Call) string {
	out := "realm join"
	for _, w := range c.Words[1:] {
		out += " " + shellQuote(w)
	}
	return out + "\n"
}

// shellQuote writes a word for a POSIX shell, in single quotes where it needs any.
func shellQuote(s string) string {
	for _, r := range s {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%_-+=:,./", r)
		if !plain {
			return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
		}
	}
	if s == "" {
		return "''"
	}
	return s
}

func timesource(c *Call) string {
	return c.exclusive(true, [2]string{"ntp_server", "--ntp-server"}, [2]string{"ntp_pool", "--ntp-pool"}, [2]string{"ntp_disable", "--ntp-disable"})
}

func iscsi(c *Call) string {
	if c.Num("port") == 3260 { // the default is not written
		delete(c.Values, "port")
	}
	return ""
}

func zfcp(c *Call) string {
	if c.Since(37, 9) && c.Has("wwpn") != c.Has("fcplun") {
		return "Only --devnum or --devnum with --wwpn and --fcplun are allowed."
	}
	return ""
}

func dmraid(c *Call) string {
	name := c.Text("name")
	c.set("name", name[strings.LastIndex(name, "/")+1:])
	return ""
}

func multipath(c *Call) string {
	device := c.Text("device")
	return c.when(c.File.define("multipath", device), "device", "Device '"+device+"' is already used in a multipath")
}

func nvdimm(c *Call) string {
	if msg := c.unexpected(); msg != "" {
		return msg
	}
	action := c.Text("action")
	c.setFlag(action, true)
	c.assume("--mode", "sector")
	return first(
		c.when(c.Has("namespace") && c.Has("blockdevs"), "blockdevs", "Only one of --namespace and --blockdevs device specifications can be used"),
		c.when(action == "reconfigure" && !c.Has("namespace"), "", "Action reconfigure requires --namespace argument to be set"),
		c.when(action == "reconfigure" && !c.Has("sectorsize"), "", "Action reconfigure with mode sector requires --sectorsize argument to be set"),
		c.when(action == "use" && !c.Has("namespace") && !c.Has("blockdevs"), "", "Action use requires --namespace or --blockdevs argument to be set"),
	)
}
