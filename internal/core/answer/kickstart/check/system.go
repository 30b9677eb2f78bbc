package check

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

func unexpectedOnly(c *call) string { return c.unexpected() }

// rawText writes a line as it stands, if there is anything behind the name.
func rawText(c *call) string {
	line := c.line()
	if line == "" {
		return ""
	}
	return firstName(c.cmd.Name) + " " + line + "\n"
}

func deviceprobeText(c *call) string {
	if len(c.words) == 0 {
		return ""
	}
	return "deviceprobe " + strings.Join(c.words, " ") + "\n"
}

// ifAny writes a line that says something, and none that does not.
func ifAny(c *call) string {
	out := c.form()
	if strings.TrimSpace(out) == c.cmd.Name {
		return ""
	}
	return out
}

func bootloader(c *call) string {
	c.assume("--location", "mbr")
	if c.cmd.Option("--linear") != nil && !c.given("linear") {
		c.setFlag("linear", true)
	}
	if c.cmd.Name == "lilo" {
		c.setFlag("useLilo", true)
	}
	if c.has("_md5pass") {
		c.set("password", c.text("_md5pass"))
		c.setFlag("isCrypted", true)
	}
	return first(
		c.when(strings.Contains(c.text("bootDrive"), ","), "bootDrive", "--boot-drive accepts only one argument"),
		c.when(c.on("sdboot") && c.on("extlinux"), "sdboot", "Only one of --sdboot and --extlinux may be specified for bootloader command."),
	)
}

func bootloaderText(c *call) string {
	if c.on("disabled") {
		return "bootloader --disabled\n"
	}
	return c.form()
}

func keyboard(c *call) string {
	names := c.list("kbd")
	if !c.since(18, 7) {
		return first(c.when(len(names) != 1, "kbd", "Kickstart command keyboard requires one argument"), c.unexpected())
	}
	return first(
		c.when(len(names) > 1, "kbd", "A single argument is expected for the keyboard command"),
		c.unexpected(),
		c.when(len(names) == 0 && !c.has("vc_keymap") && !c.has("x_layouts"), "", "One of --xlayouts, --vckeymap options with value(s) or argument is expected for the keyboard command"),
	)
}

func keyboardText(c *call) string {
	name := c.text("kbd")
	if !c.since(18, 7) {
		return "# System keyboard\nkeyboard " + name + "\n"
	}
	out := "# Keyboard layouts\n"
	if !c.has("vc_keymap") && !c.has("x_layouts") {
		if name == "" {
			return ""
		}
		return out + "keyboard '" + name + "'\n"
	}
	if name != "" {
		out += "# old format: keyboard " + name + "\n# new format:\n"
	}
	out += "keyboard"
	if c.has("vc_keymap") {
		out += " --vckeymap=" + c.text("vc_keymap")
	}
	if c.has("x_layouts") {
		out += " --xlayouts='" + strings.Join(c.list("x_layouts"), "','") + "'"
	}
	if c.has("switch_options") {
		out += " --switch='" + strings.Join(c.list("switch_options"), "','") + "'"
	}
	return out + "\n"
}

func lang(c *call) string { return c.unexpected() }

func langsupport(c *call) string {
	c.assume("--default", "en_US.UTF-8")
	c.setList("supported", c.extra)
	return c.dashed()
}

func timezone(c *call) string {
	zones := c.list("timezone")
	if !c.since(25, 7) {
		return first(c.unexpected(), c.ntp())
	}
	if len(c.extra) > 0 {
		return "unrecognized arguments: " + strings.Join(c.extra, " ")
	}
	return first(
		c.when(len(c.words) == 0, "", "At least one option and/or an argument are expected for the timezone command"),
		c.when(len(zones) > 1, "timezone", "One or zero arguments are expected for the timezone command"),
		c.ntp(),
	)
}

func (c *call) ntp() string {
	return c.when(c.has("ntpservers") && c.on("nontp"), "nontp", "Options --nontp and --ntpservers are mutually exclusive")
}

func timezoneText(c *call) string {
	zone, utc := c.text("timezone"), ""
	if c.on("isUtc") {
		utc = "--isUtc"
		if c.since(32, 9) || !c.since(6, 5) {
			utc = "--utc"
		}
	}
	if !c.since(18, 7) {
		return "timezone " + utc + " " + zone + "\n"
	}
	if zone == "" && !c.since(25, 8) {
		return ""
	}
	out := "timezone"
	for _, part := range []string{zone, utc} {
		if part != "" {
			out += " " + part
		}
	}
	if c.on("nontp") {
		out += " --nontp"
	}
	if c.has("ntpservers") {
		out += " --ntpservers=" + strings.Join(c.list("ntpservers"), ",")
	}
	if out == "timezone" {
		return ""
	}
	return out + "\n"
}

func rootpw(c *call) string {
	if !c.has("password") && !(c.since(18, 7) && c.on("lock")) {
		return "A single argument is expected for the rootpw command"
	}
	return c.unexpected()
}

func rootpwText(c *call) string {
	password := c.text("password")
	if password == "" {
		return "#Root password\nrootpw --lock\n"
	}
	out := "# Root password\nrootpw"
	if c.on("isCrypted") {
		out += " --iscrypted"
	}
	if c.on("lock") {
		out += " --lock"
	}
	if !c.on("isCrypted") && c.since(8, 6) {
		out += " --plaintext"
	}
	if c.on("allow_ssh") {
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

func user(c *call) string {
	c.set("password", hashed(c.text("password")))
	return ""
}

func sshpw(c *call) string {
	words := c.list("password")
	if len(words) == 0 {
		return "A single argument is expected for the sshpw command"
	}
	crypted, key := c.on("isCrypted"), c.on("sshkey")
	c.vals["isCrypted"] = argument.Value{Kind: argument.Flag, True: crypted && !key, Given: !crypted && !key}
	c.setFlag("lock", c.on("lock") && !key)
	return c.unexpected()
}

func sshkey(c *call) string {
	c.setList("quoted", []string{`"` + c.text("sshkey") + `"`})
	return c.unexpected()
}

func key(c *call) string {
	if c.on("skip") {
		return ""
	}
	if len(c.extra) != 1 {
		return "Kickstart command key requires one argument"
	}
	return c.dashed()
}

func keyText(c *call) string {
	if c.on("skip") {
		return "key --skip\n"
	}
	return "key " + strings.Join(c.extra, " ") + "\n"
}

func device(c *call) string {
	c.setList("names", c.extra)
	if !c.since(8, 6) {
		if len(c.extra) != 2 {
			return "device command requires two arguments: module type and name"
		}
		return c.dashed()
	}
	if len(c.extra) != 1 {
		return "device command requires a single argument: module name"
	}
	return c.dashed()
}

func mouse(c *call) string {
	c.setList("mouse", c.extra)
	if msg := c.dashed(); msg != "" {
		return msg
	}
	if len(c.extra) != 1 {
		return "Kickstart command mouse requires one argument"
	}
	return ""
}

func services(c *call) string {
	if !c.has("disabled") && !c.has("enabled") {
		return "One of --disabled or --enabled must be provided."
	}
	return ""
}

func logging(c *call) string {
	if !c.since(34, 9) {
		c.assume("--level", "info")
	}
	return c.when(c.has("port") && !c.has("host"), "port", "Can't specify --port without --host.")
}

// loggingText writes nothing without a host, since the level has no meaning.
func loggingText(c *call) string {
	if c.since(34, 9) && !c.has("host") {
		return ""
	}
	return c.form()
}

func vnc(c *call) string {
	if v := c.text("_connect"); v != "" {
		host, port, _ := strings.Cut(v, ":")
		port, _, _ = strings.Cut(port, ":")
		c.set("host", host)
		if strings.Contains(v, ":") {
			c.set("port", port)
		}
	}
	return ""
}

func firstbootText(c *call) string {
	switch c.text("firstboot") {
	case "--enable":
		return "# Run the Setup Agent on first boot\nfirstboot --enable\n"
	case "--reconfig":
		return "# Run the Setup Agent on first boot\nfirstboot --reconfig\n"
	case "--disable":
		return "firstboot --disable\n"
	}
	return ""
}

func displaymode(c *call) string {
	return c.when(c.cmd.Name == "cmdline" && c.on("nonInteractive"), "nonInteractive", "Kickstart command cmdline does not support --non-interactive parameter")
}

// reboot takes no notice of its words in the oldest versions.
func reboot(c *call) string {
	if len(c.extra) > 0 && c.since(6, 5) {
		return "unrecognized arguments: " + strings.Join(c.extra, " ")
	}
	return ""
}

func rebootText(c *call) string {
	name := c.cmd.Name
	head := "# Reboot after installation\n"
	switch name {
	case "halt":
		if !c.since(18, 7) {
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

func rescue(c *call) string {
	return c.when(c.on("nomount") && c.on("romount"), "romount", "Only one of --nomount and --romount may be specified for rescue command.")
}

func eula(c *call) string {
	if !c.on("agreed") {
		return "Kickstart command eula expects the --agreed option"
	}
	return ""
}
