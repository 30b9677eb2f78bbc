package check

import "strings"

func init() {
	family(map[string]rule{
		"url":             {check: url},
		"harddrive":       {check: harddrive},
		"repo":            {check: repo, write: repoText},
		"cdrom hmc":       {plain: true, check: nothing},
		"liveimg":         {},
		"nfs":             {},
		"ostreesetup":     {check: ostreesetup},
		"ostreecontainer": {check: ostreecontainer},
		"bootc":           {check: bootc},
		"module":          {takes: true, check: module},
		"driverdisk":      {takes: true, check: driverdisk},
		"updates":         {takes: true, check: updates, write: updatesText},
		"rhsm":            {check: rhsm, write: repeated},
		"syspurpose":      {write: repeated},
		"upgrade install": {check: upgrade, write: upgradeText},
		"method":          {plain: true},
	})
}

// nothing is the rule of commands that stand alone.
func nothing(c *call) string {
	if len(c.words) > 0 {
		c.at = 0
		return "Kickstart command " + c.cmd.Name + " does not take any arguments"
	}
	return ""
}

func url(c *call) string {
	if !c.since(18, 7) {
		return ""
	}
	return c.exclusive(true, [2]string{"mirrorlist", "--mirrorlist"}, [2]string{"url", "--url"}, [2]string{"metalink", "--metalink"})
}

func repo(c *call) string {
	needed := !c.since(15, 7)
	return c.exclusive(needed, [2]string{"mirrorlist", "--mirrorlist"}, [2]string{"baseurl", "--baseurl"}, [2]string{"metalink", "--metalink"})
}

// repoText leaves a gap where the address of the repository would stand.
func repoText(c *call) string {
	out := c.form()
	if name := `repo --name="` + c.text("name") + `"`; !c.has("baseurl") && !c.has("mirrorlist") {
		out = name + " " + strings.TrimPrefix(out, name)
	}
	return out
}

func harddrive(c *call) string {
	if c.since(33, 9) || c.has("biospart") != c.has("partition") {
		return ""
	}
	return "One of biospart or partition options must be specified."
}

func ostreesetup(c *call) string {
	c.assume("--remote", c.text("osname"))
	url := c.text("url")
	local := strings.HasPrefix(url, "file:") || strings.HasPrefix(url, "http:") || strings.HasPrefix(url, "https:")
	return first(
		c.when(!local, "url", "ostree repos must use file, HTTP or HTTPS protocol."),
		c.apart("ostreecontainer", "bootc"),
	)
}

func ostreecontainer(c *call) string {
	c.assume("--remote", c.text("stateroot"))
	return c.apart("ostreesetup", "bootc")
}

func bootc(c *call) string {
	c.assume("--stateroot", "default")
	c.assume("--target-imgref", c.text("sourceImgRef"))
	return c.apart("ostreesetup", "ostreecontainer")
}

// apart refuses a way to install beside another, in the versions that mind.
func (c *call) apart(others ...string) string {
	if !c.since(38, 9) {
		return ""
	}
	for _, o := range others {
		if c.file.seen[o] {
			return "The '" + o + "' and '" + c.cmd.Name + "' commands can't be used at the same time"
		}
	}
	return ""
}

func module(c *call) string {
	if len(c.extra) > 0 {
		return "The enable module command does not take position arguments!"
	}
	return ""
}

func driverdisk(c *call) string {
	parts := c.list("partition")
	many := len(parts) > 1
	return first(
		c.when(many, "partition", "Only one partition may be specified for driverdisk command."),
		c.unexpected(),
		c.when(len(parts) == 1 && c.has("source"), "source", "Only one of --source and partition may be specified for driverdisk command."),
		c.when(len(parts) == 1 && c.has("biospart"), "biospart", "Only one of --biospart and partition may be specified for driverdisk command."),
		c.when(c.has("source") && c.has("biospart"), "biospart", "Only one of --biospart and --source may be specified for driverdisk command."),
		c.when(len(parts) == 0 && !c.has("source") && !c.has("biospart"), "", "One of --source, --biospart, or partition must be specified for driverdisk command."),
	)
}

func updates(c *call) string {
	if c.since(34, 9) {
		if len(c.extra) > 0 {
			return "unrecognized arguments: " + strings.Join(c.extra, " ")
		}
		return ""
	}
	return first(c.when(len(c.list("updates")) > 1, "updates", "Kickstart command updates only takes one argument"), c.unexpected())
}

func updatesText(c *call) string {
	where := c.text("updates") + c.text("url")
	if where == "" || where == "floppy" {
		return "updates\n"
	}
	return "updates " + where + "\n"
}

func rhsm(c *call) string {
	for _, k := range c.list("activation_keys") {
		if k == "" {
			return c.blame("activation_keys", "Empty string is not a valid activation key.")
		}
	}
	return ""
}

// repeated writes an option that gathers values once for each of them.
func repeated(c *call) string {
	out := ifAny(c)
	for option, dest := range map[string]string{"--activation-key": "activation_keys", "--addon": "addons", "--dev": "devices"} {
		if list := c.list(dest); len(list) > 1 {
			out = strings.Replace(out, `"`+strings.Join(list, ",")+`"`, `"`+strings.Join(list, `" `+option+`="`)+`"`, 1)
		}
	}
	return out
}

func upgrade(c *call) string {
	if c.given("root_device") && !c.has("root_device") {
		return c.blame("root_device", "Kickstart command upgrade does not accept empty parameter --root-device")
	}
	return ""
}

func upgradeText(c *call) string {
	if c.cmd.Name == "install" {
		return "install\n"
	}
	return c.form()
}
