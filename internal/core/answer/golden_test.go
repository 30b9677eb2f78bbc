package answer

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"seedbed/internal/core/image"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/golden"
)

const (
	hash  = "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3JkLCBidXQgdGhlIHNoYXBlIG9mIG9uZQ"
	key   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU ops@desk"
	other = "from=\"192.0.2.0/24\",command=\"echo 'hi'\" ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQexample it's me"
	gib   = int64(1) << 30
)

func subject() Subject {
	return Subject{
		Machine: machine.Machine{
			Name: "node1", MACs: []machine.MAC{{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}},
			Params: map[string]string{"rack": "a1"},
		},
		Lease: lease.Lease{Address: netip.MustParseAddr("192.0.2.214")},
		Subnet: &lease.Subnet{
			Network: netip.MustParsePrefix("192.0.2.0/24"), Gateway: netip.MustParseAddr("192.0.2.1"),
			DNS: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}, Domain: "example.org",
		},
		Image: image.Image{
			Name: "debian-13-amd64", Family: image.Debian, Release: "debian-13", Codename: "trixie", CPU: "amd64",
			Mirror: true, Netboot: true, Signed: true,
		},
		Profile: "debian", Firmware: machine.BIOS,
		Server: "http://192.0.2.150", AnswerURL: "http://192.0.2.150/answer/t0k3n/",
		CallbackURL: "http://192.0.2.150/events/t0k3n/installed", FailURL: "http://192.0.2.150/events/t0k3n/failed",
		Mirror:     "http://192.0.2.150/images/debian-13-amd64",
		SyslogHost: "192.0.2.150", HostName: "node1", Domain: "example.org",
	}
}

// lvmStorage is the example of the settings' reference.
func lvmStorage() Storage {
	return Storage{
		Disk:       Disk{Path: "auto"},
		Partitions: []Partition{{Mount: "/", Filesystem: "ext4", Size: 2 * gib, Primary: true}},
		VolumeGroups: []VolumeGroup{{Name: "vg_data", Size: Rest, Volumes: []Volume{
			{Name: "lv_home", Mount: "/home", Filesystem: "ext4", Size: gib},
			{Name: "lv_swap", Filesystem: "swap", Size: gib},
		}}},
	}
}

// luks is an encrypted group beside a partition in clear, with no /boot.
func luks() Storage {
	return Storage{
		Partitions: []Partition{{Mount: "/srv", Filesystem: "xfs", Size: gib}},
		VolumeGroups: []VolumeGroup{{Name: "vg0", Size: Rest, Passphrase: "open sesame \"12$'", Volumes: []Volume{
			{Name: "root", Mount: "/", Size: Rest}, {Name: "swap", Filesystem: "swap", Size: gib}}}},
	}
}

// spared is a mirror with a spare, and swap on each disk.
func spared() Storage {
	return Storage{
		Disk: Disk{Path: "/dev/nvme0n1"}, Others: []Disk{{Path: "/dev/nvme1n1"}, {Path: "/dev/disk/by-id/ata-X_1.0"}},
		Partitions: []Partition{{Mount: "/boot/efi", Filesystem: "vfat", Size: gib}, {Filesystem: "swap", Size: gib}, {Filesystem: "swap", Size: gib, Disk: "disk2"}, {Filesystem: "swap", Size: gib, Disk: "disk3"}},
		Arrays:     []Array{{Name: "root", Level: "1", Disks: []string{"disk1", "disk2", "disk3"}, Spares: 1, Size: Rest, Mount: "/", Filesystem: "xfs", Label: "root", Options: []string{"noatime"}}},
	}
}

// twoGroups is a volume group on each of two disks.
func twoGroups() Storage {
	return Storage{
		Disk: Disk{Name: "a", Model: "SSD"}, Others: []Disk{{Name: "b", MinSize: 500 * gib, Path: "auto"}},
		Partitions: []Partition{{Mount: "/", Size: 8 * gib}},
		VolumeGroups: []VolumeGroup{
			{Name: "vg0", Size: Rest, Volumes: []Volume{{Name: "home", Mount: "/home", Size: Rest}, {Name: "swap", Filesystem: "swap", Size: gib}}},
			{Name: "vg1", Disk: "b", Size: Rest, Volumes: []Volume{{Name: "srv", Mount: "/srv", Filesystem: "xfs", Size: Rest}}},
		},
	}
}

// inClear is raid without its encryption, for installers that choose the table
// by themselves.
func inClear() Storage {
	st := raid()
	st.VolumeGroups[0].Passphrase, st.Table = "", ""
	return st
}

type specimen struct {
	name string
	in   Install
	s    func(*Subject)
}

var goldens = []specimen{
	{"default-bios", Install{RootPassword: hash}, func(*Subject) {}},
	{"default-uefi", Install{RootPassword: hash}, func(s *Subject) { s.Firmware = machine.UEFI }},
	{"firmware-unknown", Install{SSHKeys: []string{key}}, func(s *Subject) { s.Firmware = machine.IPXE }},
	{"lvm", Install{
		Locale: "en_US.UTF-8", Keyboard: "us", Timezone: "Asia/Harbin", RootPassword: hash,
		Storage: lvmStorage(), Packages: []string{"openssh-server", "rsync"}, Post: "echo done > /root/installed\n",
	}, func(*Subject) {}},
	{"explicit-disk", Install{
		RootPassword: hash, End: "poweroff", NTP: true,
		Storage: Storage{Disk: Disk{Path: "/dev/vda"}, Partitions: []Partition{
			{Mount: "/boot/efi", Filesystem: "vfat", Size: gib},
			{Mount: "/", Filesystem: "ext4", Size: 8 * gib, Label: "root"},
			{Mount: "/var", Filesystem: "xfs", Size: 4 * gib},
		}},
	}, func(s *Subject) {
		s.Firmware = machine.UEFI
		s.Subnet.NTP = []netip.Addr{netip.MustParseAddr("192.0.2.3")}
	}},
	{"users", Install{
		SSHKeys: []string{key},
		Users: []User{
			{Name: "ops", FullName: "Olga O'Ps", Password: hash, SSHKeys: []string{key, other}, Sudo: true},
			{Name: "admin", SSHKeys: []string{other}, Sudo: true},
		},
		Storage: Storage{Disk: Disk{Model: "VENDOR it's 860", Serial: "S3", MinSize: 100 * gib, MaxSize: 2000 * gib}},
		Post:    "#!/usr/bin/perl\nprint \"hello\\n\";\n",
	}, func(s *Subject) { s.Rehearsal = &Rehearsal{SSHKeys: []string{key}} }},
	{"internet-mirror", Install{
		RootPassword: hash,
		Mirror: Mirror{URL: "https://mirror.example/debian/", Suite: "bookworm", Proxy: "http://proxy.example.org:3128",
			Security: "http://security.example/debian-security"},
	}, func(s *Subject) { s.Image.Signed = false }},
	{"luks", Install{RootPassword: hash, Storage: luks()}, func(s *Subject) { s.Firmware = machine.UEFI }},
	{"raid-uefi", Install{RootPassword: hash, Storage: spared()}, func(s *Subject) { s.Firmware = machine.UEFI }},
	{"raid-ubuntu-1404", Install{RootPassword: hash, Storage: inClear()}, func(s *Subject) {
		s.Image = image.Image{Name: "ubuntu-14.04-server-amd64", Family: image.Ubuntu, Release: "ubuntu-14.04", Codename: "trusty", CPU: "amd64", Mirror: true}
		s.Mirror = "http://192.0.2.150/images/ubuntu-14.04-server-amd64"
	}},
	{"two-disks", Install{RootPassword: hash, Storage: twoGroups()}, func(*Subject) {}},
	{"ubuntu-1804", Install{RootPassword: hash, End: "halt"}, func(s *Subject) {
		s.Image = image.Image{Name: "ubuntu-18.04-server-amd64", Family: image.Ubuntu, Release: "ubuntu-18.04", Codename: "bionic", CPU: "amd64", Mirror: true}
		s.Mirror = "http://192.0.2.150/images/ubuntu-18.04-server-amd64"
	}},
}

func (g specimen) render(t *testing.T) (Document, Subject) {
	t.Helper()
	s := subject()
	g.s(&s)
	d, err := Render(&g.in, nil, s)
	if err != nil {
		t.Fatal(err)
	}
	return d, s
}

func TestPreseedIsAsRecorded(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			d, s := g.render(t)
			var b bytes.Buffer
			b.WriteString("kernel arguments: " + strings.Join(KernelArgs(s, s.AnswerURL+d.Name, &g.in), " ") + "\n")
			b.WriteString("==> " + d.Name + "\n")
			b.Write(d.Bytes)
			for _, name := range []string{"late.sh", "post.sh"} {
				if text, ok := d.Extra[name]; ok {
					b.WriteString("==> " + name + "\n")
					b.Write(text)
				}
			}
			golden.Check(t, g.name+".golden", b.String())
		})
	}
}
