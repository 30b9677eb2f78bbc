package rule

import (
	"strings"

	"seedbed/internal/core/answer/kickstart/argument"
)

func init() {
	family(map[string]rule{
		"auth authconfig authselect":    {plain: true, write: rawText},
		"deviceprobe":                   {plain: true, write: deviceprobeText},
		"bootloader lilo":               {check: bootloader, write: bootloaderText},
		"keyboard":                      {takes: true, check: keyboard, write: keyboardText},
		"lang":                          {takes: true, check: lang},
		"langsupport":                   {takes: true, check: langsupport},
		"timezone":                      {takes: true, check: timezone, write: timezoneText},
		"rootpw":                        {takes: true, check: rootpw, write: rootpwText},
		"user":                          {check: user},
		"sshpw":                         {takes: true, check: sshpw},
		"sshkey":                        {takes: true, check: sshkey},
		"key":                           {takes: true, check: key, write: keyText},
		"device":                        {takes: true, check: device},
		"mouse":                         {takes: true, check: mouse},
		"iscsiname":                     {takes: true, check: unexpectedOnly},
		"services":                      {check: services},
		"logging":                       {check: logging, write: loggingText},
		"vnc":                           {check: vnc},
		"firstboot":                     {write: firstbootText},
		"selinux":                       {write: ifAny},
		"zipl":                          {write: ifAny},
		"syspurpose":                    {write: repeated},
		"monitor":                       {write: ifAny},
		"xconfig":                       {write: ifAny},
		"cmdline graphical text":        {check: displaymode},
		"reboot halt poweroff shutdown": {takes: true, check: reboot, write: rebootText},
		"rescue":                        {check: rescue},
		"eula":                          {check: eula},
	})
}

func unexpectedOnly(c *Call) string { return c.unexpected() }

// rawText writes a line as it stands, if there is anything behind the name.
func rawText(c *Call) string {
	line := c.line()
	if line == "" {
		return ""
	}
	return FirstName(c.Cmd.Name) + " " + line + "\n"
}

func deviceprobeText(c *Call) string {
	if len(c.Words) == 0 {
		return ""
	}
	return "deviceprobe " + strings.Join(c.Words, " ") + "\n"
}

// ifAny writes a line that says something, and none that does not.
func ifAny(c *Call) string {
	out := c.form()
	if strings.TrimSpace(out) == c.Cmd.Name {
		return ""
	}
	return out
}

func bootloader(c *Call) string {
	c.assume("--location", "mbr")
	if c.Cmd.Option("--linear") != nil && !c.Given("linear") {
		c.setFlag("linear", true)
	}
	if c.Cmd.Name == "lilo" {
		c.setFlag("useLilo", true)
	}
	if c.Has("_md5pass") {
		c.set("password", c.Text("_md5pass"))
		c.setFlag("isCrypted", true)
	}
	return first(
		c.when(strings.Contains(c.Text("bootDrive"), ","), "bootDrive", "--boot-drive accepts only one argument"),
		c.when(c.On("sdboot") && c.On("extlinux"), "sdboot", "Only one of --sdboot and --extlinux may be specified for bootloader command."),
	)
}

func bootloaderText(c *Call) string {
	if c.On("disabled") {
		return "bootloader --disabled\n"
	}
	return c.form()
}

func keyboard(c *Call) string {
	names := c.List("kbd")
	if !c.Since(18, 7) {
		return first(c.when(len(names) != 1, "kbd", "Kickstart command keyboard requires one argument"), c.unexpected())
	}
	return first(
		c.when(len(names) > 1, "kbd", "A single argument is expected for the keyboard command"),
		c.unexpected(),
		c.when(len(names) == 0 && !c.Has("vc_keymap") && !c.Has("x_layouts"), "", "One of --xlayouts, --vckeymap options with value(s) or argument is expected for the keyboard command"),
	)
}

func keyboardText(c *Call) string {
	name := c.Text("kbd")
	if !c.Since(18, 7) {
		return "# System keyboard\nkeyboard " + name + "\n"
	}
	out := "# Keyboard layouts\n"
	if !c.Has("vc_keymap") && !c.Has("x_layouts") {
		if name == "" {
			return ""
		}
		return out + "keyboard '" + name + "'\n"
	}
	if name != "" {
		out += "# old format: keyboard " + name + "\n# new format:\n"
	}
	out += "keyboard"
	if c.Has("vc_keymap") {
		out += " --vckeymap=" + c.Text("vc_keymap")
	}
	if c.Has("x_layouts") {
		out += " --xlayouts='" + strings.Join(c.List("x_layouts"), "','") + "'"
	}
	if c.Has("switch_options") {
		out += " --switch='" + strings.Join(c.List("switch_options"), "','") + "'"
	}
	return out + "\n"
}

func lang(c *Call) string { return c.unexpected() }

func langsupport(c *Call) string {
	c.assume("--default", "en_US.UTF-8")
	c.setList("supported", c.Extra)
	return c.dashed()
}

func timezone(c *Call) string {
	zones := c.List("timezone")
	if !c.Since(25, 7) {
		return first(c.unexpected(), c.ntp())
	}
	if len(c.Extra) > 0 {
		return "unrecognized arguments: " + strings.Join(c.Extra, " ")
	}
	return first(
		c.when(len(c.Words) == 0, "", "At least one option and/or an argument are expected for the timezone command"),
		c.when(len(zones) > 1, "timezone", "One or zero arguments are expected for the timezone command"),
		c.ntp(),
	)
}

func (c *Call) ntp() string {
	return c.when(c.Has("ntpservers") && c.On("nontp"), "nontp", "Options --nontp and --ntpservers are mutually exclusive")
}

func timezoneText(c *Call) string {
	zone, utc := c.Text("timezone"), ""
	if c.On("isUtc") {
		utc = "--isUtc"
		if c.Since(32, 9) || !c.Since(6, 5) {
			utc = "--utc"
		}
	}
	if !c.Since(18, 7) {
		return "timezone " + utc + " " + zone + "\n"
	}
	if zone == "" && !c.Since(25, 8) {
		return ""
	}
	out := "timezone"
	for _, part := range []string{zone, utc} {
		if part != "" {
			out += " " + part
		}
	}
	if c.On("nontp") {
		out += " --nontp"
	}
	if c.Has("ntpservers") {
		out += " --ntpservers=" + strings.Join(c.List("ntpservers"), ",")
	}
	if out == "timezone" {
		return ""
	}
	return out + "\n"
}

func rootpw(c *Call) string {
	if !c.Has("password") && !(c.Since(18, 7) && c.On("lock")) {
		return "A single argument is expected for the rootpw command"
	}
	return c.unexpected()
}

func rootpwText(c *Call) string {
	password := c.Text("password")
	if password == "" {
		return "#Root password\nrootpw --lock\n"
	}
	out := "# Root password\nrootpw"
	if c.On("isCrypted") {
		out += " --iscrypted"
	}
	if c.On("lock") {
		out += " --lock"
	}
	if !c.On("isCrypted") && c.Since(8, 6) {
		out += " --plaintext"
	}
	if c.On("allow_ssh") {
		out += " --allow-ssh"
	}
	return out + " " + hashed(password) + "\n"
}

// hashed quotes a password in which a # would begin a comment.
func hashed(s string) string {
	if strings.Contains(s, "#") {
		return `"` + s + `"`
	}
	return s
}

func user(c *Call) string {
	c.set("password", hashed(c.Text("password")))
	return ""
}

func sshpw(c *Call) string {
	words := c.List("password")
	if len(words) == 0 {
		return "A single argument is expected for the sshpw command"
	}
	crypted, key := c.On("isCrypted"), c.On("sshkey")
	c.Values["isCrypted"] = argument.Value{Kind: argument.Flag, True: crypted && !key, Given: !crypted && !key}
	c.setFlag("lock", c.On("lock") && !key)
	return c.unexpected()
}

func sshkey(c *Call) string {
	c.setList("quoted", []string{`"` + c.Text("sshkey") + `"`})
	return c.unexpected()
}

func key(c *Call) string {
	if c.On("skip") {
		return ""
	}
	if len(c.Extra) != 1 {
		return "Kickstart command key requires one argument"
	}
	return c.dashed()
}

func keyText(c *Call) string {
	if c.On("skip") {
		return "key --skip\n"
	}
	return "key " + strings.Join(c.Extra, " ") + "\n"
}

func device(c *Call) string {
	c.setList("names", c.Extra)
	if !c.Since(8, 6) {
		if len(c.Extra) != 2 {
			return "device command requires two arguments: module type and name"
		}
		return c.dashed()
	}
	if len(c.Extra) != 1 {
		return "device command requires a single argument: module name"
	}
	return c.dashed()
}

func mouse(c *Call) string {
	c.setList("mouse", c.Extra)
	if msg := c.dashed(); msg != "" {
		return msg
	}
	if len(c.Extra) != 1 {
		return "Kickstart command mouse requires one argument"
	}
	return ""
}

func services(c *Call) string {
	if !c.Has("disabled") && !c.Has("enabled") {
		return "One of --disabled or --enabled must be provided."
	}
	return ""
}

func logging(c *Call) string {
	if !c.Since(34, 9) {
		c.assume("--level", "info")
	}
	return c.when(c.Has("port") && !c.Has("host"), "port", "Can't specify --port without --host.")
}

// loggingText writes nothing without a host, since the level has no meaning.
func loggingText(c *Call) string {
	if c.Since(34, 9) && !c.Has("host") {
		return ""
	}
	return c.form()
}

func vnc(c *Call) string {
	if v := c.Text("_connect"); v != "" {
		host, port, _ := strings.Cut(v, ":")
		port, _, _ = strings.Cut(port, ":")
		c.set("host", host)
		if strings.Contains(v, ":") {
			c.set("port", port)
		}
	}
	return ""
}

func firstbootText(c *Call) string {
	switch c.Text("firstboot") {
	case "--enable":
		return "# Run the Setup Agent on first boot\nfirstboot --enable\n"
	case "--reconfig":
		return "# Run the Setup Agent on first boot\nfirstboot --reconfig\n"
	case "--disable":
		return "firstboot --disable\n"
	}
	return ""
}

func displaymode(c *Call) string {
	return c.when(c.Cmd.Name == "cmdline" && c.On("nonInteractive"), "nonInteractive", "Kickstart command cmdline does not support --non-interactive parameter")
}

// reboot takes no notice of its words in the oldest versions.
func reboot(c *Call) string {
	if len(c.Extra) > 0 && c.Since(6, 5) {
		return "unrecognized arguments: " + strings.Join(c.Extra, " ")
	}
	return ""
}

func rebootText(c *Call) string {
	name := c.Cmd.Name
	head := "# Reboot after installation\n"
	switch name {
	case "halt":
		if !c.Since(18, 7) {
			return ""
		}
		head = "# Halt after installation\n"
	case "shutdown", "poweroff":
		name, head = "shutdown", "# Shutdown after installation\n"
	}
	_, options, _ := strings.Cut(strings.TrimSuffix(c.form(), "\n"), " ")
	if options != "" {
		options = " " + options
	}
	return head + name + options + "\n"
}

func rescue(c *Call) string {
	return c.when(c.On("nomount") && c.On("romount"), "romount", "Only one of --nomount and --romount may be specified for rescue command.")
}

func eula(c *Call) string {
	if !c.On("agreed") {
		return "Kickstart command eula expects the --agreed option"
	}
	return ""
}
