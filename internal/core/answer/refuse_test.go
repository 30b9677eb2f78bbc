package answer

import (
	"strings"
	"testing"

	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

func TestInstallThatCannotWorkIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Install, *Subject)
		says string
	}{
		{"nobody could log in", func(in *Install, _ *Subject) { *in = Install{Users: []User{{Name: "ops"}}} }, "nobody could log in"},
		{"a plain-text password", func(in *Install, _ *Subject) { in.RootPassword = "secret" }, "not a crypt(3) hash"},
		{"a private key", func(in *Install, _ *Subject) { in.SSHKeys = []string{"-----BEGIN OPENSSH PRIVATE KEY-----"} }, "not a public SSH key"},
		{"a user that the system has", func(in *Install, _ *Subject) { in.Users[0].Name = "backup" }, "account or group of the system"},
		{"the same user twice", func(in *Install, _ *Subject) { in.Users[1].Name = "ops" }, "twice"},
		{"no root file system", func(in *Install, _ *Subject) { in.Storage.Partitions[0].Mount = "/opt" }, "nothing is mounted on /"},
		{"the same mount twice", func(in *Install, _ *Subject) { in.Storage.Partitions[1].Mount = "/home" }, "twice"},
		{"/etc by itself", func(in *Install, _ *Subject) { in.Storage.Partitions[1].Mount = "/etc" }, "must be on the root"},
		{"FAT for /home", func(in *Install, _ *Subject) { in.Storage.VolumeGroups[0].Volumes[0].Filesystem = "vfat" }, "cannot be on vfat"},
		{"no size", func(in *Install, _ *Subject) { in.Storage.Partitions[1].Size = 0 }, "size is missing"},
		{"a group too small for its volumes", func(in *Install, _ *Subject) { in.Storage.VolumeGroups[0].Size = gib }, "too small for its volumes"},
		{"two groups", func(in *Install, _ *Subject) {
			in.Storage.VolumeGroups = append(in.Storage.VolumeGroups, VolumeGroup{Name: "b", Size: gib, Volumes: []Volume{{Name: "x", Mount: "/x", Size: gib / 2}}})
		}, "more than one volume group"},
		{"four primary partitions on an MBR", func(in *Install, _ *Subject) {
			for _, m := range []string{"/a", "/b", "/c"} {
				in.Storage.Partitions = append(in.Storage.Partitions, Partition{Mount: m, Size: gib, Primary: true})
			}
		}, "do not fit an MBR"},
		{"a disk smaller than its partitions", func(in *Install, _ *Subject) { in.Storage.Disk.MaxSize = gib }, "no disk can be as small"},
		{"RAID on some of the disks", func(in *Install, _ *Subject) {
			in.Storage = raid()
			in.Storage.Others = append(in.Storage.Others, Disk{Name: "c"})
		}, "an array of all of them"},
		{"a partition beside RAID", func(in *Install, _ *Subject) {
			in.Storage = raid()
			in.Storage.Partitions = []Partition{{Mount: "/srv", Size: gib}}
		}, "it cannot be on one only"},
		{"swap on one disk beside RAID", func(in *Install, _ *Subject) {
			in.Storage = inClear()
			in.Storage.Partitions = []Partition{{Filesystem: "swap", Size: gib}}
		}, "swap cannot be on one only"},
		{"an encrypted array without a group", func(in *Install, _ *Subject) {
			in.Storage = raid()
			in.Storage.Arrays[0].Mount, in.Storage.Arrays[0].Passphrase = "/srv", "open sesame"
		}, "encrypts a volume group only"},
		{"an encrypted root on RAID without /boot", func(in *Install, _ *Subject) {
			in.Storage = raid()
			in.Storage.Arrays[0].Mount = "/srv"
		}, "must be a /boot in clear"},
		{"a dot in an array's mount", func(in *Install, _ *Subject) {
			in.Storage = raid()
			in.Storage.Arrays[0].Mount = "/srv/a.b"
		}, "a dot ends the array"},
		{"an array too small for its volumes", func(in *Install, _ *Subject) {
			in.Storage = raid()
			in.Storage.Arrays[1].Size = gib
		}, "too small for the volumes on it"},
		{"RAID 0 with a spare", func(in *Install, _ *Subject) {
			in.Storage = spared()
			in.Storage.Arrays[0].Level = "0"
		}, "RAID 0 cannot do without"},
		{"encryption on RAID before Debian 12", func(in *Install, s *Subject) {
			in.Storage = raid()
			s.Image.Release = "debian-11"
		}, "cannot encrypt on RAID"},
		{"RAID for an old installer on firmware that is not known", func(in *Install, s *Subject) {
			in.Storage = inClear()
			in.Storage.Table, s.Image.Release, s.Firmware = "", "debian-7", machine.NoFirmware
		}, "numbers partitions by the firmware"},
		{"an encrypted partition", func(in *Install, _ *Subject) { in.Storage.Partitions[1].Passphrase = "open sesame" }, "no partition by itself"},
		{"swap in clear beside encryption", func(in *Install, _ *Subject) {
			in.Storage = luks()
			in.Storage.Partitions[0] = Partition{Filesystem: "swap", Size: gib}
		}, "refuses swap in clear"},
		{"an encrypted group with a size", func(in *Install, _ *Subject) {
			in.Storage = luks()
			in.Storage.VolumeGroups[0].Size = 50 * gib
		}, "all that is left of the disk"},
		{"a partition on a second disk", func(in *Install, _ *Subject) {
			in.Storage = twoGroups()
			in.Storage.Partitions[0].Disk = "b"
			in.Storage.Partitions = append(in.Storage.Partitions, Partition{Mount: "/x", Size: gib})
		}, "makes plain partitions on one disk"},
		{"a group with a size on a second disk", func(in *Install, _ *Subject) {
			in.Storage = twoGroups()
			in.Storage.VolumeGroups[1].Size = 50 * gib
		}, "gives a further disk wholly"},
		{"several groups of which one does not grow", func(in *Install, _ *Subject) {
			in.Storage = twoGroups()
			in.Storage.VolumeGroups[1].Volumes[0].Size = gib
		}, "fills each of several volume groups"},
		{"no mirror", func(in *Install, s *Subject) { in.Mirror.URL, s.Mirror = "", "" }, "holds no packages"},
		{"security by https", func(in *Install, _ *Subject) { in.Mirror.Security = "https://security.example/debian-security" }, "by http only"},
		{"another family", func(_ *Install, s *Subject) { s.Image.Family = "windows" }, "cannot render install: for windows"},
	} {
		in, s := everything(), subject()
		c.set(&in, &s)
		_, err := Render(&in, nil, s)
		if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an Invalid fault that says %q", c.name, err, c.says)
		}
	}
	if _, err := Render(nil, nil, subject()); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a manual profile: got %v", err)
	}
}

func TestFaultsOfAnInstallAreAllSaidAtItsPlace(t *testing.T) {
	in := everything()
	in.At = fault.Position{File: "seedbed.yaml", Line: 12, Column: 5}
	in.RootPassword, in.Keyboard, in.Packages = "secret", "U S", []string{"ok", "not ok"}
	_, err := Render(&in, nil, subject())
	for _, want := range []string{"install.root-password", "install.keyboard", "install.packages[1]", "seedbed.yaml:12:5: error"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not said in: %v", want, err)
		}
	}
	if fault.HintOf(err) == "" {
		t.Error("no hint")
	}
}
