package answer

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/image"
	"seedbed/internal/core/machine"
	"seedbed/internal/golden"
)

// release is an image of each installer that install: is rendered for.
type release struct {
	name, codename string
	family         image.Family
	kind           Kind // "" the installer's own
}

var releases = []release{
	{"ubuntu-12.04", "precise", image.Ubuntu, Kickseed},
	{"ubuntu-16.04", "xenial", image.Ubuntu, ""},
	{"ubuntu-18.04", "bionic", image.Ubuntu, ""},
	{"ubuntu-24.04", "noble", image.Subiquity, ""},
	{"debian-12", "bookworm", image.Debian, ""},
	{"debian-13", "trixie", image.Debian, ""},
	{"rhel-6", "", image.RedHat, ""},
	{"rhel-7", "", image.RedHat, ""},
	{"rhel-8", "", image.RedHat, ""},
	{"rhel-9", "", image.RedHat, ""},
	{"rhel-10", "", image.RedHat, ""},
	{"fedora-43", "", image.RedHat, ""},
	{"sles-15", "", image.SUSE, ""},
	{"sles-16", "", image.SUSE, ""},
	{"coreos", "", image.CoreOS, ""},
}

func (r release) subject() Subject {
	s := subject()
	s.Image = image.Image{Name: r.name + "-amd64", Family: r.family, Release: r.name, Codename: r.codename, CPU: "amd64", Mirror: true, Signed: true}
	s.Mirror = "http://192.0.2.150/images/" + s.Image.Name
	s.Profile = "web"
	return s
}

// render renders in for the release, in its dialect.
func (r release) render(in *Install, s Subject) (Document, error) {
	if r.kind != "" {
		return RenderAs(r.kind, in, s)
	}
	return Render(in, nil, s)
}

// example is the install of the settings' reference.
func example() Install {
	return Install{
		Locale: "en_US.UTF-8", Keyboard: "us", Timezone: "Asia/Harbin", RootPassword: hash, SSHKeys: []string{key},
		Users: []User{{Name: "ops", Password: hash, SSHKeys: []string{key}, Sudo: true}}, Storage: lvmStorage(),
		Packages: []string{"openssh-server", "rsync"}, Post: "echo done > /root/installed\n",
	}
}

// full uses every field.
func full() Install {
	in := example()
	in.Variant, in.LocalClock, in.HostName, in.Keyboard = "nodeadkeys", true, "web-{mac}", "de"
	in.Users[0].Groups, in.Users[0].Shell, in.Users[0].UID, in.Users[0].FullName = []string{"docker"}, "/bin/sh", 1200, "Olga O'Ps"
	in.Users = append(in.Users, User{Name: "dev", Locked: true, Password: hash, Sudo: true, NoPasswd: true, SSHKeys: []string{other}})
	in.Network = Network{
		DNS: []netip.Addr{netip.MustParseAddr("192.0.2.1")}, Search: []string{"example.org", "lab.example.org"},
		Interfaces: []Interface{
			{Name: "a", MAC: "00:0c:29:83:d1:d1"}, {Name: "b", MAC: "00:0c:29:83:d1:d2"},
			{Name: "bond0", Bond: []string{"a", "b"}, Mode: "802.3ad", MTU: 9000, Method: "none"},
			{Name: "v10", VLAN: 10, On: "bond0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/24"), netip.MustParsePrefix("2001:db8::10/64")},
				Gateway: netip.MustParseAddr("192.0.2.1"), Routes: []Route{{To: netip.MustParsePrefix("198.51.100.0/24"), Via: netip.MustParseAddr("192.0.2.2"), Metric: 7}}},
			{Name: "eth2", Optional: true},
		},
	}
	in.Repositories = []Repository{{Name: "tools", URL: "http://mirror.example/tools", Suite: "stable", Components: []string{"main"}, Key: "http://mirror.example/key.asc"}}
	in.NTP, in.NTPServers = true, []string{"ntp1.example.org", "192.0.2.3"}
	in.Excluded, in.Groups = []string{"nano"}, []string{"standard"}
	in.Services = Services{Enable: []string{"ssh"}, Disable: []string{"cups"}}
	in.Firewall = &Firewall{Enabled: true, Services: []string{"ssh"}, Ports: []string{"80/tcp", "6000-6010/udp"}}
	in.SELinux, in.KernelArgs, in.End = "permissive", []string{"quiet", "console=ttyS0,115200"}, "poweroff"
	in.Post = "#!/bin/bash\n%end\necho \"it's done\" > /root/installed\n"
	in.Storage.Table = "gpt"
	in.Storage.Partitions[0].Label, in.Storage.Partitions[0].Options = "root", []string{"noatime"}
	return in
}

// raid is a layout over two disks: mirrored boot, encrypted volumes on an array.
func raid() Storage {
	return Storage{
		Disk: Disk{Name: "a", Path: "/dev/sda"}, Others: []Disk{{Name: "b", Path: "auto", MinSize: 100 * gib}}, Table: "gpt",
		Arrays: []Array{
			{Name: "md0", Level: "1", Disks: []string{"a", "b"}, Size: gib, Mount: "/boot", Filesystem: "ext4"},
			{Name: "md1", Level: "1", Disks: []string{"a", "b"}, Size: Rest},
		},
		VolumeGroups: []VolumeGroup{{Name: "vg0", Array: "md1", Passphrase: "open sesame \"12$'", Size: Rest, Volumes: []Volume{
			{Name: "root", Mount: "/", Filesystem: "xfs", Size: Rest}, {Name: "swap", Filesystem: "swap", Size: gib},
		}}},
	}
}

// recorded is a document as a golden file shows it.
func recorded(d Document, s Subject, in *Install) []byte {
	var b bytes.Buffer
	b.WriteString("==> " + d.Name + "\n")
	b.Write(d.Bytes)
	var names []string
	for name := range d.Extra {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString("==> " + name + "\n")
		b.Write(d.Extra[name])
	}
	b.WriteString("==> losses\n")
	for _, l := range d.Losses {
		b.WriteString(l.Severity + ": " + l.Field + ": " + l.Why + "\n")
	}
	return b.Bytes()
}

func TestEachDialectIsAsRecorded(t *testing.T) {
	for _, r := range releases {
		for variant, in := range map[string]Install{"example": example(), "full": full()} {
			t.Run(r.name+"-"+variant, func(t *testing.T) {
				s := r.subject()
				if variant == "full" {
					s.Firmware = machine.UEFI
				}
				d, err := r.render(&in, s)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(string(d.Bytes)+string(d.Extra["late.sh"])+decoded(d), s.CallbackURL) || d.NoCallback {
					t.Error("nothing reports the end")
				}
				golden.Check(t, "dialect/"+r.name+"-"+variant+".golden", string(recorded(d, s, &in)))
			})
		}
	}
}

func TestRAIDAndEncryptionAreWrittenOrRefused(t *testing.T) {
	for _, r := range releases {
		t.Run(r.name, func(t *testing.T) {
			in := example()
			in.Storage = raid()
			d, err := r.render(&in, r.subject())
			if err != nil {
				if !strings.Contains(err.Error(), "install.storage") {
					t.Fatal(err)
				}
				t.Logf("refused: %v", err)
				return
			}
			golden.Check(t, "dialect/"+r.name+"-raid"+".golden", string(recorded(d, r.subject(), &in)))
		})
	}
}

// TestRAIDInClear is for the installers that cannot encrypt on RAID.
func TestRAIDInClear(t *testing.T) {
	for _, r := range releases {
		if r.family == image.Ubuntu {
			t.Run(r.name, func(t *testing.T) {
				in := example()
				in.Storage = inClear()
				s := r.subject()
				d, err := r.render(&in, s)
				if err != nil {
					t.Fatal(err)
				}
				golden.Check(t, "dialect/"+r.name+"-raid"+".golden", string(recorded(d, s, &in)))
			})
		}
	}
}

// variants are installs that use the model from its plain end to its far one.
func variants() map[string]Install {
	all := map[string]Install{"example": example(), "full": full(), "default": {RootPassword: hash}}
	for name, st := range map[string]Storage{"raid": raid(), "raid in clear": inClear(), "luks": luks(), "two disks": twoGroups()} {
		in := example()
		in.Storage = st
		all[name] = in
	}
	return all
}

// sh is what a shell prints for a script.
func sh(t *testing.T, script string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, script)
	}
	return string(out)
}

// decoded is all that a document holds in base64, in data URLs of Ignition's.
func decoded(d Document) string {
	out := ""
	for _, m := range regexp.MustCompile(`base64,([A-Za-z0-9+/=]+)`).FindAllSubmatch(d.Bytes, -1) {
		b, _ := base64.StdEncoding.DecodeString(string(m[1]))
		out += string(b)
	}
	return out
}

func TestKickseedGivesTheAnswersOfPreseed(t *testing.T) {
	for _, name := range []string{"ubuntu-12.04", "ubuntu-14.04", "ubuntu-16.04", "ubuntu-18.04"} {
		for variant, in := range variants() {
			if variant == "raid" {
				continue // Ubuntu's cannot encrypt on RAID
			}
			s := release{name, "x", image.Ubuntu, Kickseed}.subject()
			k, err := RenderAs(Kickseed, &in, s)
			if err != nil {
				t.Fatal(err)
			}
			p, err := RenderAs(Preseed, &in, s)
			if err != nil {
				t.Fatal(err)
			}
			v, _ := kickseed.For(name)
			result := kickseed.Translate(kickseed.Parse(string(k.Bytes)), v)
			for _, f := range result.Findings {
				if f.Cause == "not-utc" && in.LocalClock {
					continue // it is asked for
				}
				t.Errorf("%s, %s: %+v", name, variant, f)
			}
			got := map[string]string{}
			for _, a := range result.Answers {
				got[a.Key] = a.Value
			}
			for key, want := range answers(t, p) {
				if got[key] != want {
					t.Errorf("%s, %s: %s is %q, not %q", name, variant, key, got[key], want)
				}
			}
		}
	}
}
