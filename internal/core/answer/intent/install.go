package intent

import (
	"strings"

	"seedbed/internal/fault"
)

// Install is one installation, written once for every installer. The yaml
// tags are the settings' keys under install: (interface.md). The zero value
// of a field says nothing: the writer takes the default that the settings'
// reference names.
type Install struct {
	Locale       string   `yaml:"locale"`        // as en_US.UTF-8
	Keyboard     string   `yaml:"keyboard"`      // an XKB layout, as us
	Variant      string   `yaml:"-"`             // its variant, as nodeadkeys: keyboard: {layout:, variant:}
	Timezone     string   `yaml:"timezone"`      // as Asia/Harbin
	LocalClock   bool     `yaml:"-"`             // utc: false: the hardware clock keeps local time
	HostName     string   `yaml:"hostname"`      // "" the machine's name; a pattern: see HostNameFor
	RootPassword string   `yaml:"root-password"` // a crypt(3) hash; "" with no users: root may log in by key only
	SSHKeys      []string `yaml:"ssh-keys"`      // for root
	Users        []User   `yaml:"users"`
	Network      Network  `yaml:"network"`
	Storage      Storage  `yaml:"storage"`
	Mirror       Mirror   `yaml:"mirror"` // empty: the image's own tree, where it can serve as one

	Repositories []Repository `yaml:"repositories"` // beside the mirror
	NTP          bool         `yaml:"ntp"`          // set the clock over the network while installing, and keep it so
	NTPServers   []string     `yaml:"ntp-servers"`  // "" the subnet's, else the distribution's
	Packages     []string     `yaml:"packages"`
	Excluded     []string     `yaml:"excluded-packages"`
	Groups       []string     `yaml:"groups"` // package groups, tasks, patterns: in the installer's own words
	Services     Services     `yaml:"services"`
	Firewall     *Firewall    `yaml:"firewall"` // nil: as the distribution has it
	SELinux      string       `yaml:"selinux"`  // enforcing | permissive | disabled; "" as the distribution has it
	KernelArgs   []string     `yaml:"kernel-args"`
	Post         string       `yaml:"post"` // a shell script run in the new system
	End          string       `yaml:"end"`  // reboot (default) | poweroff | halt

	At fault.Position `yaml:"-"` // where the settings say it
	// Places are where single fields stand, by their path in the settings, as
	// "storage.partitions[0].mount". Fields that are not in it stand At.
	Places map[string]fault.Position `yaml:"-"`
}

// User is one account.
type User struct {
	Name     string   `yaml:"name"`
	FullName string   `yaml:"full-name"`
	Password string   `yaml:"password"` // a crypt(3) hash
	Locked   bool     `yaml:"locked"`   // no login by password, even with one
	SSHKeys  []string `yaml:"ssh-keys"`
	Sudo     bool     `yaml:"sudo"`
	NoPasswd bool     `yaml:"-"` // sudo: no-password; sudo then asks for none
	Groups   []string `yaml:"groups"`
	Shell    string   `yaml:"shell"` // "" /bin/bash
	UID      int      `yaml:"uid"`   // 0: the next that is free
}

// AsksNoPassword says whether sudo lets the user do all without a password: it
// was asked for, or there is none to give.
func (u User) AsksNoPassword() bool { return u.NoPasswd || u.Password == "" || u.Locked }

// Services are units or init scripts by name.
type Services struct {
	Enable  []string `yaml:"enable"`
	Disable []string `yaml:"disable"`
}

// Firewall says which one the new system has.
type Firewall struct {
	Enabled  bool     `yaml:"enabled"`
	Services []string `yaml:"services"` // let in, by the firewall's own names, as ssh
	Ports    []string `yaml:"ports"`    // let in, as 80/tcp
}

// Mirror is where the installer's packages come from.
type Mirror struct {
	URL     string `yaml:"url"`   // as http://mirror.example/debian; "" the image's tree
	Suite   string `yaml:"suite"` // "" the image's
	Proxy   string `yaml:"proxy"`
	Trusted bool   `yaml:"trusted"` // accept packages whose Release the installer cannot verify
	// Security is the security archive as http://host/path; "" none (the
	// right choice on a LAN without internet).
	Security string `yaml:"security"`
}

// Repository is one more source of packages, for the installer and for the new
// system. Suite and Components are of a Debian archive.
type Repository struct {
	Name       string   `yaml:"name"`
	URL        string   `yaml:"url"`
	Suite      string   `yaml:"suite"`
	Components []string `yaml:"components"`
	Key        string   `yaml:"key"`     // address of its signing key; "" none
	Trusted    bool     `yaml:"trusted"` // accept what cannot be verified
}

// What an installation says of itself where the settings do not.
const (
	DefaultLocale   = "en_US.UTF-8"
	DefaultKeyboard = "us"
	DefaultTimezone = "Etc/UTC"
)

// Or is value, or other where it is empty.
func Or(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

// Place is where the settings say the field, or the nearest one around it.
func (in *Install) Place(field string) fault.Position {
	for field != "" {
		if p, ok := in.Places[field]; ok {
			return p
		}
		i := strings.LastIndexAny(field, ".[")
		if i < 0 {
			break
		}
		field = field[:i]
	}
	if in.At.File == "" {
		return fault.Position{File: "install"}
	}
	return in.At
}
