package debian

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/answer/shell"
	"seedbed/internal/core/image"
)

// Preseed answers every question that debian-installer of Debian 10 to
// 13, or of Ubuntu, asks on a PC at priority critical, and those at high that
// change what is installed. The order is the installer's.
func Preseed(in *intent.Install, s intent.Subject) (intent.Document, error) {
	f := finding.Check(in, s)
	storage := plan(in.Storage, s, f)
	losses(in, s, f)
	mirror := mirrorOf(in, s, f)
	if err := f.Err(); err != nil {
		return intent.Document{}, err
	}
	var p preseed.File
	p.Comment("Answers for debian-installer, made by Seedbed.")
	p.Comment(s.Purpose())
	localise(&p, in, s)
	mirror.write(&p, in, s)
	repositories(&p, in, mirror)
	accounts(&p, in, s)
	clock(&p, in, s)
	partition(&p, storage, s)
	packages(&p, in, s)
	end(&p, in, s)
	d := intent.NewDocument(intent.Preseed)
	d.Losses = f.Losses()
	if s.AnswerURL != "" {
		d.Extra[lateName] = late(in, s)
	}
	if in.Post != "" && s.AnswerURL != "" {
		d.Extra[postName] = []byte(in.Post)
	}
	d.NoCallback = s.CallbackURL == ""
	var err error
	if d.Bytes, err = p.Bytes(); err != nil {
		f.Bad("(rendered)", "write it as plain text on one line", "%v", err)
		return intent.Document{}, f.Err()
	}
	return d, nil
}

func localise(p *preseed.File, in *intent.Install, s intent.Subject) {
	p.Section("Language, keyboard and network. Most are asked before this file is\nfetched: the kernel arguments say the same.")
	p.Set("debian-installer/locale", preseed.Select, intent.Or(in.Locale, intent.DefaultLocale))
	p.Set("keyboard-configuration/xkb-keymap", preseed.Select, intent.Or(in.Keyboard, intent.DefaultKeyboard))
	if s.Image.Family == image.Ubuntu {
		p.No("console-setup/ask_detect")
		p.Set("keyboard-configuration/layoutcode", preseed.String, intent.Or(in.Keyboard, intent.DefaultKeyboard))
		if v := intent.Version(s.Image.Release); v > 0 && v <= 12 {
			p.Set("console-setup/layoutcode", preseed.String, intent.Or(in.Keyboard, intent.DefaultKeyboard))
		}
	}
	if in.Variant != "" {
		p.Set("keyboard-configuration/variantcode", preseed.String, in.Variant)
		if s.Image.Family != image.Ubuntu {
			p.Set("keyboard-configuration/layoutcode", preseed.String, intent.Or(in.Keyboard, intent.DefaultKeyboard))
		}
	}
	p.Set("netcfg/choose_interface", preseed.Select, "auto")
	p.Set("netcfg/get_hostname", preseed.String, in.HostNameFor(s))
	p.Set("netcfg/get_domain", preseed.String, s.Domain)
	if v := intent.Version(s.Image.Release); s.Image.Family == image.Debian && (v == 0 || v >= 12) {
		p.Set("hw-detect/firmware-lookup", preseed.String, "never")
	}
	p.No("hw-detect/load_firmware")
}

// accounts sets root and the first user; late makes the others, and writes
// all SSH keys.
func accounts(p *preseed.File, in *intent.Install, s intent.Subject) {
	p.Section("Accounts. A password of * lets nobody in by password, but keys work;\nof ! the installer asks for another one.")
	p.Yes("passwd/root-login")
	p.Set("passwd/root-password-crypted", preseed.Password, intent.Or(in.RootPassword, "*"))
	if s.Image.Family == image.Ubuntu {
		p.No("user-setup/encrypt-home")
	}
	first, _ := split(in.Users)
	if first == nil {
		p.No("passwd/make-user")
		return
	}
	p.Yes("passwd/make-user")
	p.Set("passwd/user-fullname", preseed.String, intent.Or(first.FullName, first.Name))
	p.Set("passwd/username", preseed.String, first.Name)
	p.Set("passwd/user-password-crypted", preseed.Password, intent.Or(first.Password, "*"))
	if first.UID != 0 {
		p.Set("passwd/user-uid", preseed.String, fmt.Sprint(first.UID))
	}
}

// reserved are names that user-setup refuses for the first user, though no
// account of a new system has them.
var reserved = strings.Fields("netplan ftn mysql tac-plus alias qmail asterisk vpopmail vchkpw slurm hacluster haclient " +
	"ceph opensrf admin Debian-exim bind crontab cupsys dcc dhcp dictd dnsmasq dovecot fetchmail firebird ftp fuse gdm " +
	"haldaemon hplilp identd input jwhois klog kvm lpadmin mysql netdev powerdev radvd render saned sbuild scanner " +
	"slocate ssh ssl-cert sslwrap statd syslog telnetd tftpd")

// split parts the user whom the installer makes from those made afterwards.
func split(users []intent.User) (first *intent.User, others []intent.User) {
	if len(users) == 0 || slices.Contains(reserved, users[0].Name) || strings.HasPrefix(users[0].Name, "qmail") {
		return nil, users
	}
	return &users[0], users[1:]
}

func clock(p *preseed.File, in *intent.Install, s intent.Subject) {
	p.Section("Clock.")
	p.Set("clock-setup/utc", preseed.Boolean, fmt.Sprint(!in.LocalClock))
	p.Set("clock-setup/ntp", preseed.Boolean, fmt.Sprint(in.NTP))
	switch {
	case in.NTP && len(in.NTPServers) > 0:
		p.Set("clock-setup/ntp-server", preseed.String, in.NTPServers[0])
	case in.NTP && s.Subnet != nil && len(s.Subnet.NTP) > 0:
		p.Set("clock-setup/ntp-server", preseed.String, s.Subnet.NTP[0].String())
	}
	p.Set("time/zone", preseed.Select, intent.Or(in.Timezone, intent.DefaultTimezone))
}

// packages says what is installed beside the base system: no task, so that
// the new system holds what was asked for and no more.
func packages(p *preseed.File, in *intent.Install, s intent.Subject) {
	p.Section("Packages.")
	include := slices.Clone(in.Packages)
	add := func(name, why string) {
		if !slices.Contains(include, name) {
			p.Comment(name + " is added: " + why + ".")
			include = append(include, name)
		}
	}
	keys := len(in.SSHKeys) > 0
	sudo := false
	for _, u := range in.Users {
		keys = keys || len(u.SSHKeys) > 0
		sudo = sudo || u.Sudo
	}
	if keys {
		add("openssh-server", "ssh-keys are given")
	} else if s.Rehearsal != nil && len(s.Rehearsal.SSHKeys) > 0 {
		add("openssh-server", "the rehearsal proves a login")
	}
	if sudo {
		add("sudo", "a user has sudo")
	}
	if w := in.Firewall; w != nil && w.Enabled {
		add("ufw", "a firewall is asked for")
	}
	for _, i := range in.Network.Interfaces {
		switch {
		case netplan(s.Image.Release):
		case i.VLAN != 0:
			add("vlan", "the network has a VLAN")
		case len(i.Bond) > 0:
			add("ifenslave", "the network has a bond")
		}
	}
	p.Owned("tasksel", "tasksel/first", preseed.Multiselect, strings.Join(in.Groups, ", "))
	p.Set("pkgsel/run_tasksel", preseed.Boolean, fmt.Sprint(len(in.Groups) > 0))
	p.Set("pkgsel/include", preseed.String, strings.Join(include, " "))
	p.Set("pkgsel/upgrade", preseed.Select, "none")
	p.Set("pkgsel/update-policy", preseed.Select, "none")
	p.Owned("popularity-contest", "popularity-contest/participate", preseed.Boolean, "false")
}

// losses tells what debian-installer has no word for.
func losses(in *intent.Install, s intent.Subject, f *finding.List) {
	for i := range in.Excluded {
		f.Lose(fmt.Sprintf("excluded-packages[%d]", i), "debian-installer cannot leave a package out")
	}
	if in.SELinux != "" && in.SELinux != "disabled" {
		f.Lose("selinux", "Debian and Ubuntu are installed without SELinux")
	}
	if in.Storage.Wipe == "none" {
		f.Bad("storage.wipe", "use disks", "debian-installer's recipes take the whole disk")
	}
	if in.Storage.Wipe == "all" {
		f.Lose("storage.wipe", "debian-installer empties the disk that it installs on, and no other")
	}
	if len(in.NTPServers) > 0 || in.Firewall != nil || len(in.Services.Enable)+len(in.Services.Disable) > 0 {
		f.Remark("services", "services, firewall and time servers are set by late.sh")
	}
	if !in.Network.Plain() {
		f.Remark("network", "the installer uses DHCP; the new system's network is written by late.sh")
	}
}

func end(p *preseed.File, in *intent.Install, s intent.Subject) {
	p.Section("Boot loader. partman/early_command names the disk that was chosen.")
	p.Yes("grub-installer/only_debian", "grub-installer/with_other_os")
	p.Set("grub-installer/bootdev", preseed.String, "default")
	p.No("grub-installer/force-efi-extra-removable")
	if len(in.KernelArgs) > 0 {
		p.Set("debian-installer/add-kernel-opts", preseed.String, strings.Join(in.KernelArgs, " "))
	}
	p.Section("The end. Nothing here may ask: a command that fails is reported.")
	p.Set("preseed/late_command", preseed.String, lateCommand(in, s))
	p.No("cdrom-detect/eject")
	p.Set("finish-install/reboot_in_progress", preseed.Note, "")
	switch in.End {
	case "poweroff":
		p.Yes("debian-installer/exit/poweroff")
	case "halt":
		p.Yes("debian-installer/exit/halt")
	}
}

// lateCommand fetches and runs late's script. It ends well whatever happens:
// the installer would stop and ask about a command that failed. Where no file is
// served beside the answers, they hold it.
func lateCommand(in *intent.Install, s intent.Subject) string {
	if s.AnswerURL == "" {
		return preseed.Embed(string(late(in, s)), "/tmp/"+lateName) + "; true"
	}
	cmd := "wget -q -O /tmp/" + lateName + " " + shell.Quote(s.Beside(lateName)) + " && sh /tmp/" + lateName
	if tell := failCommand(s, "late"); tell != "" {
		cmd += " || " + tell
	}
	return cmd + "; true"
}

// failCommand reports a failure with the word why, or is "".
func failCommand(s intent.Subject, why string) string {
	if s.FailURL == "" {
		return ""
	}
	return "wget -q -O /dev/null " + shell.Quote(s.FailWith(why))
}
