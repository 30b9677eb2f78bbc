package conversion

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/golden"
)

// corpus are files as people have them, by name and kind.
func corpus(t testing.TB) map[string]answer.Kind {
	t.Helper()
	files, err := filepath.Glob("testdata/corpus/*")
	if err != nil || len(files) < 9 {
		t.Fatal(files, err)
	}
	out := map[string]answer.Kind{}
	for _, f := range files {
		out[f] = answer.Kind(strings.TrimPrefix(filepath.Ext(f), "."))
	}
	return out
}

func text(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEachPairOfDialectsIsReportedAsRecorded(t *testing.T) {
	for file, from := range corpus(t) {
		if got := lint.KindOf(text(t, file)); got != from && from != answer.Kickseed {
			t.Errorf("%s is taken for %s", file, got)
		}
		for _, to := range Kinds {
			t.Run(filepath.Base(file)+" to "+string(to), func(t *testing.T) {
				d, err := Read(from, filepath.Base(file), text(t, file))
				if err != nil {
					t.Fatal(err)
				}
				img, err := Target(to, "")
				if err != nil {
					t.Fatal(err)
				}
				r, err := Convert(d, to, img)
				if err != nil {
					t.Fatal(err)
				}
				var b strings.Builder
				for _, i := range r.Items {
					fmt.Fprintf(&b, "%d\t%s\t%s\t%s\n", i.Line, i.Verdict, i.What, i.Why)
				}
				b.WriteString("==> " + r.Document.Name + "\n")
				b.Write(r.Document.Bytes)
				golden.Check(t, filepath.Join("report", filepath.Base(file)+"-to-"+string(to)), b.String())
				mustBeClean(t, r)
			})
		}
	}
}

// mustBeClean wants an error of lint's to be one of those that only the user
// can mend.
func mustBeClean(t *testing.T, r Result) {
	t.Helper()
	release, _ := lint.ParseRelease(r.Image.Release)
	for _, f := range lint.Run(book.All(), &lint.Subject{Name: r.Document.Name, Text: r.Document.Bytes, Kind: r.Document.Kind, Release: release}) {
		if f.Severity == lint.Error {
			t.Errorf("%s: %s %s", f.Position, f.Rule, f.Msg)
		}
	}
}

const (
	hash  = "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3JkLCBidXQgdGhlIHNoYXBlIG9mIG9uZQ"
	key   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU ops@desk"
	other = "from=\"192.0.2.0/24\",command=\"echo 'hi'\" ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQexample it's me"
	gib   = int64(1) << 30
)

// example is the install of the settings' reference.
func example() intent.Install {
	return intent.Install{
		Locale: "en_US.UTF-8", Keyboard: "us", Timezone: "Asia/Harbin", RootPassword: hash, SSHKeys: []string{key},
		Users: []intent.User{{Name: "ops", Password: hash, SSHKeys: []string{key}, Sudo: true}},
		Storage: intent.Storage{
			Disk:       intent.Disk{Path: "auto"},
			Partitions: []intent.Partition{{Mount: "/", Filesystem: "ext4", Size: 2 * gib, Primary: true}},
			VolumeGroups: []intent.VolumeGroup{{Name: "vg_data", Size: intent.Rest, Volumes: []intent.Volume{
				{Name: "lv_home", Mount: "/home", Filesystem: "ext4", Size: gib},
				{Name: "lv_swap", Filesystem: "swap", Size: gib},
			}}},
		},
		Packages: []string{"rsync"}, Post: "echo done > /root/installed\n", End: "reboot",
		Mirror: intent.Mirror{URL: "http://mirror.example/tree"},
	}
}

// full uses what the dialects can say, or say by a script at the end.
func full() intent.Install {
	in := example()
	in.HostName, in.Keyboard, in.Variant, in.LocalClock = "web", "de", "nodeadkeys", true
	in.Users[0].Groups, in.Users[0].Shell, in.Users[0].UID, in.Users[0].FullName = []string{"docker"}, "/bin/sh", 1200, "Olga O'Ps"
	in.Users = append(in.Users, intent.User{Name: "dev", Password: hash, Sudo: true, NoPasswd: true, SSHKeys: []string{other}})
	in.Network = intent.Network{Interfaces: []intent.Interface{
		{Name: "bond0", Bond: []string{"eth0", "eth1"}, Mode: "802.3ad", MTU: 9000, Method: "none"},
		{Name: "v10", VLAN: 10, On: "bond0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24")}, Gateway: netip.MustParseAddr("192.0.2.1"), DNS: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
	}}
	in.Network.Interfaces = append([]intent.Interface{{Name: "eth0"}, {Name: "eth1"}}, in.Network.Interfaces...)
	in.NTP, in.NTPServers = true, []string{"ntp1.example.org", "192.0.2.3"}
	in.Services = intent.Services{Enable: []string{"rsync"}, Disable: []string{"cups"}}
	in.Firewall = &intent.Firewall{Enabled: true, Services: []string{"ssh"}, Ports: []string{"80/tcp"}}
	in.KernelArgs, in.End = []string{"quiet", "console=ttyS0,115200"}, "poweroff"
	in.Post = "#!/bin/bash\n%end\necho \"it's \\\"done\\\" \\n $(date)\" > /root/installed\n"
	in.Storage.Disk = intent.Disk{Path: "auto", MinSize: 100 * gib}
	in.Storage.Table = "gpt"
	in.Storage.Partitions[0].Label, in.Storage.Partitions[0].Options, in.Storage.Partitions[0].Primary = "root", []string{"noatime"}, false
	return in
}

// told are, for each dialect, what it cannot say, or says with an addition of
// its own. Each is reported by the writer, or is a package that it adds.
var told = map[answer.Kind]func(in *intent.Install){
	answer.AutoYaST: func(in *intent.Install) { in.Variant, in.Mirror.URL = "", "" },
	answer.Agama: func(in *intent.Install) {
		in.Mirror.URL, in.End = "", ""
	},
	answer.Autoinstall: func(in *intent.Install) {},
	answer.Ignition: func(in *intent.Install) {
		in.Locale, in.Mirror.URL, in.Packages, in.Storage, in.Firewall, in.End = "", "", nil, intent.Storage{Disk: intent.Disk{Path: "auto"}}, nil, ""
	},
}

func TestWhatADialectCanSayComesBackTheSame(t *testing.T) {
	for name, make := range map[string]func() intent.Install{"example": example, "full": full} {
		for _, kind := range Kinds {
			t.Run(name+" by "+string(kind), func(t *testing.T) {
				want := make()
				img, err := Target(kind, "")
				if err != nil {
					t.Fatal(err)
				}
				doc, err := answer.RenderAs(kind, &want, answer.Subject{Image: img, Mirror: "http://mirror.example/tree"})
				if err != nil {
					t.Fatal(err)
				}
				d, err := Read(kind, "f", string(doc.Bytes))
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range d.Items {
					if i.Verdict == reading.Lost {
						t.Errorf("line %d: %s: %s", i.Line, i.What, i.Why)
					}
				}
				got := d.In
				if f := told[kind]; f != nil {
					f(&want)
					f(&got)
				}
				even(&want)
				even(&got)
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
					t.Errorf("-meant +came back:\n%s\n%s", diff, doc.Bytes)
				}
			})
		}
	}
}

// layouts are those that debian-installer makes over several disks, or encrypts.
func layouts() map[string]intent.Storage {
	a, b := "", "disk2"
	volumes := []intent.Volume{{Name: "swap", Filesystem: "swap", Size: gib}, {Name: "root", Mount: "/", Filesystem: "xfs", Size: intent.Rest}}
	boot := intent.Array{Name: "md0", Level: "1", Disks: []string{a, b}, Size: gib, Mount: "/boot", Filesystem: "ext4"}
	group := func(g intent.VolumeGroup) []intent.VolumeGroup { g.Size = intent.Rest; return []intent.VolumeGroup{g} }
	return map[string]intent.Storage{
		"mirror": {Disk: intent.Disk{Path: "/dev/nvme0n1"}, Others: []intent.Disk{{Name: b, Path: "/dev/sda"}},
			Arrays:       []intent.Array{boot, {Name: "md1", Level: "1", Disks: []string{a, b}, Size: intent.Rest}},
			VolumeGroups: group(intent.VolumeGroup{Name: "vg-0", Array: "md1", Volumes: volumes})},
		"mirror, encrypted": {Disk: intent.Disk{Path: "auto", Model: "it's", MinSize: 500 * gib}, Others: []intent.Disk{{Name: b, Path: "auto", Serial: "S1", MaxSize: 900 * gib}},
			Arrays:       []intent.Array{boot, {Name: "md1", Level: "1", Disks: []string{a, b}, Size: intent.Rest}},
			VolumeGroups: group(intent.VolumeGroup{Name: "vg0", Array: "md1", Passphrase: "open \\ \"12$' #", Volumes: volumes})},
		"swap on each, a spare": {Disk: intent.Disk{Path: "auto"}, Others: []intent.Disk{{Name: b, Path: "/dev/disk/by-id/ata-X_1.0"}, {Name: "disk3", Path: "auto"}},
			Partitions: []intent.Partition{{Filesystem: "swap", Size: gib}, {Filesystem: "swap", Size: gib, Disk: b}, {Filesystem: "swap", Size: gib, Disk: "disk3"}},
			Arrays:     []intent.Array{{Name: "md0", Level: "5", Disks: []string{b, a, "disk3"}, Size: 4 * gib, Mount: "/", Filesystem: "ext4"}, {Name: "md1", Level: "1", Disks: []string{a, b, "disk3"}, Spares: 1, Size: intent.Rest, Mount: "/srv", Filesystem: "xfs"}}},
		"encrypted": {Disk: intent.Disk{Path: "auto"}, Partitions: []intent.Partition{{Mount: "/boot", Filesystem: "ext4", Size: gib}},
			VolumeGroups: group(intent.VolumeGroup{Name: "vg0", Passphrase: "open sesame", Volumes: volumes})},
		"a group on each": {Disk: intent.Disk{Path: "auto"}, Others: []intent.Disk{{Name: b, Path: "auto", MinSize: 100 * gib}},
			Partitions: []intent.Partition{{Mount: "/boot", Filesystem: "ext4", Size: gib}},
			VolumeGroups: append(group(intent.VolumeGroup{Name: "vg0", Volumes: volumes}), intent.VolumeGroup{Name: "vg1", Disk: b, Size: intent.Rest,
				Volumes: []intent.Volume{{Name: "srv", Mount: "/srv", Filesystem: "ext4", Size: intent.Rest}}})},
	}
}

func TestDebiansLayoutsComeBackTheSame(t *testing.T) {
	for name, want := range layouts() {
		t.Run(name, func(t *testing.T) {
			in := example()
			in.Storage = want
			img, _ := Target(answer.Preseed, "")
			doc, err := answer.RenderAs(answer.Preseed, &in, answer.Subject{Image: img, Mirror: "http://mirror.example/tree"})
			if err != nil {
				t.Fatal(err)
			}
			d, err := Read(answer.Preseed, "f", string(doc.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range d.Items {
				if i.Verdict != reading.Kept {
					t.Errorf("line %d: %s: %s", i.Line, i.What, i.Why)
				}
			}
			got := d.In.Storage
			if len(got.Others) > 0 {
				want.Disk.Name = "disk1"
			}
			got.Table = strings.Replace(got.Table, "gpt", "", 1)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-meant +came back:\n%s\n%s", diff, doc.Bytes)
			}
		})
	}
}

// added are packages that writers add for what else was asked for.
var added = []string{"openssh-server", "openssh", "sudo", "ufw", "firewalld", "vlan", "ifenslave", "curl"}

// even takes away what means the same: defaults that are written out, packages
// that are added, and what a bond's interfaces never have.
func even(in *intent.Install) {
	var packages []string
	for _, p := range in.Packages {
		if !strings.Contains(" "+strings.Join(added, " ")+" ", " "+p+" ") {
			packages = append(packages, p)
		}
	}
	in.Packages = packages
	in.At, in.Places = intent.Install{}.At, nil
	if in.End == "reboot" {
		in.End = ""
	}
	in.Storage.Table = strings.Replace(in.Storage.Table, "gpt", "", 1)
	in.Mirror.Suite = ""
	for i := range in.Storage.Partitions {
		in.Storage.Partitions[i].Primary = false
	}
	for i := range in.Network.Interfaces {
		if in.Network.Enslaved(in.Network.Interfaces[i].Name) {
			in.Network.Interfaces[i].Method = ""
		}
	}
	for i := range in.Network.Interfaces {
		if n := &in.Network.Interfaces[i]; len(n.Addresses) > 0 && len(in.Network.DNS) > 0 { // said for all
			n.DNS = append(n.DNS, in.Network.DNS...)
		}
	}
	in.Network.DNS = nil
}

func FuzzReadersStandAnyText(f *testing.F) {
	for file, kind := range corpus(f) {
		for i, k := range Kinds {
			if k == kind {
				f.Add(i, text(f, file))
			}
		}
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		kind := Kinds[uint(i)%uint(len(Kinds))]
		d, err := Read(kind, "f", text)
		if err != nil {
			return
		}
		for _, to := range Kinds {
			d, _ = Read(kind, "f", text)
			img, _ := Target(to, "")
			Convert(d, to, img) // an error may be; a panic not
		}
	})
}
