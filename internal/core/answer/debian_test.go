package answer

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// answers are the values of a rendered preseed file by key.
func answers(t *testing.T, d Document) map[string]string {
	t.Helper()
	entries, err := preseed.Parse(string(d.Bytes))
	if err != nil {
		t.Fatalf("the installer stops at it: %v\n%s", err, d.Bytes)
	}
	got := map[string]string{}
	for _, e := range entries {
		if _, twice := got[e.Key]; twice {
			t.Errorf("%s is answered twice", e.Key)
		}
		got[e.Key] = e.Value
	}
	return got
}

// What the installer asks at priority critical, or at high where the default
// would not do: a file that lacks one of these stops it. Measured in whole
// installations of Debian 13.
var mustAnswer = strings.Fields(`debian-installer/locale keyboard-configuration/xkb-keymap netcfg/choose_interface
	mirror/country mirror/protocol apt-setup/services-select passwd/root-password-crypted passwd/make-user
	clock-setup/utc clock-setup/ntp time/zone partman/early_command partman-auto/method partman-auto/expert_recipe
	partman/choose_partition partman/confirm partman/confirm_nooverwrite partman-lvm/device_remove_lvm
	partman-md/device_remove_md partman-efi/non_efi_system tasksel/first pkgsel/upgrade grub-installer/only_debian
	grub-installer/bootdev finish-install/reboot_in_progress`)

func TestPreseedLeavesNothingToAsk(t *testing.T) {
	for _, g := range goldens {
		d, _ := g.render(t)
		got := answers(t, d)
		for _, key := range mustAnswer {
			if _, ok := got[key]; !ok {
				t.Errorf("%s: %s is not answered", g.name, key)
			}
		}
		if !strings.Contains(got["partman-auto/expert_recipe"], "method{ swap }") && got["partman-basicfilesystems/no_swap"] != "false" {
			t.Errorf("%s: it asks about the missing swap", g.name)
		}
		if strings.Contains(string(d.Bytes), " \n") {
			t.Errorf("%s: a line ends in a blank", g.name)
		}
	}
}

// Keys that are made at run time by partman and choose-mirror, belong to
// packages of the new system, or to Ubuntu's installer.
var untemplated = strings.Fields(`partman-lvm/confirm_nooverwrite partman-md/confirm_nooverwrite popularity-contest/participate
	tasksel/first mirror/https/hostname mirror/https/directory mirror/https/proxy
	mdadm/boot_degraded console-setup/ask_detect console-setup/layoutcode partman/unmount_active user-setup/encrypt-home live-installer/net-image`)

func TestPreseedKeysExistInTheInstaller(t *testing.T) {
	file := os.Getenv("SEEDBED_DEBCONF_TEMPLATES")
	if file == "" {
		t.Skip("SEEDBED_DEBCONF_TEMPLATES names no table of debconf templates")
	}
	table, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for row := range strings.SplitSeq(string(table), "\n") {
		if col := strings.Split(row, "\t"); len(col) > 2 {
			types[col[1]] = col[2]
		}
	}
	for _, key := range untemplated {
		if types[key] == "" {
			types[key] = "any"
		}
	}
	types["hw-detect/firmware-lookup"] = "any" // a template of type text, set as a string
	for _, g := range goldens {
		d, _ := g.render(t)
		entries, _ := preseed.Parse(string(d.Bytes))
		for _, e := range entries {
			if want := types[e.Key]; want == "" {
				t.Errorf("%s: the installer has no question %s", g.name, e.Key)
			} else if want != "any" && want != e.Type {
				t.Errorf("%s: %s is of type %s, not %s", g.name, e.Key, want, e.Type)
			}
		}
	}
}

func TestPreseedIsUnderstoodByDebconf(t *testing.T) {
	prog, err := exec.LookPath("debconf-set-selections")
	if err != nil {
		t.Skip("debconf-set-selections is not installed")
	}
	for _, g := range goldens {
		d, _ := g.render(t)
		cmd := exec.Command(prog, "-c")
		cmd.Stdin = bytes.NewReader(d.Bytes)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", g.name, err, out)
		}
	}
}

var hostile = []string{
	"x\nd-i passwd/root-login boolean false", "x\r\nd-i a/b string c", "x\\", "x \\", "\\", " x", "x ", "x\t", "\x00", "x\u2028y", "\xff\xfe",
	"x # y", "#", "'; reboot; '", "$(reboot)", "`reboot`", "\"; reboot; \"", "x; reboot", "x && reboot", "x | sh", "x > /etc/passwd",
	"a b", "} method{ keep } .", "x . 1 1 1 ext4", "*", "?", "[a-z]*", "${IFS}", "%s%n", "it's", "a:b", "a,b=c&d", "ü", "-n", "--help", "..", "../../etc",
	"SEEDBED-END", "x\nSEEDBED-END\nreboot", "{{.Server}}", "<x>", "seen true", strings.Repeat("x", 5000),
}

// Each field with the keys whose values, or the extra files whose text, may
// differ when it does.
type field struct {
	name    string
	set     func(*Install, *Subject, string)
	touches string
}

var fields = []field{
	{"locale", func(in *Install, _ *Subject, v string) { in.Locale = v }, "debian-installer/locale"},
	{"keyboard", func(in *Install, _ *Subject, v string) { in.Keyboard = v }, "keyboard-configuration/xkb-keymap"},
	{"timezone", func(in *Install, _ *Subject, v string) { in.Timezone = v }, "time/zone"},
	{"root-password", func(in *Install, _ *Subject, v string) { in.RootPassword = v }, "passwd/root-password-crypted"},
	{"root-password after a prefix", func(in *Install, _ *Subject, v string) { in.RootPassword = "$6$a$" + v }, "passwd/root-password-crypted"},
	{"ssh-keys", func(in *Install, _ *Subject, v string) { in.SSHKeys = []string{v} }, "late.sh"},
	{"comment of ssh-keys", func(in *Install, _ *Subject, v string) { in.SSHKeys = []string{key + v} }, "late.sh"},
	{"first user's name", func(in *Install, _ *Subject, v string) { in.Users[0].Name = v }, "passwd/username late.sh"},
	{"first user's full name", func(in *Install, _ *Subject, v string) { in.Users[0].FullName = v }, "passwd/user-fullname"},
	{"first user's password", func(in *Install, _ *Subject, v string) { in.Users[0].Password = v }, "passwd/user-password-crypted late.sh"},
	{"second user's name", func(in *Install, _ *Subject, v string) { in.Users[1].Name = v }, "late.sh"},
	{"second user's full name", func(in *Install, _ *Subject, v string) { in.Users[1].FullName = v }, "late.sh"},
	{"second user's password", func(in *Install, _ *Subject, v string) { in.Users[1].Password = v }, "late.sh"},
	{"disk", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Path = v }, "partman/early_command partman-auto/disk"},
	{"disk after a prefix", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Path = "/dev/" + v }, "partman/early_command partman-auto/disk"},
	{"disk model", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Model = v }, "partman/early_command"},
	{"disk serial", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Serial = v }, "partman/early_command"},
	{"mount", func(in *Install, _ *Subject, v string) { in.Storage.Partitions[1].Mount = v }, "partman-auto/expert_recipe"},
	{"mount after a prefix", func(in *Install, _ *Subject, v string) { in.Storage.Partitions[1].Mount = "/srv/" + v }, "partman-auto/expert_recipe"},
	{"file system", func(in *Install, _ *Subject, v string) { in.Storage.Partitions[1].Filesystem = v }, "partman-auto/expert_recipe"},
	{"label", func(in *Install, _ *Subject, v string) { in.Storage.Partitions[1].Label = v }, "partman-auto/expert_recipe"},
	{"group", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Name = v }, "partman-auto/expert_recipe"},
	{"volume", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Volumes[0].Name = v }, "partman-auto/expert_recipe"},
	{"volume's mount", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Volumes[0].Mount = v }, "partman-auto/expert_recipe"},
	{"mirror", func(in *Install, _ *Subject, v string) { in.Mirror.URL = v }, "mirror/http/hostname mirror/http/directory"},
	{"mirror's host", func(in *Install, _ *Subject, v string) { in.Mirror.URL = "http://" + v }, "mirror/http/hostname mirror/http/directory"},
	{"mirror's path", func(in *Install, _ *Subject, v string) { in.Mirror.URL = "http://mirror.example/" + v }, "mirror/http/hostname mirror/http/directory"},
	{"suite", func(in *Install, _ *Subject, v string) { in.Mirror.Suite = v }, "mirror/suite"},
	{"proxy", func(in *Install, _ *Subject, v string) { in.Mirror.Proxy = v }, "mirror/http/proxy"},
	{"proxy's path", func(in *Install, _ *Subject, v string) { in.Mirror.Proxy = "http://proxy.example/" + v }, "mirror/http/proxy"},
	{"package", func(in *Install, _ *Subject, v string) { in.Packages = []string{v} }, "pkgsel/include"},
	{"post", func(in *Install, _ *Subject, v string) { in.Post = v }, "late.sh post.sh"},
	{"end", func(in *Install, _ *Subject, v string) { in.End = v }, "debian-installer/exit/poweroff debian-installer/exit/halt"},
	{"host name", func(_ *Install, s *Subject, v string) { s.HostName = v }, "netcfg/get_hostname"},
	{"domain", func(_ *Install, s *Subject, v string) { s.Domain = v }, "netcfg/get_domain"},
	{"profile", func(_ *Install, s *Subject, v string) { s.Profile = v }, ""},
	{"image", func(_ *Install, s *Subject, v string) { s.Image.Name = v }, ""},
	{"code name", func(in *Install, s *Subject, v string) { s.Image.Codename = v }, "mirror/suite"},
}

// everything is an Install with all fields in use.
func everything() Install {
	st := lvmStorage()
	st.Partitions = append(st.Partitions, Partition{Mount: "/srv", Filesystem: "ext4", Size: gib})
	return Install{
		RootPassword: hash, SSHKeys: []string{key}, Storage: st, Packages: []string{"rsync"}, Post: "true\n",
		Users:  []User{{Name: "ops", Password: hash, SSHKeys: []string{key}, Sudo: true}, {Name: "dev", Password: hash, Sudo: true}},
		Mirror: Mirror{URL: "http://mirror.example/debian"},
	}
}

// arrayFields are the fields of a layout over two disks.
var arrayFields = []field{
	{"passphrase", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Passphrase = Secret(v) }, "partman-crypto/passphrase partman-crypto/passphrase-again"},
	{"passphrase after a prefix", func(in *Install, _ *Subject, v string) {
		in.Storage.VolumeGroups[0].Passphrase = Secret("eight..." + v)
	}, "partman-crypto/passphrase partman-crypto/passphrase-again"},
	{"array's mount", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Mount = v }, "partman-auto-raid/recipe"},
	{"array's mount after a prefix", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Mount = "/" + v }, "partman-auto-raid/recipe"},
	{"array's file system", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Filesystem = v }, "partman-auto-raid/recipe"},
	{"array's level", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Level = v }, "partman-auto-raid/recipe"},
	{"array's name", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Name = v }, ""},
	{"array's label", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Label = v }, ""},
	{"array's option", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Options = []string{v} }, ""},
	{"array's disk", func(in *Install, _ *Subject, v string) { in.Storage.Arrays[0].Disks = []string{v, "b"} }, ""},
	{"disk", func(in *Install, _ *Subject, v string) { in.Storage.Disk.Path = v }, "partman/early_command partman-auto-raid/recipe"},
	{"second disk", func(in *Install, _ *Subject, v string) { in.Storage.Others[0].Path = v }, "partman/early_command partman-auto-raid/recipe partman-auto/disk"},
	{"second disk after a prefix", func(in *Install, _ *Subject, v string) { in.Storage.Others[0].Path = "/dev/" + v }, "partman/early_command partman-auto-raid/recipe partman-auto/disk"},
	{"second disk's model", func(in *Install, _ *Subject, v string) { in.Storage.Others[0].Model = v }, "partman/early_command"},
	{"second disk's serial", func(in *Install, _ *Subject, v string) { in.Storage.Others[0].Serial = v }, "partman/early_command"},
	{"second disk's name", func(in *Install, _ *Subject, v string) { in.Storage.Others[0].Name = v }, ""},
	{"group", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Name = v }, "partman-auto-lvm/new_vg_name"},
	{"volume", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Volumes[1].Name = v }, "partman-auto/expert_recipe"},
	{"volume's file system", func(in *Install, _ *Subject, v string) { in.Storage.VolumeGroups[0].Volumes[0].Filesystem = v }, "partman-auto/expert_recipe partman-basicfilesystems/no_swap"},
}

func arrayed() Install {
	in := everything()
	in.Storage = raid()
	return in
}

func TestNoValueBreaksOutOfItsPlace(t *testing.T) {
	t.Run("one disk", func(t *testing.T) { keepPlaces(t, everything, fields) })
	t.Run("arrays", func(t *testing.T) { keepPlaces(t, arrayed, arrayFields) })
}

func keepPlaces(t *testing.T, install func() Install, fields []field) {
	base := install()
	plain, err := Render(&base, nil, subject())
	if err != nil {
		t.Fatal(err)
	}
	want := answers(t, plain)
	for name, text := range plain.Extra {
		want[name] = string(text)
	}
	for _, f := range fields {
		kept := 0
		for _, v := range hostile {
			in, s := install(), subject()
			f.set(&in, &s, v)
			d, err := Render(&in, nil, s)
			if err != nil {
				if fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s = %q: kind %v: %v", f.name, v, fault.KindOf(err), err)
				}
				if strings.Contains(f.name, "pass") && len(v) > 3 && strings.Contains(err.Error(), v) {
					t.Errorf("%s = %q: the fault shows a secret: %v", f.name, v, err)
				}
				continue
			}
			kept++
			got := answers(t, d)
			for name, text := range d.Extra {
				got[name] = string(text)
				if name == "late.sh" {
					parses(t, f.name+" = "+v, text)
				}
			}
			for key := range union(got, want) {
				_, isNew := want[key]
				if (got[key] != want[key] || !isNew) && !strings.Contains(" "+f.touches+" ", " "+key+" ") {
					t.Errorf("%s = %q changes %s:\n%s", f.name, v, key, got[key])
				}
			}
		}
		t.Logf("%s: %d of %d values are taken", f.name, kept, len(hostile))
	}
}

func union(a, b map[string]string) map[string]bool {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}

// parses checks a script's syntax.
func parses(t *testing.T, what string, script []byte) {
	t.Helper()
	cmd := exec.Command("sh", "-n")
	cmd.Stdin = bytes.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: the script does not parse: %v\n%s\n%s", what, err, out, script)
	}
}

func TestGroupOfFixedVolumesLeavesTheRestFree(t *testing.T) {
	in := everything()
	d, err := Render(&in, nil, subject())
	if err != nil {
		t.Fatal(err)
	}
	if got := answers(t, d)["partman-auto-lvm/guided_size"]; got != "2148 MB" {
		t.Errorf("guided_size is %q: the last volume would get all that is free", got)
	}
	in.Storage.VolumeGroups[0].Volumes[0].Size = Rest
	d, err = Render(&in, nil, subject())
	if err != nil {
		t.Fatal(err)
	}
	got := answers(t, d)
	if got["partman-auto-lvm/guided_size"] != "max" || strings.Index(got["partman-auto/expert_recipe"], "lv_swap") > strings.Index(got["partman-auto/expert_recipe"], "lv_home") {
		t.Errorf("the growing volume must come last and get all: %s", got["partman-auto/expert_recipe"])
	}
}

func TestFirmwareDecidesTheBootPartitions(t *testing.T) {
	for fw, want := range map[machine.Firmware][2]bool{ // biosgrub, efi
		machine.BIOS: {true, false}, machine.UEFI: {false, true}, machine.UEFIHTTP: {false, true},
		machine.IPXE: {true, true}, machine.NoFirmware: {true, true},
	} {
		s := subject()
		s.Firmware = fw
		d, err := Render(&Install{RootPassword: hash}, nil, s)
		if err != nil {
			t.Fatal(err)
		}
		recipe := answers(t, d)["partman-auto/expert_recipe"]
		got := [2]bool{strings.Contains(recipe, "method{ biosgrub }"), strings.Contains(recipe, "method{ efi }")}
		if got != want {
			t.Errorf("%q: BIOS boot and EFI partition %v, want %v: %s", fw, got, want, recipe)
		}
	}
}
