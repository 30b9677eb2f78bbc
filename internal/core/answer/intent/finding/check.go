package finding

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"seedbed/internal/core/answer/intent"
)

// The words that may be given where an installer reads its answer with a
// shell, or where it would ask again for another one.
var (
	localeWord   = lazy(`^[A-Za-z][A-Za-z0-9_.@-]{0,63}$`)
	keyboardWord = lazy(`^[a-z][a-z0-9_()-]{0,63}$`)
	zoneWord     = lazy(`^[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,32}){0,3}$`)
	hostWord     = lazy(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	domainWord   = lazy(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	cryptWord    = lazy(`^\$[A-Za-z0-9]+\$[A-Za-z0-9./,=+_$-]+$`)
	userWord     = lazy(`^[a-z][-a-z0-9_]{0,31}$`)
	packageWord  = lazy(`^[A-Za-z0-9][A-Za-z0-9+._-]{0,127}(:[a-z0-9-]+)?([=/][A-Za-z0-9.+:~-]+)?$`)
	groupWord    = lazy(`^\^?[A-Za-z0-9]([A-Za-z0-9 +._-]{0,126}[A-Za-z0-9+])?$`)
	unitWord     = lazy(`^[A-Za-z0-9][A-Za-z0-9@._:-]{0,127}$`)
	portWord     = lazy(`^[0-9]{1,5}(-[0-9]{1,5})?/(tcp|udp|sctp)$`)
	argWord      = lazy(`^[A-Za-z0-9][A-Za-z0-9._,:=/@+%*^-]{0,511}$`)
	suiteWord    = lazy(`^[A-Za-z0-9][A-Za-z0-9/._-]{0,63}$`)
	shellPath    = lazy(`^(/[A-Za-z0-9._+-]{1,64}){1,8}$`)
	keyWord      = lazy(`(^|\s)AAAA[A-Za-z0-9+/=]{16,}(\s|$)`)
)

// HostWord is what one label of a host name must match.
func HostWord() *regexp.Regexp { return hostWord() }

// DomainWord is what a domain must match.
func DomainWord() *regexp.Regexp { return domainWord() }

// system are accounts and groups that every base system has (base-passwd,
// setup, aaa_base): they cannot be made again.
var system = strings.Fields(`root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc
	gnats nobody adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp video
	sasl plugdev staff users nogroup messagebus sshd shutdown halt wheel`)

// Check says everything that is wrong with in, whatever the installer.
func Check(in *intent.Install, s intent.Subject) *List {
	f := New(in)
	f.Word("locale", in.Locale, localeWord(), "write it as en_US.UTF-8")
	f.Word("keyboard", in.Keyboard, keyboardWord(), "write an XKB layout, as us")
	f.Word("keyboard.variant", in.Variant, keyboardWord(), "write an XKB variant, as nodeadkeys")
	f.Word("timezone", in.Timezone, zoneWord(), "write it as Europe/Berlin")
	host := "(host name)"
	if in.HostName != "" {
		host = "hostname"
	}
	f.Word(host, in.HostNameFor(s), hostWord(), "name the machine with letters, digits and hyphens")
	f.Word("(domain)", s.Domain, domainWord(), "write the subnet's domain as example.org")
	f.accounts(in)
	f.software(in)
	f.behaviour(in)
	f.network(in.Network)
	f.storage(in.Storage)
	return f
}

func (f *List) accounts(in *intent.Install) {
	f.hash("root-password", in.RootPassword)
	f.keys("ssh-keys", in.SSHKeys)
	login := in.RootPassword != "" || len(in.SSHKeys) > 0
	var seen []string
	for i, u := range in.Users {
		at := fmt.Sprintf("users[%d].", i)
		f.user(at, u)
		if slices.Contains(seen, u.Name) {
			f.Bad(at+"name", "", "%q is there twice", u.Name)
		}
		seen = append(seen, u.Name)
		login = login || u.Password != "" && !u.Locked || len(u.SSHKeys) > 0
	}
	if !login {
		f.Bad("users", "give root-password, ssh-keys, or a user with a password or keys", "nobody could log in to the new system")
	}
}

func (f *List) user(at string, u intent.User) {
	switch {
	case !userWord().MatchString(u.Name):
		f.Bad(at+"name", "use up to 32 letters, digits, - and _, a lower-case letter first", "%s cannot be a user's name", Shown(u.Name))
	case slices.Contains(system, u.Name):
		f.Bad(at+"name", "for root itself use root-password and ssh-keys", "%q is an account or group of the system", u.Name)
	}
	f.Line(at+"full-name", u.FullName)
	if strings.ContainsAny(u.FullName, ":,") {
		f.Bad(at+"full-name", "passwd(5) parts its fields with them", "it holds a colon or a comma")
	}
	f.hash(at+"password", u.Password)
	f.keys(at+"ssh-keys", u.SSHKeys)
	for i, g := range u.Groups {
		f.must(fmt.Sprintf("%sgroups[%d]", at, i), g, userWord(), "write a group's name")
	}
	f.Word(at+"shell", u.Shell, shellPath(), "write it as /bin/bash")
	if u.UID != 0 && (u.UID < 100 || u.UID > 60000) {
		f.Bad(at+"uid", "use 1000 to 60000", "%d cannot be the number of a user", u.UID)
	}
}

// must is Word for what cannot be empty.
func (f *List) must(field, value string, want *regexp.Regexp, hint string) {
	if value == "" {
		f.Bad(field, hint, "it is empty")
	}
	f.Word(field, value, want, hint)
}

func (f *List) software(in *intent.Install) {
	for i, p := range in.Packages {
		f.must(fmt.Sprintf("packages[%d]", i), p, packageWord(), "write a package's name")
	}
	for i, p := range in.Excluded {
		f.must(fmt.Sprintf("excluded-packages[%d]", i), p, packageWord(), "write a package's name")
	}
	for i, g := range in.Groups {
		f.must(fmt.Sprintf("groups[%d]", i), g, groupWord(), "write a group's name as the distribution knows it")
	}
	f.Word("mirror.suite", in.Mirror.Suite, suiteWord(), "write a release's code name, as trixie")
	for field, u := range map[string]string{"mirror.url": in.Mirror.URL, "mirror.proxy": in.Mirror.Proxy, "mirror.security": in.Mirror.Security} {
		if u != "" {
			f.URL(field, u)
		}
	}
	var seen []string
	for i, r := range in.Repositories {
		at := fmt.Sprintf("repositories[%d].", i)
		f.must(at+"name", r.Name, unitWord(), "use letters, digits, . _ and -")
		f.URL(at+"url", r.URL)
		f.Word(at+"suite", r.Suite, suiteWord(), "write a suite, as trixie")
		for j, c := range r.Components {
			f.must(fmt.Sprintf("%scomponents[%d]", at, j), c, suiteWord(), "write a component, as main")
		}
		if r.Key != "" {
			f.URL(at+"key", r.Key)
		}
		if slices.Contains(seen, r.Name) {
			f.Bad(at+"name", "", "%q is there twice", r.Name)
		}
		seen = append(seen, r.Name)
	}
}

func (f *List) behaviour(in *intent.Install) {
	for i, n := range in.NTPServers {
		f.must(fmt.Sprintf("ntp-servers[%d]", i), n, domainWord(), "write a host's name or address")
	}
	for i, n := range in.Services.Enable {
		f.must(fmt.Sprintf("services.enable[%d]", i), n, unitWord(), "write a unit's name, as sshd")
		if slices.Contains(in.Services.Disable, n) {
			f.Bad(fmt.Sprintf("services.enable[%d]", i), "keep one of them", "%q is both enabled and disabled", n)
		}
	}
	for i, n := range in.Services.Disable {
		f.must(fmt.Sprintf("services.disable[%d]", i), n, unitWord(), "write a unit's name, as sshd")
	}
	if w := in.Firewall; w != nil {
		for i, n := range w.Services {
			f.must(fmt.Sprintf("firewall.services[%d]", i), n, unitWord(), "write a service, as ssh")
		}
		for i, n := range w.Ports {
			f.must(fmt.Sprintf("firewall.ports[%d]", i), n, portWord(), "write it as 80/tcp")
		}
	}
	f.OneOf("selinux", in.SELinux, "enforcing", "permissive", "disabled")
	for i, a := range in.KernelArgs {
		f.must(fmt.Sprintf("kernel-args[%d]", i), a, argWord(), "one word an item, as console=ttyS0,115200")
	}
	switch {
	case strings.ContainsRune(in.Post, 0):
		f.Bad("post", "", "it holds a NUL character")
	case !utf8.ValidString(in.Post):
		f.Bad("post", "", "it is not valid UTF-8")
	case len(in.Post) > 512<<10:
		f.Bad("post", "let it fetch the rest", "it is larger than 512 KiB")
	}
	f.OneOf("end", in.End, "reboot", "poweroff", "halt")
}

var (
	cardWord = lazy(`^[A-Za-z][A-Za-z0-9._-]{0,14}$`)
	macWord  = lazy(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`)
)

// The modes of a bond, as the kernel names them.
var bondModes = []string{"active-backup", "802.3ad", "balance-rr", "balance-xor", "broadcast", "balance-tlb", "balance-alb"}

func (f *List) network(n intent.Network) {
	var seen []string
	boot := 0
	for k, i := range n.Interfaces {
		at := fmt.Sprintf("network.interfaces[%d].", k)
		f.iface(at, i, seen)
		if i.Boot() {
			boot++
		}
		if slices.Contains(seen, i.Name) && i.Name != "" {
			f.Bad(at+"name", "", "%q is there twice", i.Name)
		}
		seen = append(seen, i.Name)
	}
	if boot > 1 {
		f.Bad("network.interfaces", "give them name: or mac:", "two interfaces have neither a name nor a MAC address")
	}
	for i, d := range n.Search {
		f.must(fmt.Sprintf("network.search[%d]", i), d, domainWord(), "write a domain, as example.org")
	}
}

func (f *List) iface(at string, i intent.Interface, seen []string) {
	f.Word(at+"name", i.Name, cardWord(), "use a name as eth0, at most 15 characters")
	f.Word(at+"mac", i.MAC, macWord(), "write it as 00:0c:29:83:d1:d1")
	if !i.Card() && (i.Name == "" || i.MAC != "") {
		f.Bad(at+"name", "give it a name and no mac", "a VLAN or bond is known by its name")
	}
	if i.VLAN < 0 || i.VLAN > 4094 || i.VLAN > 0 && !slices.Contains(seen, i.On) {
		f.Bad(at+"vlan", "as {name: vlan10, vlan: 10, on: eth0}, behind the interface that it is on", "the VLAN %d on %s cannot be made", i.VLAN, Shown(i.On))
	}
	for j, b := range i.Bond {
		if !slices.Contains(seen, b) || b == "" {
			f.Bad(fmt.Sprintf("%sbond[%d]", at, j), "name an interface that stands before the bond", "there is no interface %s", Shown(b))
		}
	}
	f.OneOf(at+"mode", i.Mode, bondModes...)
	f.OneOf(at+"method", i.Method, intent.DHCP, intent.Static, intent.Lease, intent.None)
	if i.Way() == intent.Static && len(i.Addresses) == 0 {
		f.Bad(at+"addresses", "as addresses: [192.0.2.10/24]", "a static interface has no address")
	}
	if i.MTU != 0 && (i.MTU < 576 || i.MTU > 65535) {
		f.Bad(at+"mtu", "as 1500 or 9000", "%d cannot be an MTU", i.MTU)
	}
	if i.Gateway.IsValid() && i.Way() == intent.Static && !slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return p.Masked().Contains(i.Gateway) }) {
		f.Bad(at+"gateway", "", "the gateway %s is on none of the interface's networks", i.Gateway)
	}
	for j, d := range i.Search {
		f.must(fmt.Sprintf("%ssearch[%d]", at, j), d, domainWord(), "write a domain, as example.org")
	}
}

// lazy compiles a pattern when it is first asked for: those with counted
// repeats take longer than most commands.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
