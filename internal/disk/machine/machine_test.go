package machine

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/answer/survey"
)

const hash = "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3JkLCBidXQgdGhlIHNoYXBlIG9mIG9uZQ"

// tree is a small root of a system; names that end in -> are links.
func tree(files map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range files {
		if link, ok := strings.CutSuffix(name, "->"); ok {
			out[link] = &fstest.MapFile{Data: []byte(text), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// accounts are those of every tree here.
var accounts = map[string]string{
	"etc/passwd":                     "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nops:x:1000:1000:Olga Ops,,,:/home/ops:/bin/zsh\nnobody:x:65534:65534::/:/bin/false\n",
	"etc/group":                      "sudo:x:27:ops\nwheel:x:10:ops\ndocker:x:999:ops\n",
	"etc/shadow":                     "root:!:1::::::\nops:" + hash + ":1::::::\n",
	"home/ops/.ssh/authorized_keys":  "# mine\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU ops@desk\n",
	"sys/block/sda/size":             "209715200",
	"sys/block/sda/dev":              "8:0",
	"sys/block/sda/sda1/partition":   "1",
	"sys/block/sda/sda1/dev":         "8:1",
	"sys/block/sda/sda1/size":        "2097152",
	"sys/block/sda/sda1/start":       "2048",
	"sys/block/sda/sda2/partition":   "2",
	"sys/block/sda/sda2/dev":         "8:2",
	"sys/block/sda/sda2/size":        "207613952",
	"sys/block/sda/sda2/start":       "2099200",
	"sys/block/dm-0/size":            "41943040",
	"sys/block/dm-0/dev":             "253:0",
	"sys/block/dm-0/dm/name":         "vg--a-root",
	"sys/block/dm-0/dm/uuid":         "LVM-x",
	"sys/block/dm-0/slaves/sda2/dev": "8:2",
	"sys/block/dm-1/size":            "4194304",
	"sys/block/dm-1/dev":             "253:1",
	"sys/block/dm-1/dm/name":         "vg--a-swap",
	"sys/block/dm-1/dm/uuid":         "LVM-y",
	"sys/block/dm-1/slaves/sda2/dev": "8:2",
	"proc/self/mountinfo":            "20 1 253:0 / / rw - xfs /dev/mapper/vg--a-root rw\n21 20 8:1 / /boot rw - ext4 /dev/sda1 rw\n22 20 0:5 / /proc rw - proc proc rw\n",
	"proc/swaps":                     "Filename Type Size Used Priority\n/dev/dm-1 partition 2097148 0 -2\n",
	"proc/cmdline":                   "BOOT_IMAGE=/vmlinuz root=/dev/mapper/vg--a-root ro crashkernel=256M rd.lvm.lv=vg-a/root\n",
}

func with(more map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range accounts {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// systems are the distributions, each with what it alone has.
var systems = map[string]struct {
	files    map[string]string
	query    string
	release  string
	packages []string
	address  string
}{
	"Debian 12": {map[string]string{"etc/os-release": "ID=debian\nVERSION_ID=\"12\"\n", "etc/default/locale": "LANG=de_DE.UTF-8\n", "etc/default/keyboard": "XKBLAYOUT=\"de\"\nXKBVARIANT=\"nodeadkeys\"\n",
		"etc/timezone": "Europe/Berlin\n", "etc/hostname": "web1\n", "etc/network/interfaces": "auto lo\niface lo inet loopback\niface eth0 inet static\n\taddress 192.0.2.5/24\n\tgateway 192.0.2.1\n",
		"etc/resolv.conf":             "nameserver 192.0.2.1\n",
		"var/lib/dpkg/status":         "Package: nginx\nStatus: install ok installed\nPriority: optional\n\nPackage: libc6\nStatus: install ok installed\nPriority: optional\n\nPackage: bash\nStatus: install ok installed\nPriority: required\n\nPackage: gone\nStatus: deinstall ok config-files\nPriority: optional\n",
		"var/lib/apt/extended_states": "Package: libc6\nArchitecture: amd64\nAuto-Installed: 1\n"}, "", "debian-12", []string{"nginx"}, "192.0.2.5/24"},
	"Ubuntu 24.04": {map[string]string{"etc/os-release": "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n", "etc/default/locale": "LANG=de_DE.UTF-8\n", "etc/default/keyboard": "XKBLAYOUT=\"de\"\nXKBVARIANT=\"nodeadkeys\"\n",
		"etc/localtime->": "/usr/share/zoneinfo/Europe/Berlin", "etc/hostname": "web1\n",
		"etc/netplan/00.yaml": "network:\n  version: 2\n  ethernets:\n    eth0:\n      addresses: [192.0.2.6/24]\n      routes: [{to: default, via: 192.0.2.1}]\n      nameservers: {addresses: [192.0.2.1]}\n",
		"var/lib/dpkg/status": "Package: postgresql\nStatus: install ok installed\nPriority: optional\n"}, "", "ubuntu-24.04", []string{"postgresql"}, "192.0.2.6/24"},
	"RHEL 9": {map[string]string{"etc/os-release": "ID=\"rhel\"\nVERSION_ID=\"9.4\"\n", "etc/locale.conf": "LANG=\"de_DE.UTF-8\"\n", "etc/vconsole.conf": "KEYMAP=\"de-nodeadkeys\"\n",
		"etc/localtime->": "../usr/share/zoneinfo/Europe/Berlin", "etc/hostname": "web1.example.org\n", "etc/selinux/config": "SELINUX=enforcing\n",
		"etc/NetworkManager/system-connections/eth0.nmconnection": "[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n[ipv4]\nmethod=manual\naddress1=192.0.2.7/24,192.0.2.1\ndns=192.0.2.1;\n"},
		"httpd\nvim-enhanced\n", "rhel-9", []string{"httpd", "vim-enhanced"}, "192.0.2.7/24"},
	"SLES 15": {map[string]string{"etc/os-release": "ID=\"sles\"\nID_LIKE=\"suse\"\nVERSION_ID=\"15.6\"\n", "etc/locale.conf": "LANG=de_DE.UTF-8\n", "etc/vconsole.conf": "KEYMAP=de-nodeadkeys\n",
		"etc/localtime->": "/usr/share/zoneinfo/Europe/Berlin", "etc/hostname": "web1\n",
		"etc/sysconfig/network/ifcfg-eth0": "BOOTPROTO='static'\nIPADDR='192.0.2.8/24'\nSTARTMODE='auto'\n", "etc/sysconfig/network/routes": "default 192.0.2.1 - -\n", "etc/resolv.conf": "nameserver 192.0.2.1\n"},
		"S | Repository | Name | Version | Arch\n--+--+--+--+--\ni+ | r | apache2 | 2.4 | x86_64\n", "sles-15", []string{"apache2"}, "192.0.2.8/24"},
}

func TestASystemIsReproduced(t *testing.T) {
	for name, s := range systems {
		t.Run(name, func(t *testing.T) {
			query := func(program string, _ ...string) ([]byte, error) {
				if strings.Contains(s.query, "|") != (program == "zypper") {
					return nil, errors.New("not here")
				}
				return []byte(s.query), nil
			}
			d := survey.Draft(Read(tree(with(s.files)), Options{Secrets: true, Query: query}))
			in := d.In
			if d.Release != s.release || in.Locale != "de_DE.UTF-8" || in.Keyboard != "de" || in.Variant != "nodeadkeys" || in.Timezone != "Europe/Berlin" || in.HostName != "web1" {
				t.Errorf("%s %+v", d.Release, in)
			}
			if !slices.Equal(in.Packages, s.packages) {
				t.Errorf("packages %q", in.Packages)
			}
			if n := in.Network.Interfaces; len(n) != 1 || n[0].Name != "eth0" || len(n[0].Addresses) != 1 || n[0].Addresses[0].String() != s.address || n[0].Gateway.String() != "192.0.2.1" {
				t.Errorf("network %+v", n)
			}
			if u := in.Users; len(u) != 1 || u[0].Name != "ops" || !u[0].Sudo || u[0].Password != hash || u[0].FullName != "Olga Ops" || u[0].Shell != "/bin/zsh" || u[0].UID != 1000 ||
				!slices.Equal(u[0].Groups, []string{"docker"}) || len(u[0].SSHKeys) != 1 {
				t.Errorf("users %+v", u)
			}
			if !slices.Equal(in.KernelArgs, []string{"crashkernel=256M"}) {
				t.Errorf("kernel arguments %q", in.KernelArgs)
			}
			st := in.Storage
			if st.Disk.Path != "/dev/sda" || len(st.Partitions) != 1 || st.Partitions[0].Mount != "/boot" || st.Partitions[0].Size != 1<<30 || len(st.VolumeGroups) != 1 {
				t.Fatalf("storage %+v", st)
			}
			if g := st.VolumeGroups[0]; g.Name != "vg-a" || g.Size != intent.Rest || len(g.Volumes) != 2 || g.Volumes[0].Mount != "/" || g.Volumes[0].Size != intent.Rest || g.Volumes[0].Filesystem != "xfs" ||
				g.Volumes[1].Filesystem != "swap" || g.Volumes[1].Size != 2<<30 {
				t.Errorf("group %+v", g)
			}
			if err := finding.Check(&in, intent.Subject{}).Err(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoSecretIsReadUnasked(t *testing.T) {
	f := Read(tree(accounts), Options{})
	for _, a := range f.Accounts {
		if a.Hash != "" || len(a.Keys) > 0 {
			t.Errorf("%+v", a)
		}
	}
	for name, text := range f.Texts {
		if strings.Contains(text, hash) || strings.Contains(name, "shadow") {
			t.Errorf("%s holds a secret", name)
		}
	}
}

func TestArraysAndWholeDisksAreTold(t *testing.T) {
	files := map[string]string{
		"sys/block/sda/size": "2097152", "sys/block/sda/sda1/partition": "1", "sys/block/sda/sda1/dev": "8:1", "sys/block/sda/sda1/size": "2090000", "sys/block/sda/sda1/start": "2048",
		"sys/block/sdb/size": "2097152", "sys/block/sdb/sdb1/partition": "1", "sys/block/sdb/sdb1/dev": "8:17", "sys/block/sdb/sdb1/size": "2090000", "sys/block/sdb/sdb1/start": "2048",
		"sys/block/md0/size": "2080000", "sys/block/md0/dev": "9:0", "sys/block/md0/md/level": "raid1", "sys/block/md0/slaves/sda1/x": "", "sys/block/md0/slaves/sdb1/x": "",
		"proc/self/mountinfo": "20 1 9:0 / / rw - ext4 /dev/md0 rw\n",
	}
	st := survey.Draft(Read(tree(files), Options{})).In.Storage
	if len(st.Arrays) != 1 || st.Arrays[0].Level != "1" || st.Arrays[0].Mount != "/" || len(st.Arrays[0].Disks) != 2 || len(st.Others) != 1 {
		t.Errorf("%+v", st)
	}
	files = map[string]string{"sys/block/vda/size": "2097152", "sys/block/vda/dev": "254:0", "proc/self/mountinfo": "20 1 254:0 / / rw - ext4 /dev/vda rw\n"}
	d := survey.Draft(Read(tree(files), Options{}))
	told := slices.ContainsFunc(d.Items, func(i reading.Item) bool { return strings.Contains(i.Why, "whole disk") })
	if !d.In.Storage.Empty() || !told {
		t.Errorf("%+v, %+v", d.In.Storage, d.Items)
	}
}
