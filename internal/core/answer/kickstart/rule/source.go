package rule

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
func nothing(c *Call) string {
	if len(c.Words) > 0 {
		c.At = 0
		return "Kickstart command " + c.Cmd.Name + " does not take any arguments"
	}
	return ""
}

func url(c *Call) string {
	if !c.Since(18, 7) {
		return ""
	}
	return c.exclusive(true, [2]string{"mirrorlist", "--mirrorlist"}, [2]string{"url", "--url"}, [2]string{"metalink", "--metalink"})
}

func repo(c *Call) string {
	needed := !c.Since(15, 7)
	return c.exclusive(needed, [2]string{"mirrorlist", "--mirrorlist"}, [2]string{"baseurl", "--baseurl"}, [2]string{"metalink", "--metalink"})
}

// repoText leaves a gap where the address of the repository would stand.
func repoText(c *Call) string {
	out := c.form()
	if name := `repo --name="` + c.Text("name") + `"`; !c.Has("baseurl") && !c.Has("mirrorlist") {
		out = name + " " + strings.TrimPrefix(out, name)
	}
	return out
}

func harddrive(c *Call) string {
	if c.Since(33, 9) || c.Has("biospart") != c.Has("partition") {
		return ""
	}
	return "One of biospart or partition options must be specified."
}

func ostreesetup(c *Call) string {
	c.assume("--remote", c.Text("osname"))
	url := c.Text("url")
	local := strings.HasPrefix(url, "file:") || strings.HasPrefix(url, "http:") || strings.HasPrefix(url, "https:")
	return first(
		c.when(!local, "url", "ostree repos must use file, HTTP or HTTPS protocol."),
		c.apart("ostreecontainer", "bootc"),
	)
}

func ostreecontainer(c *Call) string {
	c.assume("--remote", c.Text("stateroot"))
	return c.apart("ostreesetup", "bootc")
}

func bootc(c *Call) string {
	c.assume("--stateroot", "default")
	c.assume("--target-imgref", c.Text("sourceImgRef"))
	return c.apart("ostreesetup", "ostreecontainer")
}

// apart refuses a way to install beside another, in the versions that mind.
func (c *Call) apart(others ...string) string {
	if !c.Since(38, 9) {
		return ""
	}
	for _, o := range others {
		if c.File.Seen[o] {
			return "The '" + o + "' and '" + c.Cmd.Name + "' commands can't be used at the same time"
		}
	}
	return ""
}

func module(c *Call) string {
	if len(c.Extra) > 0 {
		return "The enable module command does not take position arguments!"
	}
	return ""
}

func driverdisk(c *Call) string {
	parts := c.List("partition")
	many := len(parts) > 1
	return first(
		c.when(many, "partition", "Only one partition may be specified for driverdisk command."),
		c.unexpected(),
		c.when(len(parts) == 1 && c.Has("source"), "source", "Only one of --source and partition may be specified for driverdisk command."),
		c.when(len(parts) == 1 && c.Has("biospart"), "biospart", "Only one of --biospart and partition may be specified for driverdisk command."),
		c.when(c.Has("source") && c.Has("biospart"), "biospart", "Only one of --biospart and --source may be specified for driverdisk command."),
		c.when(len(parts) == 0 && !c.Has("source") && !c.Has("biospart"), "", "One of --source, --biospart, or partition must be specified for driverdisk command."),
	)
}

func updates(c *Call) string {
	if c.Since(34, 9) {
		if len(c.Extra) > 0 {
			return "unrecognized arguments: " + strings.Join(c.Extra, " ")
		}
		return ""
	}
	return first(c.when(len(c.List("updates")) > 1, "updates", "Kickstart command updates only takes one argument"), c.unexpected())
}

func updatesText(c *Call) string {
	where := c.Text("updates") + c.Text("url")
	if where == "" || where == "floppy" {
		return "updates\n"
	}
	return "updates " + where + "\n"
}

func rhsm(c *Call) string {
	for _, k := range c.List("activation_keys") {
		if k == "" {
			return c.blame("activation_keys", "Empty string is not a valid activation key.")
		}
	}
	return ""
}

// repeated writes an option that gathers values once for each of them.
func repeated(c *Call) string {
	out := ifAny(c)
	for option, dest := range map[string]string{"--activation-key": "activation_keys", "--addon": "addons", "--dev": "devices"} {
		if list := c.List(dest); len(list) > 1 {
			out = strings.Replace(out, `"`+strings.Join(list, ",")+`"`, `"`+strings.Join(list, `" `+option+`="`)+`"`, 1)
		}
	}
	return out
}

func upgrade(c *Call) string {
	if c.Given("root_device") && !c.Has("root_device") {
		return c.blame("root_device", "Kickstart command upgrade does not accept empty parameter --root-device")
	}
	return ""
}

func upgradeText(c *Call) string {
	if c.Cmd.Name == "install" {
		return "install\n"
	}
	return c.form()
}
