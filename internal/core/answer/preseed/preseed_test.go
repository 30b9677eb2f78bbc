package preseed

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseReadsAsTheInstallerDoes(t *testing.T) {
	for _, c := range []struct{ name, text, key, typ, value string }{
		{"a plain answer", "d-i a/b string c d\n", "a/b", "string", "c d"},
		{"no value", "d-i a/b string\n", "a/b", "string", ""},
		{"leading blanks go", "  d-i\ta/b   string   c\n", "a/b", "string", "c"},
		{"trailing blanks stay", "d-i a/b string c  \n", "a/b", "string", "c  "},
		{"carriage returns vanish", "d-i a/b string c\rd\r\n", "a/b", "string", "cd"},
		{"lines are joined with one blank", "d-i a/b string c   \\\n   d\n", "a/b", "string", "c d"},
		{"a comment between joined lines is dropped", "d-i a/b string c \\\n# no\nd\n", "a/b", "string", "c d"},
		{"an indented comment is an answer", "  # a/b string c\n", "a/b", "string", "c"},
	} {
		entries, err := Parse(c.text)
		if err != nil || len(entries) != 1 {
			t.Errorf("%s: got %v, %v", c.name, entries, err)
			continue
		}
		if e := entries[0]; e.Key != c.key || e.Type != c.typ || e.Value != c.value {
			t.Errorf("%s: got %+v", c.name, e)
		}
	}
	for _, bad := range []string{"word\n", "two words\n", " # indented\n"} {
		entries, err := Parse("d-i a/b string c\n" + bad + "d-i e/f string g\n")
		var fault Fault
		if !errors.As(err, &fault) || fault.Line != 2 || len(entries) != 1 {
			t.Errorf("%q: the installer stops at line 2, got %v, %v", bad, entries, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("d-i a/b string c\n# x\nd-i a/b string \\\n c\n", "value")
	f.Fuzz(func(t *testing.T, text, value string) {
		Parse(text)
		// Whatever Check lets through is read back as it was written.
		var file File
		file.Set("a/b", String, "before")
		file.Set("c/d", String, value)
		file.Set("e/f", String, "after")
		b, err := file.Bytes()
		if err != nil {
			if Check(value) == nil {
				t.Fatalf("%q is good and was refused: %v", value, err)
			}
			return
		}
		entries, err := Parse(string(b))
		if err != nil || len(entries) != 3 || entries[1].Value != value || entries[2].Value != "after" {
			t.Fatalf("wrote %q, read %+v, %v", value, entries, err)
		}
	})
}

func TestRecipeNamesWhatPartmanKnows(t *testing.T) {
	got := Part{Min: 1, Priority: 2, Max: Unlimited, Kind: "ext4", Mount: "/home", Group: "vg", Volume: "home", Label: "data"}.String()
	want := "1 2 -1 ext4 $lvmok{ } in_vg{ vg } lv_name{ home } method{ format } format{ } use_filesystem{ } filesystem{ ext4 } mountpoint{ /home } label{ data } ."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := MB(1 << 30); n != 1074 {
		t.Errorf("1 GiB is %d MB, want 1074", n)
	}
}

// fakeDisk is a disk under a made-up /sys/block.
type fakeDisk struct {
	name, model, serial, udev string
	sectors                   string
	ro, removable             string
}

// installer is where the command runs as it would there, with programs that
// tell about fake disks and a debconf of files.
type installer string

func newInstaller(t *testing.T, disks []fakeDisk) installer {
	t.Helper()
	i := installer(t.TempDir())
	list := "#!/bin/sh\n"
	for _, f := range disks {
		list += "echo /dev/" + f.name + "\n"
		sys := "sys/block/" + strings.ReplaceAll(f.name, "/", "!") + "/"
		i.write(t, sys+"size", f.sectors)
		i.write(t, sys+"ro", cmp.Or(f.ro, "0"))
		i.write(t, sys+"removable", cmp.Or(f.removable, "0"))
		i.write(t, sys+"device/model", f.model)
		i.write(t, sys+"serial", f.serial)
		i.write(t, "udev/dev/"+f.name, f.udev)
	}
	i.write(t, "bin/list-devices", list)
	i.write(t, "bin/udevadm", "#!/bin/sh\ncat "+string(i)+"/udev$5")
	i.write(t, "bin/logger", "#!/bin/sh")
	i.write(t, "bin/readlink", "#!/bin/sh\ncase $2 in /dev/disk/by-id/x.0) echo /dev/sdb ;; *) echo \"$2\" ;; esac")
	i.write(t, "bin/debconf-set", "#!/bin/sh\necho \"$2\" >"+string(i)+"/set/$(echo $1 | tr / =)")
	i.write(t, "bin/debconf-get", "#!/bin/sh\ncat "+string(i)+"/set/$(echo $1 | tr / =)")
	i.write(t, "set/none", "")
	return i
}

func (i installer) write(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(string(i), name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// run runs a command, which must end well and say nothing.
func (i installer) run(t *testing.T, sh []string, command string) {
	t.Helper()
	cmd := exec.Command(sh[0], append(sh[1:], "-c", strings.ReplaceAll(command, "/sys/block", string(i)+"/sys/block"))...)
	cmd.Env = []string{"PATH=" + string(i) + "/bin:/usr/bin:/bin"}
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("the command ended with %v:\n%s", err, out)
	}
}

// get is the value of a key of debconf's.
func (i installer) get(key string) string {
	b, _ := os.ReadFile(filepath.Join(string(i), "set", strings.ReplaceAll(key, "/", "=")))
	return strings.TrimSpace(string(b))
}

func TestDiskIsTheFirstThatFits(t *testing.T) {
	const gib = 1 << 21 // sectors
	stick := fakeDisk{name: "sda", sectors: "62914560", ro: "0", removable: "1", model: "Stick", udev: "ID_BUS=usb"}
	usb := fakeDisk{name: "sdb", sectors: "1953525168", ro: "0", removable: "0", model: "Portable", udev: "ID_BUS=usb"}
	small := fakeDisk{name: "mmcblk0", sectors: "8192", ro: "0", removable: "0"}
	locked := fakeDisk{name: "sdc", sectors: "1953525168", ro: "1", removable: "0"}
	ssd := fakeDisk{name: "sdd", sectors: "976773168", ro: "0", removable: "0", model: "VENDOR it's 860  ", udev: "ID_SERIAL_SHORT=S3Z8*x"}
	nvme := fakeDisk{name: "nvme0n1", sectors: "7814037168", ro: "0", removable: "0", model: "NVME", serial: "N1"}
	raid := fakeDisk{name: "cciss/c0d0", sectors: "976773168", ro: "0", removable: "0"}
	all := []fakeDisk{small, stick, usb, locked, ssd, nvme}
	shells := [][]string{{"sh"}}
	if _, err := exec.LookPath("busybox"); err == nil {
		shells = append(shells, []string{"busybox", "sh"})
	}
	for _, sh := range shells {
		for _, c := range []struct {
			name  string
			d     Disk
			disks []fakeDisk
			want  string
		}{
			{"read-only, removable, USB and small ones are passed over", Disk{MinSectors: 4 * gib}, all, "/dev/sdd"},
			{"a larger one is wanted", Disk{MinSectors: 1024 * gib}, all, "/dev/nvme0n1"},
			{"a smaller one is wanted", Disk{MinSectors: 4 * gib, MaxSectors: 1024 * gib}, []fakeDisk{nvme, ssd}, "/dev/sdd"},
			{"by model, as the kernel tells it", Disk{Model: "it's 860"}, all, "/dev/sdd"},
			{"by serial number, as the kernel tells it", Disk{Serial: "N1"}, all, "/dev/nvme0n1"},
			{"by serial number, as udev tells it", Disk{Serial: "S3Z8*"}, all, "/dev/sdd"},
			{"a pattern is not one", Disk{Serial: "N*"}, all, NoDisk},
			{"another's serial number", Disk{Model: "NVME", Serial: "S3"}, all, NoDisk},
			{"a name with a slash", Disk{MinSectors: gib}, []fakeDisk{raid}, "/dev/cciss/c0d0"},
			{"none fits", Disk{MinSectors: 1 << 50}, all, NoDisk},
			{"there is none", Disk{}, nil, NoDisk},
			{"a path is taken though it is USB", Disk{Path: "/dev/sdb", MinSectors: gib}, all, "/dev/sdb"},
			{"a path that is too small", Disk{Path: "/dev/mmcblk0", MinSectors: gib}, all, NoDisk},
			{"a path that is not there", Disk{Path: "/dev/sdz"}, all, NoDisk},
			{"shell in a serial number is a serial number", Disk{Serial: "'; touch /x; '$(touch /x)`touch /x`"}, all, NoDisk},
		} {
			i := newInstaller(t, c.disks)
			i.run(t, sh, Disks{c.d}.Command(Use{OnFail: "touch " + string(i) + "/failed"}))
			disk, grub := i.get("partman-auto/disk"), i.get("grub-installer/bootdev")
			_, err := os.Stat(filepath.Join(string(i), "failed"))
			failed := err == nil
			if disk != c.want || grub != c.want || failed != (c.want == NoDisk) {
				t.Errorf("%s, %s: disk %q, boot loader on %q, failed %v; want %q", sh, c.name, disk, grub, failed, c.want)
			}
		}
	}
}

func TestSeveralDisksAreFoundEachOnce(t *testing.T) {
	disks := []fakeDisk{{name: "sda", sectors: "100"}, {name: "sdb", sectors: "300"}, {name: "nvme0n1", sectors: "200"}}
	parts := Use{Parts: []string{"recipe"}, BootAll: true}
	for _, c := range []struct {
		name                     string
		d                        Disks
		u                        Use
		recipe, disk, boot, made string
	}{
		{"in their order", Disks{{}, {}}, parts, "<disk1>1#<disk2>1", "/dev/sda /dev/sdb", "/dev/sda /dev/sdb", "/dev/sda1#/dev/sdb1"},
		{"a digit at the end", Disks{{MinSectors: 150, MaxSectors: 250}, {}}, parts, "<disk1>1#<disk2>1", "/dev/nvme0n1 /dev/sda", "/dev/nvme0n1 /dev/sda", "/dev/nvme0n1p1#/dev/sda1"},
		{"one that is named is not found for another", Disks{{}, {Path: "/dev/sda"}}, parts, "<disk1>1#/dev/sda1", "/dev/sdb /dev/sda", "/dev/sdb /dev/sda", "/dev/sdb1#/dev/sda1"},
		{"a link", Disks{{Path: "/dev/disk/by-id/x.0"}, {MinSectors: 150}}, parts, "<disk1>1#<disk2>1", "/dev/sdb /dev/nvme0n1", "/dev/sdb /dev/nvme0n1", "/dev/sdb1#/dev/nvme0n1p1"},
		{"one is lacking", Disks{{}, {MinSectors: 1000}}, parts, "<disk1>1#<disk2>1", NoDisk, NoDisk, "/dev/sda1#/dev/no-disk-fits1"},
		{"the same by two names", Disks{{Path: "/dev/sdb"}, {Path: "/dev/disk/by-id/x.0"}}, parts, "/dev/sdb1#<disk2>1", NoDisk, NoDisk, "/dev/sdb1#/dev/no-disk-fits1"},
		{"the boot loader on the first", Disks{{}, {}}, Use{Names: []string{"recipe"}}, "device{ <disk2> }", "/dev/sda /dev/sdb", "/dev/sda", "device{ /dev/sdb }"},
		{"one that carries nothing", Disks{{Idle: true}, {}}, Use{}, "", "/dev/sdb", "/dev/sdb", ""},
	} {
		i := newInstaller(t, disks)
		i.write(t, "set/recipe", c.recipe)
		i.run(t, []string{"sh"}, c.d.Command(c.u))
		if disk, boot, made := i.get("partman-auto/disk"), i.get("grub-installer/bootdev"), i.get("recipe"); disk != c.disk || boot != c.boot || made != c.made {
			t.Errorf("%s: disks %q, boot loader on %q, recipe %q", c.name, disk, boot, made)
		}
	}
}
