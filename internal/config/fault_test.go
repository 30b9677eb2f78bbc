package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/fault"
)

// In each text, @ stands before what is at fault: that place must be told.
func TestFaultsAreToldWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, msg, hint string }{
		// Shape.
		{head + "@intrefaces: [eth2]", `unknown key "intrefaces"`, `did you mean "interfaces"?`},
		{head + "@zzzzzzzzzzzzzz: 1", `unknown key "zzzzzzzzzzzzzz"`, "known here: authoritative, cache, conflict-probe, dhcp"},
		{net + "    @gatewy: 192.168.0.1", `unknown key "gatewy" in a subnet`, `"gateway"`},
		{prof + "    @imag: x", `unknown key "imag" in a profile`, `"image"`},
		{inst + "      @password: x", `unknown key "password" in install`, `"root-password"`},
		{inst + "      storage: {disk: auto, @partition: []}", `unknown key "partition" in storage`, `"partitions"`},
		{head + "dhcp: off\n@dhcp: server", `"dhcp" stands twice`, ""},
		{head + "http: @80", "http must be a mapping", "key: value"},
		{head + "subnets: @{a: b}", "subnets must be a list", ""},
		{head + "profiles: @[debian]", "profiles must be a mapping", ""},
		// Identities, routes, terms.
		{net + "    identity: @name", `"name" is not known here`, "mac, client-id"},
		{net + "    routes: [{to: @10.0.0.1/8, via: 192.168.0.1}]", "is not an IPv4 network", "10.0.0.0/8"},
		{net + "    routes: [@{to: 10.0.0.0/8}]", "a route needs to and via", ""},
		{net + "    options: {@121: '080a01'}", "option 121: not the classless routes of RFC 3442", "routes:"},
		{net + "    routes: [{to: 10.0.0.0/8, via: 192.168.0.1}]\n    options: @{121: '08:0a:01:02:03:04'}", "options gives other routes", "routes:"},
		{net + "    options: {121: '08:0a:01:02:03:04', @249: '08:0a:01:02:03:05'}", "other routes than those given", ""},
		{net + "    options: {@108: 299}", "at least 300 seconds", ""},
		{head + "subnets:\n  - @network: 192.168.0.0/24\n    dns: [192.168.0.1]\n    lease-time: infinite", "max-lease-time does not allow that", "max-lease-time: infinite"},
		{net + "    lease-time: @4294967295", "longer than a lease can be", "infinite"},
		{head + "dhcp: off\nmachines:\n  - {name: a, client-id: @''}", "1 to 255 bytes", "or a text"},
		{head + "dhcp: off\nmachines:\n  - {name: a, relay-port: @{}}", "relay-port names no port", "circuit-id"},
		{head + "dhcp: off\nmachines:\n  - {name: a, relay-port: {@port: 7}}", `unknown key "port" in relay-port`, ""},
		{head + "dhcp: off\nmachines:\n  - {name: a, client-id: x}\n  - @{name: b, client-id: x}", `that of machine "a" (line 4)`, ""},
		{head + "dhcp: off\nmachines:\n  - {name: a, relay-port: {remote-id: x}}\n  - @{name: b, relay-port: {remote-id: x}}", `that of machine "a" (line 4)`, ""},
		{net + "machines:\n  - {name: a, mac: 00:0c:29:83:d1:d1, address: @192.168.0.255}", "its broadcast address", "choose another"},
		// Words and numbers.
		{head + "dhcp: @maybe", `"maybe" is not known here`, "server, proxy, off"},
		{head + "loader: @lilo", `"lilo" is not known here`, "pxelinux"},
		{head + "http: {port: @0}", `"0" is not a port`, "65535"},
		{head + "tftp: {port: @70000}", `"70000" is not a port`, ""},
		{head + "authoritative: @perhaps", `neither true nor false`, "true or false"},
		{head + "conflict-probe: @ask", `neither true nor false`, "true or false"},
		{head + "tftp: {root: @nowhere}", "nowhere is not a directory", "leave tftp.root out"},
		{"interfaces: [@averyveryverylongname]", "cannot be the name of a network interface", ""},
		{"dhcp: off", "no interface is named", "interfaces: [eth1]"},
		{head + "menu: {timeout: @soon}", `"soon" is not a length of time`, "10m"},
		{head + "menu: {default: @arch}", `menu.default names a profile that is not there: "arch"`, "local"},
		{head + "unknown-machines: @arch", `unknown-machines names a profile that is not there: "arch"`, "menu, ignore"},
		// The package cache.
		{head + "cache: @20GiB", "cache must be a mapping", ""},
		{head + "cache: @{size: 20GiB}", "the cache has no upstreams", "mirror.example"},
		{head + "cache: {upstreams: [http://m.example/debian], size: @1MiB}", "too small", "20GiB"},
		{head + "cache: {upstreams: [@ftp://m.example/debian]}", "only http and https", "http://mirror.example/debian"},
		{head + "cache: {upstreams: [@'http://m.example/a b%zz']}", "cannot be an upstream", ""},
		{head + "cache: {upstreams: [@http://2130706433/debian]}", "neither a name nor an address", ""},
		{head + "cache: {upstreams: [@http://u:p@m.example/debian]}", "without user", ""},
		{head + "cache: {upstreams: [http://a.example/debian, @http://b.example/debian]}", `named "debian" already`, "{name: WORD"},
		{head + "cache: {upstreams: [{url: http://a.example/debian, name: @a/b}]}", `"a/b" cannot be a name`, ""},
		{head + "cache: {upstreams: [{@address: http://a.example/debian}]}", `unknown key "address" in an upstream`, ""},
		{head + "cache: {upstreams: [http://a.example/debian], private: [@10.0.0.1/8]}", "is not a network", "192.168.0.0/16"},
		{head + "cache: {upstreams: [http://a.example/debian], private: [@0.0.0.0/0]}", "is not a network", ""},
		{head + "cache: {upstreams: [http://a.example/debian], redirects: [@'http://b.example/']}", "is not a host's name", "mirror.example"},
		{head + "cache: {upstreams: [http://a.example/debian], @sizes: 1GiB}", `unknown key "sizes" in cache`, `"size"`},
		// Menus.
		{head + "menu: {timeout: @2h}", "PXELINUX cannot wait for 2h0m0s", "0s"},
		{head + "menu: {grub-password: @grub.pbkdf2.sha512.10000.AB.CD}", "not a hash of GRUB's", "grub-mkpasswd-pbkdf2"},
		{head + "menu: {serial: @9601}", `"9601" is not a speed`, "115200"},
		{head + "menu: {serial: {port: @4}}", `"4" is not a serial port`, "first"},
		{head + "menu: {serial: {@irq: 4}}", `unknown key "irq" in menu.serial`, ""},
		{prof + "menu: {hide: [debian, @arch]}", `menu.hide names a profile that is not there: "arch"`, "debian"},
		{prof + "menu: {entries: [local], hide: @debian}", "menu.hide is for menus without entries", "menu.entries"},
		{prof + "menu: {entries: [local, @arch]}", `names a profile that is not there: "arch"`, "separator, or one of the profiles: debian"},
		{prof + "menu: {entries: [{show: debian, key: @c}]}", `"c" cannot be a hot key`, "GRUB's own"},
		{prof + "menu: {entries: [{show: debian, key: @F1}]}", `"F1" cannot be a hot key`, ""},
		{prof + "menu: {entries: [{show: local, key: d}, @{show: debian, key: d}]}", "the hot key d is that of line 6 already", ""},
		{prof + "menu: {entries: [@{title: Disks, key: d}]}", "a hot key needs something to start", ""},
		{prof + "menu: {entries: [@{machines: [a]}]}", "this menu entry shows nothing", "{show: PROFILE"},
		{prof + "menu: {entries: [@{show: debian, machines: [node9]}]}", `for a machine that is not there: "node9"`, ""},
		{prof + "menu: {entries: [{@profile: debian}]}", `unknown key "profile" in a menu entry`, "known here"},
		{prof + "menu: {default: @debian, entries: [local]}", `menu.default is "debian", which the menu does not show`, ""},
		{prof + "menu: {default: @debian, hide: debian}", "which the menu does not show", ""},
		// Networks.
		{head + "subnets:\n  - network: @192.168.0.0/33", "is not an IPv4 network", "192.168.0.0/24"},
		{head + "subnets:\n  - network: @2001:db8::/64", "is not an IPv4 network", ""},
		{head + "subnets:\n  - {network: @192.168.0.5/24, dns: [192.168.0.1]}", "an address inside a network", "write 192.168.0.0/24"},
		{head + "subnets:\n  - @dns: [192.168.0.1]", "this subnet has no network", ""},
		{net + "  - @network: 192.168.0.128/25\n    dns: [192.168.0.1]", "192.168.0.128/25 overlaps 192.168.0.0/24 of line 3", ""},
		{net + "    gateway: @10.0.0.1", "gateway 10.0.0.1 is outside", ""},
		{net + "    gateway: @router", `"router" is not an IPv4 address`, ""},
		{net + "    pools: [@10.0.0.1-10.0.0.9]", "pool 10.0.0.1-10.0.0.9 is outside its subnet 192.168.0.0/24", ""},
		{net + "    pools: [@192.168.0.250-192.168.1.5]", "is outside its subnet", ""},
		{net + "    pools: [192.168.0.10-192.168.0.20, @192.168.0.20-192.168.0.30]", "pool 192.168.0.20-192.168.0.30 overlaps pool 192.168.0.10-192.168.0.20", ""},
		{net + "    pools: [@192.168.0.20-192.168.0.10]", "ends before it starts", "192.168.0.10-192.168.0.20"},
		{net + "    pools: [@all]", "is not a range of addresses", ""},
		{net + "    pools: [@192.168.0.0-192.168.0.9]", "network's own or its broadcast address", "leave out 192.168.0.0"},
		{net + "    options: {@nonsense: 1}", `no DHCP option is named "nonsense"`, ""},
		{net + "    options: {@53: 1}", "written by the server itself", ""},
		{head + "subnets:\n  - @network: 192.168.0.0/24\n    dns: [192.168.0.1]\n    lease-time: 3h\n    max-lease-time: 2h", "longer than its max-lease-time", ""},
		// Machines.
		{head + "dhcp: off\nmachines:\n  - {name: node1, mac: 00:0c:29:83:d1:d1, profile: @debian}", `machine "node1" names a profile that is not there: "debian"`, ""},
		{head + "dhcp: off\nmachines:\n  - {name: node1, mac: @00-0c-29}", "is not a MAC address", ""},
		{head + "dhcp: off\nmachines:\n  - @mac: 00:0c:29:83:d1:d1", "this machine has no name", ""},
		{head + "dhcp: off\nmachines:\n  - @{name: node1}", "neither a MAC address nor a UUID", ""},
		{head + "dhcp: off\nmachines:\n  - {name: @'no de', mac: 00:0c:29:83:d1:d1}", `"no de" cannot be a name`, "letters"},
		{head + "dhcp: off\nmachines:\n  - {name: a, mac: 00:0c:29:83:d1:d1}\n  - @{name: a, mac: 00:0c:29:83:d1:d2}", `machine "a" stands on line 4 already`, ""},
		{head + "dhcp: off\nmachines:\n  - {name: a, mac: 00:0c:29:83:d1:d1}\n  - @{name: b, mac: 00-0C-29-83-D1-D1}", `is machine "a" already (line 4)`, ""},
		{net + "machines:\n  - {name: a, mac: 00:0c:29:83:d1:d1, address: @10.0.0.5}", `10.0.0.5 of "a" is in no subnet`, ""},
		{net + "machines:\n  - {name: a, mac: 00:0c:29:83:d1:d1, address: 192.168.0.5}\n  - {name: b, mac: 00:0c:29:83:d1:d2, address: @192.168.0.5}", `is reserved for "a" already`, ""},
		{head + "dhcp: off\nmachines:\n  - {name: a, mac: 00:0c:29:83:d1:d1, firmware: @coreboot}", `"coreboot" is not known here`, "bios"},
		// Profiles and what they install.
		{head + "profiles:\n  debian:\n    @title: x", `profile "debian" has no image`, "seedbed images"},
		{head + "profiles:\n  @local: {image: x}", `"local" has a meaning of its own`, "another name"},
		{head + "profiles:\n  'a b': {image: x}\n", `"a b" cannot be a name`, ""},
		{head + "profiles:\n  a: {image: x}\n  @a: {image: y}", `profile "a" stands twice`, ""},
		{prof + "    answer-file: @ks.cfg\n    install: {ssh-keys: [ssh-ed25519 AAAA]}", "both answer-file and install", "keep one"},
		{prof + "    verify: [true, @'  ']", "verify holds a command that is empty", "exits with 0"},
		{prof + "    verify: [@{a: b}]", "", ""},
		{prof + "    answer-file: @missing.cfg", `answer file of profile "debian" cannot be read`, "directory of the settings"},
		{prof + "    install:\n      @locale: de_DE.UTF-8", "nobody could log in", "root-password"},
		{prof + "    install:\n      root-password: @secret", "passwords in clear are not accepted", "openssl passwd -6"},
		{prof + "    install:\n      root-password-file: @two.txt", "the file must hold one line", ""},
		{inst + "      keyboard: @{variant: nodeadkeys}", "the keyboard has no layout", "layout: de"},
		{inst + "      utc: @maybe", "neither true nor false", ""},
		{inst + "      users: [{name: ops, uid: @7}]", `"7" cannot be used`, "100 to 60000"},
		{inst + "      users: [{name: ops, sudo: @perhaps}]", "neither true nor false", ""},
		{inst + "      users: [{name: ops, @pasword: x}]", `unknown key "pasword"`, "password"},
		{inst + "      network: {interfaces: [{addresses: [@192.0.2.1]}]}", "is not an address with the length of its network", "/24"},
		{inst + "      network: {interfaces: [{method: @bootp}]}", `"bootp" is not known here`, "dhcp, static, lease, none"},
		{inst + "      network: {interfaces: [{routes: [@{to: 198.51.100.0/24}]}]}", "a route needs to and via", ""},
		{inst + "      network: {interfaces: [{routes: [{to: @x, via: 192.0.2.1}]}]}", `"x" is not a network`, ""},
		{inst + "      network: {interfaces: [{name: v, vlan: @4095}]}", `"4095" cannot be used`, "1 to 4094"},
		{inst + "      network: {interfaces: [{mtu: @12}]}", `"12" cannot be used`, "576"},
		{inst + "      network: {dns: [@localhost]}", `"localhost" is not an address`, ""},
		{inst + "      storage: {disk: auto, disks: @[{name: a}]}", "storage has both disk and disks", ""},
		{inst + "      storage: {table: @apm}", `"apm" is not known here`, "gpt, mbr"},
		{inst + "      storage: {raid: [@{name: md0}]}", "an array needs a name, a level and disks", ""},
		{inst + "      storage: {raid: [{name: md0, level: @7, disks: [a]}]}", `"7" is not known here`, "10"},
		{inst + "      storage: {partitions: [{mount: /, size: rest, encryption: {passphrase-file: @missing.txt}}]}", "the passphrase file cannot be read", ""},
		{inst + "      storage: {partitions: [{mount: /, size: rest, encryption: @{}}]}", "the encryption has no passphrase", ""},
		{inst + "      repositories: [@{name: x}]", "a repository needs a name and a url", ""},
		{inst + "      repositories: [{name: x, url: @ftp://x}]", "is not the http or https address", ""},
		{inst + "      services: {@start: [x]}", `unknown key "start"`, ""},
		{inst + "      firewall: @maybe", "neither true nor false", ""},
		{inst + "      selinux: @on", `"on" is not known here`, "permissive"},
		{inst + "      kernel-args: [@a b]", `"a b" cannot be a kernel argument`, ""},
		{prof + "    install:\n      root-password-file: @missing.txt", "the password file cannot be read", ""},
		{head + "menu: {password: @$6$rounds=9999999$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3Jk}", "more than a million rounds", "openssl passwd -6"},
		{head + "menu: {password: @secret}", "passwords in clear are not accepted", ""},
		{inst + "      users: [{name: ops, password: @secret}]", "passwords in clear are not accepted", ""},
		{inst + "      users: [@{sudo: true}]", "this user has no name", ""},
		{prof + "    install:\n      ssh-keys: [@AAAAC3Nza]", "not an SSH public key", ".pub"},
		{inst + "      storage: {disk: @sda}", `"sda" is not a disk`, "/dev/sda"},
		{inst + "      storage: {disk: @&d {path: *d}}", "the path of a disk is a text", ""},
		{inst + "      storage: {partitions: [{mount: /, size: @big}]}", `"big" is not a size`, "2GiB"},
		{inst + "      storage: {partitions: [@{mount: /}]}", "this has no size", ""},
		{inst + "      storage: {partitions: [{mount: @home, size: 1GiB}]}", `"home" is not a mount point`, ""},
		{inst + "      storage: {partitions: [{mount: /, filesystem: @zfs, size: 1GiB}]}", `"zfs" is not known here`, "ext4"},
		{inst + "      storage: {partitions: [@{mount: /swap, filesystem: swap, size: 1GiB}]}", "swap has no mount point", ""},
		{inst + "      storage: {volume-groups: [@{name: vg}]}", "a volume group needs a name and volumes", ""},
		{inst + "      mirror: @ftp://mirror.example/debian", "is not the http address of a mirror", "http://"},
		{inst + "      end: @sleep", `"sleep" is not known here`, "poweroff"},
	} {
		text, want := mark(c.text)
		_, err := parse(t, text)
		var list fault.List
		if !errors.As(err, &list) {
			t.Errorf("accepted, but there is %q in:\n%s\n(%v)", c.msg, text, err)
			continue
		}
		found := false
		for _, f := range list {
			here := want == "" || fmt.Sprintf("%d:%d", f.Line, f.Column) == want
			found = found || here && f.Severity == "error" && strings.Contains(f.Msg, c.msg) && strings.Contains(f.Hint, c.hint) && strings.HasSuffix(f.File, "seedbed.yaml")
		}
		if !found {
			t.Errorf("want %s: %q (hint %q), got:\n%v\nhints: %v\nin:\n%s", want, c.msg, c.hint, list, hints(list), text)
		}
	}
}

func hints(l fault.List) (out []string) {
	for _, f := range l {
		out = append(out, f.Hint)
	}
	return out
}

// mark takes the @ out and gives its line and column.
func mark(text string) (plain, at string) {
	i := strings.IndexByte(text, '@')
	if i < 0 {
		return text, ""
	}
	before := text[:i]
	line := strings.Count(before, "\n") + 1
	return before + text[i+1:], fmt.Sprintf("%d:%d", line, i-strings.LastIndexByte(before, '\n'))
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	_, err := parse(t, "interfaces: [eth1]\ndhcp: maybe\nloader: lilo\nsubnets:\n  - {network: 10.0.0.0/8, pools: [192.168.0.1]}\nfoo: 1\n")
	var list fault.List
	if !errors.As(err, &list) || len(list.Errors()) != 4 {
		t.Errorf("got %d: %v", len(list.Errors()), err)
	}
}

func TestWhatIsNoYAMLHasItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"interfaces: [eth1\n":               "not YAML",
		"interfaces: [eth1]\n\tdhcp: off\n": "not YAML",
		"":                                  "the settings are empty",
		"# nothing\n":                       "the settings are empty",
		"just a text":                       "must be a mapping",
		"\x00\x01\x02":                      "not YAML",
	} {
		_, err := parse(t, text)
		var list fault.List
		if !errors.As(err, &list) || !strings.Contains(list.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWarningsDoNotForbid(t *testing.T) {
	c, err := parse(t, head+"subnets:\n  - network: 192.168.0.0/24\nunknown-machines: debian\nprofiles: {debian: {image: x}}\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"hands out no DNS", "is erased and installed"} {
		if !strings.Contains(c.Warnings.Error(), want) {
			t.Errorf("no warning %q in:\n%v", want, c.Warnings)
		}
	}
	if w := c.Warnings[0]; w.Line != 3 || w.Severity != "warning" || w.Hint == "" {
		t.Errorf("%+v", w)
	}
	if c, err = parse(t, head+"dhcp: off\nsubnets:\n  - network: 192.168.0.0/24\n"); err != nil || len(c.Warnings) != 0 {
		t.Errorf("without a DHCP server of ours DNS is not our matter: %v, %v", c.Warnings, err)
	}
}

func TestFileThatCannotBeReadIsSaidWithWhatToDo(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "none.yaml"))
	if fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.HintOf(err), "-c FILE") {
		t.Errorf("%v, hint %q", err, fault.HintOf(err))
	}
	if _, err = Load(dir); err == nil {
		t.Error("a directory was read")
	}
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxSize+1), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(big); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
}
