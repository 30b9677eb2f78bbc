package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

const hash = "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3JkLCBidXQgdGhlIHNoYXBl"

// whole is the example of the settings' reference, every key in it.
const whole = `
interfaces: [eth1]
dhcp: server
authoritative: true
subnets:
  - network: 192.168.0.0/24
    pools: [192.168.0.210-192.168.0.220]
    gateway: 192.168.0.1
    dns: [192.168.0.1]
    domain: mydomain.example
    broadcast: 192.168.0.255
    ntp: [192.168.0.1]
    lease-time: 10m
    max-lease-time: 2h
    next-server: 192.168.0.150
    boot-file: /pxelinux.0
    options: {150: 192.168.0.150}
loader: auto
menu: {title: PXE, timeout: 10s, default: local, password: ` + hash + `}
unknown-machines: menu
http: {port: 80}
tftp: {port: 69, root: extra}
profiles:
  own-file:
    image: ubuntu-12.04-server-amd64
    kernel-args: [vga=normal]
    answer-file: ks.cfg
    verify: [test -f /root/installed, "id ops | grep sudo"]
  ubuntu-1204:
    image: ubuntu-12.04-server-amd64
    kernel-args: [vga=normal]
    install:
      locale: en_US.UTF-8
      keyboard: us
      timezone: Asia/Harbin
      root-password: ` + hash + `
      ssh-keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGU ops@desk]
      users: [{name: ops, password: ` + hash + `, ssh-keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGU], sudo: true}]
      storage:
        disk: auto
        partitions:
          - {mount: /, filesystem: ext4, size: 2GiB, primary: true}
        volume-groups:
          - {name: vg_data, size: rest, volumes: [{name: lv_home, mount: /home, filesystem: ext4, size: 1GiB}, {name: lv_swap, filesystem: swap, size: 1GiB}]}
      packages: [openssh-server, rsync]
      post: |
        echo done > /root/installed
machines:
  - name: node1
    mac: 00:0c:29:83:d1:d1
    uuid: 564D273C-0102-0304-0506-070883D1D100
    address: 192.168.0.214
    profile: ubuntu-1204
    firmware: uefi
    params: {rack: a1}
`

// parse reads settings in a directory that holds ks.cfg and extra/.
func parse(t *testing.T, text string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ks.cfg"), []byte("install\nlang en_US\nrootpw x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "two.txt"), []byte("one\ntwo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "extra"), 0o755); err != nil {
		t.Fatal(err)
	}
	return Parse(filepath.Join(dir, "seedbed.yaml"), []byte(text))
}

func TestWholeExampleIsUnderstood(t *testing.T) {
	c, err := parse(t, whole)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings.Error(), "GRUB cannot check this hash") {
		t.Errorf("warnings: %v", c.Warnings)
	}
	ip := netip.MustParseAddr
	s := c.Subnets[0]
	if s.Network != netip.MustParsePrefix("192.168.0.0/24") || s.Pools[0] != (lease.Range{First: ip("192.168.0.210"), Last: ip("192.168.0.220")}) ||
		s.Gateway != ip("192.168.0.1") || s.DNS[0] != ip("192.168.0.1") || s.Domain != "mydomain.example" || s.Broadcast != ip("192.168.0.255") ||
		s.LeaseTime != 10*time.Minute || s.MaxLease != 2*time.Hour || s.NextServer != ip("192.168.0.150") || s.BootFile != "/pxelinux.0" ||
		len(s.Options) != 1 || s.Options[0].Code != 150 || string(s.Options[0].Data) != "\xc0\xa8\x00\x96" {
		t.Errorf("subnet: %+v", s)
	}
	b := c.Boot
	if b.Title != "PXE" || b.Timeout != 10*time.Second || b.Default != "local" || b.Password != hash || b.Loader != "auto" || b.Unknown != "menu" {
		t.Errorf("boot: %+v", b)
	}
	if v := b.Profiles["own-file"].Verify; len(v) != 2 || v[1] != "id ops | grep sudo" {
		t.Errorf("verify is %q", v)
	}
	if len(b.Order) != 2 || b.Order[0] != "own-file" || b.Profiles["own-file"].AnswerFile == nil {
		t.Errorf("profiles: %v %+v", b.Order, b.Profiles["own-file"])
	}
	in := b.Profiles["ubuntu-1204"].Install
	if in == nil || in.Locale != "en_US.UTF-8" || in.RootPassword != hash || in.Users[0].Name != "ops" || !in.Users[0].Sudo || in.Storage.Partitions[0].Size != 2<<30 ||
		in.Storage.VolumeGroups[0].Volumes[1].Filesystem != "swap" || in.Packages[1] != "rsync" || in.Post != "echo done > /root/installed\n" {
		t.Errorf("install: %+v", in)
	}
	m := c.Machines[0]
	if m.Name != "node1" || m.MAC().String() != "00:0c:29:83:d1:d1" || m.UUID != "564d273c-0102-0304-0506-070883d1d100" || m.Profile != "ubuntu-1204" ||
		m.Firmware != machine.UEFI || m.Params["rack"] != "a1" || c.Reservations[0].Address != ip("192.168.0.214") {
		t.Errorf("machine: %+v %+v", m, c.Reservations)
	}
	if c.HTTPPort != 80 || c.TFTPPort != 69 || filepath.Base(c.TFTPRoot) != "extra" || c.DHCP != "server" || !c.Authoritative || c.Interfaces[0] != "eth1" {
		t.Errorf("%+v", c)
	}
	if at := c.At["image ubuntu-1204"]; at.Line != 30 || at.Column != 12 {
		t.Errorf("the image stands at %v", at)
	}
}

func TestLeastSettingsHaveUsableDefaults(t *testing.T) {
	c, err := parse(t, "interfaces: eth1\n")
	if err != nil {
		t.Fatal(err)
	}
	if c.DHCP != "server" || !c.Authoritative || c.HTTPPort != 80 || c.TFTPPort != 69 || c.SyslogPort != 514 || c.Boot.Unknown != "menu" || c.Boot.Timeout != 10*time.Second {
		t.Errorf("%+v", c)
	}
}

// head is a good beginning of settings; net is one with a subnet.
const (
	head = "interfaces: [eth1]\n"
	net  = head + "subnets:\n  - network: 192.168.0.0/24\n    dns: [192.168.0.1]\n"
	prof = head + "dhcp: off\nprofiles:\n  debian:\n    image: debian-13\n"
	inst = prof + "    install:\n      ssh-keys: [ssh-ed25519 AAAA]\n"
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

func TestCacheIsRead(t *testing.T) {
	c, err := parse(t, head+`cache:
  size: 100GiB
  dir: packages
  upstreams:
    - http://mirror.example/debian/
    - {name: security, url: "http://security.example/debian-security"}
    - https://pkg.example
  redirects: [Mirror.Example]
  private: [10.1.0.0/16]
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range c.Cache.Policy.Repositories {
		got = append(got, r.Name+"="+r.URL.String())
	}
	want := []string{"debian=http://mirror.example/debian", "security=http://security.example/debian-security", "pkg.example=https://pkg.example"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if c.Cache.Size != 100<<30 || filepath.Base(c.Cache.Dir) != "packages" || !filepath.IsAbs(c.Cache.Dir) || c.Cache.Policy.Redirects[0] != "mirror.example" ||
		c.Cache.Policy.Private[0] != netip.MustParsePrefix("10.1.0.0/16") {
		t.Errorf("%+v", c.Cache)
	}
	if c, err := parse(t, head); err != nil || c.Cache != nil {
		t.Errorf("a cache that nobody asked for: %+v, %v", c.Cache, err)
	}
}

func TestMenuIsReadInItsOrder(t *testing.T) {
	grub := "grub.pbkdf2.sha512.10000." + strings.Repeat("AB", 64) + "." + strings.Repeat("0F", 64)
	c, err := parse(t, prof+"machines: [{name: n, mac: '00:0c:29:83:d1:d1'}]\nmenu:\n  password: "+hash+"\n  grub-password: "+grub+`
  serial: {port: 1, speed: 9600}
  entries: [local, separator, {title: Installers}, {show: debian, title: Debian, key: d, machines: n}]
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []boot.MenuItem{{Local: true}, {Separator: true}, {Title: "Installers"}, {Profile: "debian", Title: "Debian", Key: 'd', Machines: []string{"n"}}}
	if d := cmp.Diff(want, c.Boot.Items); d != "" {
		t.Error(d)
	}
	if c.Boot.GRUBPassword != grub || *c.Boot.Serial != (script.Serial{Port: 1, Speed: 9600}) || len(c.Warnings) != 0 {
		t.Errorf("%+v %v", c.Boot, c.Warnings)
	}
	if _, err := parse(t, head+"menu: {grub-password: "+grub+"}"); err == nil || !strings.Contains(err.Error(), "nothing locks PXELINUX's") {
		t.Errorf("a GRUB password alone: %v", err)
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

// Whatever is written, it is refused or read, and nothing worse.
func FuzzParse(f *testing.F) {
	for _, s := range []string{whole, net, inst, "a: &x [*x]", "interfaces: !!int x", "? {a: b} : c", "interfaces: {<<: [1]}", "profiles: {a: *b}"} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(filepath.Join(dir, "seedbed.yaml"), []byte(text))
		if (c == nil) == (err == nil) {
			t.Fatalf("%v, %v", c, err)
		}
	})
}

func TestPasswordsInFilesAreHashedAndWeakOnesTold(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"good.txt": "correct horse; battery\n", "weak.txt": "123456789\r\n", "disk.txt": "open sesame 12\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Parse(filepath.Join(dir, "seedbed.yaml"), []byte(`interfaces: [eth1]
profiles:
  web:
    image: debian-13
    install:
      root-password-file: good.txt
      users: [{name: ops, password-file: weak.txt}]
      storage: {partitions: [{mount: /, size: rest, encryption: {passphrase-file: disk.txt}}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	in := c.Boot.Profiles["web"].Install
	for _, h := range []string{in.RootPassword, in.Users[0].Password} {
		if !strings.HasPrefix(h, "$6$") || strings.Contains(h, "horse") || strings.Contains(h, "123456789") {
			t.Errorf("got %q, want a hash", h)
		}
	}
	if got := string(in.Storage.Partitions[0].Passphrase); got != "open sesame 12" {
		t.Errorf("the passphrase is %q", got)
	}
	if text := fmt.Sprintf("%v %+v %#v", in, in, in); strings.Contains(text, "sesame") {
		t.Error("printing the install shows the passphrase")
	}
	if len(c.Weak) != 1 || c.Weak[0].Line != 7 || c.Weak[0].Column != 42 || strings.Contains(c.Weak[0].Msg, "1234") {
		t.Errorf("weak: %v", c.Weak)
	}
	if c.Refused() == nil {
		t.Error("a weak password is taken")
	}
	if c.AllowWeak = true; c.Refused() != nil {
		t.Error("it is refused though allowed")
	}
}

func TestWholeInstallIsRead(t *testing.T) {
	c, err := Parse("/x/seedbed.yaml", []byte(`interfaces: [eth1]
profiles:
  web:
    image: debian-13
    install:
      keyboard: {layout: de, variant: nodeadkeys}
      utc: false
      hostname: web-{mac}
      ssh-keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample]
      users: [{name: ops, groups: [docker], shell: /bin/zsh, uid: 1200, locked: true, sudo: no-password}]
      network:
        dns: [192.0.2.1, "2001:db8::1"]
        search: example.org
        interfaces:
          - {name: a, mac: 00-0C-29-83-D1-D1, method: none}
          - {name: bond0, bond: [a], mode: 802.3ad, mtu: 9000, addresses: [192.0.2.9/24], gateway: 192.0.2.1,
             routes: [{to: 198.51.100.0/24, via: 192.0.2.2, metric: 7}], optional: true}
          - {name: v10, vlan: 10, on: bond0, method: dhcp}
      storage:
        disks: [{name: a, path: /dev/sda}, {name: b, min-size: 1GB}]
        table: gpt
        wipe: all
        partitions: [{mount: /srv, disk: b, size: 1GiB, options: [noatime, nodev]}]
        raid: [{name: md0, level: 1, disks: [a, b]}, {name: md1, level: 0, disks: [a, b], size: 1GiB, mount: /tmp, filesystem: xfs}]
        volume-groups: [{name: vg, raid: md0, volumes: [{name: root, mount: /, size: rest}]}]
      repositories: [{name: tools, url: https://mirror.example/tools/, suite: x, components: [main], key: http://mirror.example/k, trusted: true}]
      ntp-servers: [192.0.2.3]
      excluded-packages: [nano]
      groups: [standard]
      services: {enable: [ssh], disable: [cups]}
      firewall: {services: [ssh], ports: [80/tcp]}
      selinux: permissive
      kernel-args: [quiet]
`))
	if err != nil {
		t.Fatal(err)
	}
	in := c.Boot.Profiles["web"].Install
	got := fmt.Sprintf("%s %s %v %s %+v %+v %+v %v %v %v %v %+v %+v %s %v", in.Keyboard, in.Variant, in.LocalClock, in.HostName, in.Users, in.Network, in.Storage,
		in.Repositories, in.NTPServers, in.Excluded, in.Groups, in.Services, *in.Firewall, in.SELinux, in.KernelArgs)
	want := "de nodeadkeys true web-{mac} [{Name:ops FullName: Password: Locked:true SSHKeys:[] Sudo:true NoPasswd:true Groups:[docker] Shell:/bin/zsh UID:1200}] " +
		"{Interfaces:[{Name:a MAC:00:0c:29:83:d1:d1 Method:none Addresses:[] Gateway:invalid IP DNS:[] Search:[] Routes:[] MTU:0 VLAN:0 On: Bond:[] Mode: Optional:false} " +
		"{Name:bond0 MAC: Method: Addresses:[192.0.2.9/24] Gateway:192.0.2.1 DNS:[] Search:[] Routes:[{To:198.51.100.0/24 Via:192.0.2.2 Metric:7}] MTU:9000 VLAN:0 On: Bond:[a] Mode:802.3ad Optional:true} " +
		"{Name:v10 MAC: Method:dhcp Addresses:[] Gateway:invalid IP DNS:[] Search:[] Routes:[] MTU:0 VLAN:10 On:bond0 Bond:[] Mode: Optional:false}] DNS:[192.0.2.1 2001:db8::1] Search:[example.org]} " +
		"{Disk:{Name:a Path:/dev/sda Model: Serial: MinSize:0 MaxSize:0} Others:[{Name:b Path:auto Model: Serial: MinSize:1000000000 MaxSize:0}] Table:gpt Wipe:all " +
		"Partitions:[{Disk:b Mount:/srv Filesystem:ext4 Size:1073741824 Primary:false Label: Options:[noatime nodev] Passphrase:}] " +
		"Arrays:[{Name:md0 Level:1 Disks:[a b] Spares:0 Size:-1 Mount: Filesystem: Label: Options:[] Passphrase:} {Name:md1 Level:0 Disks:[a b] Spares:0 Size:1073741824 Mount:/tmp Filesystem:xfs Label: Options:[] Passphrase:}] " +
		"VolumeGroups:[{Name:vg Disk: Array:md0 Size:-1 Passphrase: Volumes:[{Name:root Mount:/ Filesystem:ext4 Size:-1 Label: Options:[]}]}]} " +
		"[{tools https://mirror.example/tools x [main] http://mirror.example/k true}] [192.0.2.3] [nano] [standard] {Enable:[ssh] Disable:[cups]} {Enabled:true Services:[ssh] Ports:[80/tcp]} permissive [quiet]"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if p := in.Place("storage.raid[1].mount"); p.Line != 24 || p.Column < 100 {
		t.Errorf("the mount of md1 stands at %v", p)
	}
}

func TestSnippetsAreReadFromTheirDirectoryAlone(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": "s", "snippets/a.cfg": "A", "snippets/net/b.cfg": "B", "ks.cfg": "lang en_US\n{{include \"a.cfg\"}}\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text := []byte("interfaces: [eth1]\nprofiles: {p: {image: x, answer-file: ks.cfg}}\nsnippets: snippets\n")
	c, err := Parse(filepath.Join(dir, "seedbed.yaml"), text)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Boot.Profiles["p"].AnswerFile.Snippets
	if len(got) != 2 || got["a.cfg"] != "A" || got["net/b.cfg"] != "B" {
		t.Errorf("got %v", got)
	}
	if err := os.Symlink("../secret", filepath.Join(dir, "snippets", "out")); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(filepath.Join(dir, "seedbed.yaml"), text); err == nil || !strings.Contains(err.Error(), ":3:11: error: a snippet of snippets cannot be read") {
		t.Errorf("a link out of the directory: %v", err)
	}
}
