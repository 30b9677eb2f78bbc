package config

import (
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
