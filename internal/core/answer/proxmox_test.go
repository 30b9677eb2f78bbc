package answer

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"seedbed/internal/core/image"
	"seedbed/internal/fault"
	"seedbed/internal/golden"
)

func proxmoxSubject(release string) Subject {
	s := subject()
	s.Image = image.Image{Name: release, Family: image.Proxmox, Release: release, CPU: "amd64", Whole: true, Netboot: true}
	s.Mirror, s.Profile = "", "pve"
	return s
}

// static is a machine with an address of its own, a picked disk and XFS.
func static() Install {
	in := Install{RootPassword: hash, SSHKeys: []string{key, other}, Keyboard: "de", Variant: "nodeadkeys", Locale: "de_AT.UTF-8", Timezone: "Europe/Vienna", End: "poweroff"}
	in.Network.Interfaces = []Interface{{MAC: "00:0c:29:83:d1:d2", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")},
		Gateway: netip.MustParseAddr("192.0.2.1"), DNS: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}}, {Name: "eth1"}}
	in.Storage = Storage{Disk: Disk{Model: "Samsung SSD [x] 980"}, Partitions: []Partition{
		{Filesystem: "swap", Size: 4 * gib}, {Mount: "/", Filesystem: "xfs", Size: 30*gib + gib/2}, {Mount: "/srv", Filesystem: "ext4", Size: Rest}}}
	return in
}

func TestProxmoxIsAsRecorded(t *testing.T) {
	keysOnly := Install{SSHKeys: []string{key}, Storage: Storage{Disk: Disk{Serial: "S3 1"}, Partitions: []Partition{{Mount: "/", Filesystem: "btrfs", Size: Rest}}}}
	for _, c := range []struct {
		name, release string
		in            Install
		end           bool // it is reported
	}{
		{"example", "proxmox-ve-9.1", example(), true}, {"static", "proxmox-ve-9.1", static(), true}, {"keys", "proxmox-ve", keysOnly, true},
		{"old", "proxmox-ve-8.2", example(), false}, {"backup", "proxmox-bs-3.3", static(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := proxmoxSubject(c.release)
			d, err := Render(&c.in, nil, s)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "dialect/"+"proxmox-"+c.name+".golden", string(recorded(d, s, &c.in)))
			if strings.Contains(string(d.Bytes), s.CallbackURL) != c.end || d.NoCallback == c.end {
				t.Errorf("it reports its end: %v", !d.NoCallback)
			}
			// What is rendered is what a user's own file of the same text must be.
			if KindOf(string(d.Bytes)) != Proxmox {
				t.Errorf("taken for %q", KindOf(string(d.Bytes)))
			}
			if err := Check(&File{Name: "answer.toml", Text: string(d.Bytes)}, s); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatProxmoxCannotDoIsRefused(t *testing.T) {
	for want, change := range map[string]func(*Install){
		"a static address wants": func(in *Install) {},
		"encrypts nothing":       func(in *Install) { in.Storage = raid() },
		"takes every disk that fits": func(in *Install) {
			in.Storage = Storage{Partitions: []Partition{{Mount: "/", Filesystem: "btrfs", Size: Rest}}}
		},
		"takes the whole disk":              func(in *Install) { in.Storage.Wipe = "none" },
		"sets up neither a VLAN nor a bond": func(in *Install) { *in = full() },
	} {
		in := example()
		s := proxmoxSubject("proxmox-ve-9.1")
		if strings.HasPrefix(want, "a static") {
			want = "wants a gateway with a static address"
			in.Network.Interfaces = []Interface{{Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")}}}
		}
		change(&in)
		if _, err := Render(&in, nil, s); err == nil || !strings.Contains(err.Error(), want) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", want, err)
		}
	}
}

const ownProxmox = `[global]
keyboard = "en-us"
country = "at"
fqdn = "{{.HostName}}.example.org"
mailto = "root@example.org"
timezone = "Europe/Vienna"
root_password_hashed = "*"

[network]
source = "from-dhcp"

[disk-setup]
filesystem = "zfs"
zfs.raid = "raid1"
disk_list = ["sda", "sdb"]

[post-installation-webhook]
url = "{{.Callback}}"
`

func TestOwnAnswersForProxmoxAreChecked(t *testing.T) {
	s := proxmoxSubject("proxmox-ve-8.4")
	d, err := Render(nil, &File{Name: "answer.toml", Text: ownProxmox}, s)
	if err != nil || d.Name != "answer.toml" || d.NoCallback || !strings.Contains(string(d.Bytes), `fqdn = "node1.example.org"`) {
		t.Fatalf("%v\n%s", err, d.Bytes)
	}
	for _, c := range []struct {
		old, new, want string
		line           int
	}{
		{`"en-us"`, `en-us`, "unexpected character", 2},
		{`country = "at"`, `county = "at"`, "knows no key global.county", 3},
		{`keyboard = "en-us"`, `keyboard = "us"`, "no keyboard us", 2},
		{"[network]\n", "[network]\ncidr = \"192.0.2.1/24\"\n", "from-dhcp the section may hold nothing more", 9},
		{`"from-dhcp"`, `"from-answer"`, "wants cidr, dns, gateway and filter", 9},
		{"root_password_hashed = \"*\"\n", "", "one of root-password and", 1},
		{`zfs.raid = "raid1"`, "", "zfs.raid is missing", 13},
		{`"zfs"`, `"ext3"`, "filesystem is wanted", 13},
		{`"zfs"`, `"ext4"`, "take one disk", 15},
		{"disk_list = [\"sda\", \"sdb\"]\n", "", "one of disk-list and filter", 12},
		{"disk_list", "filter.DEVNAME = \"x\"\ndisk_list", "cannot be there both", 12},
		{"[global]", "[global]\nkeyboard = \"de\"", "already", 0},
		{"[network]", "[netwrok]", "knows no key netwrok", 9},
	} {
		text := strings.Replace(ownProxmox, c.old, c.new, 1)
		err := Check(&File{Name: "answer.toml", Text: text}, s)
		var list fault.List
		if !errors.As(err, &list) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.new, err, c.want)
			continue
		}
		if list[0].Line != c.line || list[0].File != "answer.toml" {
			t.Errorf("%s: at %s, want line %d", c.new, list[0].Position, c.line)
		}
	}
	if err := Check(&File{Name: "ks.cfg", Text: "text\nrootpw x\n"}, s); err == nil || !strings.Contains(err.Error(), "kickstart is not understood") {
		t.Error(err)
	}
}
