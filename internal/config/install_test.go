package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
