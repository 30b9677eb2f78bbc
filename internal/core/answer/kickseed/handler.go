package kickseed

import (
	"strings"

	"seedbed/internal/core/answer/kickseed/shell"
	"seedbed/internal/core/answer/preseed"
)

// handler is what kickseed does for one command.
type handler struct {
	run    func(*run, []Word)
	ubuntu bool // in Ubuntu's kickseed only
}

// handlers are all commands that kickseed knows.
var handlers map[string]handler

func init() { // the handlers refer to the table
	handlers = map[string]handler{
		"auth":        {run: (*run).auth},
		"autostep":    {run: unsupported("autostep makes no sense in d-i")},
		"bootloader":  {run: func(r *run, w []Word) { r.bootloader(w, false) }},
		"cdrom":       {run: nothing},
		"clearpart":   {run: (*run).clearpart},
		"device":      {run: (*run).device},
		"deviceprobe": {run: nothing},
		"driverdisk":  {run: unsupported("driver disks not supported")},
		"firewall":    {run: (*run).firewall},
		"halt":        {run: func(r *run, _ []Word) { r.reboot("halt") }},
		"install":     {run: nothing},
		"interactive": {run: func(r *run, _ []Word) { r.set("preseed/interactive", preseed.Boolean, "true") }},
		"iscsi":       {run: (*run).iscsi, ubuntu: true},
		"keyboard":    {run: (*run).keyboard},
		"lang":        {run: (*run).language},
		"langsupport": {run: (*run).langsupport},
		"lilo":        {run: func(r *run, w []Word) { r.bootloader(w, true) }},
		"lilocheck":   {run: unsupported("lilocheck not supported")},
		"logvol":      {run: (*run).logicalVolume},
		"mouse":       {run: (*run).mouse},
		"network":     {run: (*run).network},
		"part":        {run: (*run).partition},
		"partition":   {run: (*run).partition},
		"poweroff":    {run: func(r *run, _ []Word) { r.reboot("poweroff") }},
		"preseed":     {run: (*run).preseed},
		"raid":        {run: (*run).raidArray},
		"reboot":      {run: func(r *run, _ []Word) { r.reboot("") }},
		"repo":        {run: (*run).repo},
		"rootpw":      {run: (*run).rootpw},
		"skipx":       {run: nothing},
		"text":        {run: nothing},
		"timezone":    {run: (*run).timezone},
		"upgrade":     {run: unsupported("upgrades using installer not supported")},
		"url":         {run: (*run).url},
		"user":        {run: (*run).user},
		"volgroup":    {run: (*run).volumeGroup},
		"xconfig":     {run: (*run).xconfig},
		"zerombr":     {run: nothing},
	}
}

// Knows says whether the kickseed of a variant has a command.
func Knows(v Variant, command string) bool {
	h, ok := handlers[command]
	return ok && (!h.ubuntu || v.RAID)
}

func nothing(*run, []Word) {}

func unsupported(log string) func(*run, []Word) {
	return func(r *run, _ []Word) {
		r.warn(Dropped, Unsupported, r.line.Keyword, "kickseed knows the command and does nothing", log)
	}
}

// options reads the arguments of the command in hand.
func (r *run) options(spec string, args []Word) ([]shell.Option, []Word) {
	opts, rest, bad := shell.Options(spec, args)
	r.troubles(r.line.Keyword, bad)
	return opts, rest
}

// require drops the line for what it lacks, or has too much of.
func (r *run) require(what string) {
	command := r.line.Keyword
	if command == "part" {
		command = "partition"
	}
	r.warn(Dropped, Arguments, r.line.Keyword, "the whole line is dropped: "+command+" needs "+what, command+" command requires "+what)
}

func (r *run) auth(args []Word) {
	opts, _ := r.options("enablemd5,enablenis,nisdomain:,nisserver:,useshadow,enableshadow,enablecache", args)
	for _, o := range opts {
		switch o.Name {
		case "--enablemd5":
			r.answer("passwd", "passwd/md5", preseed.Boolean, word("true"))
		case "--enablenis":
			r.NIS.Enabled = true
		case "--nisdomain":
			r.NIS.Domain = o.Value.Text
		case "--nisserver":
			r.NIS.Server = o.Value.Text
		case "--useshadow", "--enableshadow":
			r.answer("passwd", "passwd/shadow", preseed.Boolean, word("true"))
		case "--enablecache":
			r.warn(Ignored, UnsupportedOption, o.Name, "auth --enablecache has no effect", "nscd not supported")
		}
	}
}

func (r *run) bootloader(args []Word, lilo bool) {
	opts, _ := r.options("location:,password:,md5pass:,useLilo,upgrade", args)
	for _, o := range opts {
		switch o.Name {
		case "--location":
			switch o.Value.Text {
			case "mbr":
				r.set("grub-installer/bootdev", preseed.String, "(hd0)")
			case "partition":
				r.set("grub-installer/bootdev", preseed.String, "(hd0,1)")
			case "none":
				r.set("grub-installer/skip", preseed.Boolean, "true")
			default:
				r.badValue("bootloader", "location", o.Value)
			}
		case "--password":
			r.answer("d-i", "grub-installer/password", preseed.Password, o.Value)
		case "--md5pass":
			r.answer("d-i", "grub-installer/password-crypted", preseed.Password, o.Value)
		case "--useLilo":
			lilo = true
		case "--upgrade":
			r.warn(Hangs, EndlessLoop, o.Name, "kickseed loops for ever at --upgrade: the installer hangs before its first screen", "upgrades using installer not supported").Pos = o.Word.Pos
			return
		}
	}
	if lilo {
		r.set("grub-installer/skip", preseed.Boolean, "true")
	}
}

func (r *run) badValue(command, option string, value Word) {
	r.warn(Ignored, UnsupportedValue, value.Text, command+" --"+option+" does not know this value, and is ignored",
		"Unimplemented "+command+" "+option+" argument "+value.Text).Pos = value.Pos
}

func (r *run) device(args []Word) {
	opts, rest := r.options("opts:", args)
	var o Word
	for _, x := range opts {
		o = x.Value
	}
	if o.Text == "" {
		return
	}
	if len(rest) != 2 {
		r.require("type and modulename")
		return
	}
	r.answer("d-i", "hw-detect/module_params/"+rest[1].Text, preseed.String, o)
}

func (r *run) firewall(args []Word) {
	opts, _ := r.options("high,medium,enabled,enable,disabled,disable,trust:,dhcp,ssh,telnet,smtp,http,ftp,port:", args)
	for _, o := range opts {
		if o.Name != "--disabled" && o.Name != "--disable" {
			r.warn(Ignored, UnsupportedOption, o.Name, "firewall "+o.Name+" has no effect: nothing sets up a firewall", "firewall preseeding not supported yet").Pos = o.Word.Pos
		}
	}
}

// first is the first argument, or an empty one.
func first(args []Word) Word {
	if len(args) == 0 {
		return Word{}
	}
	return args[0]
}

func (r *run) keyboard(args []Word) {
	keymap := first(args)
	if strings.HasPrefix(keymap.Text, "-") {
		r.find(Altered, UnknownOption, keymap.Text, "keyboard has no options here: this becomes the name of the keymap").Pos = keymap.Pos
	} else if len(args) != 1 {
		r.find(Altered, Arguments, "keyboard", "keyboard takes one word here: what else there is, is ignored")
	}
	r.set("kbd-chooser/method", preseed.Select, "Select from full keyboard list")
	for _, kind := range []string{"acorn", "amiga", "at", "atari", "dec", "mac", "sun", "usb"} {
		r.answer("d-i", "console-keymaps-"+kind+"/keymap", preseed.Select, keymap)
	}
	layout, variant := keymap, keymap
	var both bool
	layout.Text, variant.Text, both = strings.Cut(keymap.Text, "_")
	r.answer("d-i", "console-setup/layoutcode", preseed.String, layout)
	if both {
		r.answer("d-i", "console-setup/variantcode", preseed.String, variant)
	}
}

func (r *run) language(args []Word) {
	locale := first(args)
	if len(args) != 1 {
		r.find(Altered, Arguments, "lang", "lang takes one word: what else there is, is ignored")
	}
	r.lang = locale.Text
	r.answer("d-i", "preseed/locale", preseed.String, locale)
	r.answer("d-i", "debian-installer/locale", preseed.String, locale)
}

func (r *run) langsupport(args []Word) {
	opts, rest := r.options("default:", args)
	for _, o := range opts {
		r.defaulted = o.Value.Text
	}
	if len(rest) == 0 {
		r.find(Altered, Arguments, "langsupport", "without arguments all locales of the installer's list are meant, or none where there is no list")
		if r.defaulted == "" {
			r.defaulted = "en_US.UTF-8"
		}
		r.set("localechooser/supported-locales", preseed.Multiselect, "")
		return
	}
	all := make([]string, len(rest))
	for i, w := range rest {
		all[i] = w.Text
	}
	// A flag of echo is no output.
	list := strings.ReplaceAll(strings.Join(all, " "), " ", ", ")
	if echoFlags.MatchString(list) {
		list = ""
	}
	if r.defaulted != "" {
		list = r.defaulted + ", " + list
	} else {
		r.defaulted = rest[0].Text
	}
	r.set("localechooser/supported-locales", preseed.Multiselect, list)
}

func (r *run) mouse(args []Word) {
	if len(args) == 0 {
		return
	}
	opts, _ := r.options("device:,emulthree", args)
	for _, o := range opts {
		if o.Name == "--device" {
			o.Value.Text = "/dev/" + o.Value.Text
			r.answer("xserver-xorg", "xserver-xorg/config/inputdevice/mouse/port", preseed.Select, o.Value)
		} else {
			r.answer("xserver-xorg", "xserver-xorg/config/inputdevice/mouse/emulate3buttons", preseed.Boolean, word("true"))
		}
	}
}

// preseed is the way out for what Kickstart cannot say.
func (r *run) preseed(args []Word) {
	owner := "d-i"
	opts, rest := r.options("owner:", args)
	for _, o := range opts {
		owner = o.Value.Text
	}
	if len(rest) != 2 && len(rest) != 3 {
		r.require("key, type, and optional value")
		return
	}
	value := Word{Pos: rest[0].Pos}
	if len(rest) == 3 {
		value = rest[2]
	}
	r.answer(owner, rest[0].Text, rest[1].Text, value)
}

func (r *run) reboot(exit string) {
	r.set("prebaseconfig/reboot_in_progress", preseed.Note, "")
	r.set("finish-install/reboot_in_progress", preseed.Note, "")
	if exit != "" {
		r.set("debian-installer/exit/"+exit, preseed.Boolean, "true")
	}
}

func (r *run) timezone(args []Word) {
	opts, rest := r.options("utc", args)
	if len(rest) != 1 {
		r.require("a timezone")
		return
	}
	utc := "false"
	if len(opts) > 0 {
		utc = "true"
	} else {
		r.find(Altered, NotUTC, "timezone", "without --utc the hardware clock is taken for local time")
	}
	r.set("clock-setup/utc", preseed.Boolean, utc)
	r.answer("d-i", "time/zone", preseed.String, rest[0])
}
