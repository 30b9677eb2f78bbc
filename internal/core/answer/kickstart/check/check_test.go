package check

import (
	"strings"
	"testing"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/table"
)

func version(t testing.TB, name string) table.Version {
	t.Helper()
	v, err := table.ParseVersion(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// written is what a file's canonical text holds beyond the header and defaults.
func written(r *Report) string {
	var out []string
	for _, l := range strings.Split(r.Canonical(), "\n") {
		if l != "" && !strings.HasPrefix(l, "#") && l != "bootloader --location=none" && l != "bootloader --linear --location=none" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

func TestLinesAreReadAsTheReleaseReadsThem(t *testing.T) {
	for _, c := range []struct {
		versions, line string
		want           string // what is written; or "error", "deprecated" with a part of the message
	}{
		{"RHEL8 F21", "autopart --encrypted --fstype=ext4", "autopart --encrypted --fstype=ext4"},
		{"F16", "autopart --nolvm", "autopart --nolvm"},
		{"F17 RHEL9", "autopart --type=PARTITION", "autopart --type=plain"},
		{"F19", "autopart --type=thinp", "error: Invalid autopart type"},
		{"F38 RHEL10", "autopart --hibernation --nohome --noswap", "autopart --nohome --noswap --hibernation"},
		{"F45", "autopart --encrypted --luks-version=luks2-hw-opal --hw-passphrase=x", `autopart --encrypted --luks-version=luks2-hw-opal --hw-passphrase="x"`},
		{"RHEL7 F45", "bootloader --location=mbr --append=x --disabled", "bootloader --disabled"},
		{"RHEL9", "bootloader --boot-drive=sda,sdb", "error: --boot-drive accepts only one argument"},
		{"RHEL4", "lilo --linear", "bootloader --linear --location=mbr --useLilo"},
		{"RHEL6 F12", "bootloader --lba32", "deprecated: --lba32"},
		{"F33 RHEL9", "timezone --isUtc UTC", "deprecated: --isUtc"},
		{"F32", "timezone --nontp UTC", "timezone UTC --nontp"},
		{"F32", "timezone --utc UTC", "timezone UTC --utc"},
		{"F31 RHEL8", "timezone --utc UTC", "timezone UTC --isUtc"},
		{"RHEL9 RHEL10", "timezone", "error: At least one option"},
		{"RHEL9", "network --device=br0 --bridgeslaves=a,b --bridgeopts=stp=yes,priority=1", "network  --bootproto=dhcp --device=br0 --bridgeslaves=a,b --bridgeopts=stp=yes,priority=1"},
		{"RHEL9", "network --device=br0 --bridgeslaves=a,b --bridgeopts='stp=yes priority=1'", "error: Bad format of --bridgeopts"},
		{"F45", "network --device=eth0 --activate --no-activate", "network  --bootproto=dhcp --device=eth0 --no-activate"},
		{"F45", "network --device=eth0 --no-activate --activate", "network  --bootproto=dhcp --device=eth0 --activate"},
		{"RHEL3 F45", "network --device=eth0 --onboot=OFF", "network  --bootproto=dhcp --device=eth0 --onboot=off"},
		{"F45", "network --device=team0 --teamslaves=''", "network  --bootproto=dhcp --device=team0"},
		{"RHEL5", "firewall --enabled --port=ssh,47 --http", "firewall --enabled --ssh --port=80:tcp,443:tcp,47:tcp"},
		{"RHEL9", "firewall --service=mdns --remove-service=a --remove-service=b,c", "firewall --enabled --service=mdns --remove-service=a,b,c"},
		{"RHEL9", "firewall --use-system-defaults --ssh", "firewall --use-system-defaults"},
		{"F27", "part / --size=1 --mkfsoptions=x --noformat", "error: --mkfsoptions with --noformat"},
		{"F17", "part /foo --resize --size 500 --onpart=/dev/sda3", "part /foo --onpart=sda3 --size=500 --resize"},
		{"F45 RHEL7", "part //srv/../home/ --size=1", "part //home --size=1"},
		{"RHEL9 F45", "part swap --hibernation --recommended", "part swap --recommended --hibernation"},
		{"F18", "part / --encrypted --cipher=c --resize --size=1 --onpart=a", `part / --onpart=a --size=1 --encrypted --resize --cipher="c"`},
		{"RHEL8 RHEL9 RHEL10", "part / --fstype=btrfs", "error: Btrfs"},
		{"RHEL4", "raid / --device=asdf0 --level=1 raid.01", "error: number"},
		{"RHEL7", "raid / --device=root --level=1 raid.01", "raid / --device=root --level=RAID1 raid.01"},
		{"FC4", "raid / --device=md0 --level=10 raid.01", "error: Invalid raid level"},
		{"F45", "raid / --device=md0 --level=1 raid.01 -escrowcert", "error: Unexpected arguments"},
		{"F45", "raid / --device=md0 --useexisting --level=6", "raid / --device=md0 --level=RAID6 --useexisting"},
		{"F45", "logvol / --percent=101 --name=a --vgname=b", "error: Percentage"},
		{"F45", "logvol / --percent=-1 --name=a --vgname=b", "error: Percentage"},
		{"RHEL6", "logvol / --percent=101 --name=a --vgname=b", "logvol / --percent=101 --name=a --vgname=b"},
		{"F45", "logvol / --size=1 --thin --poolname=p --cachesize=2 --cachepvs=x --name=a --vgname=b", "error: Thin volumes cannot be cached"},
		{"F16", "volgroup vg pv.1 --reserved-percent=100", "error: between 1 and 99"},
		{"F45", "volgroup vg pv.1 pv.2", "volgroup vg pv.1 pv.2"},
		{"FC6 RHEL9", "user --name=u --gecos='A B'", "user --name=u --gecos=\"A B\""},
		{"RHEL9", "user --name=u --password='a#b' --uid=5", `user --name=u --password="a#b" --uid=5`},
		{"RHEL9", "rootpw 'a#b'", `rootpw --plaintext "a#b"`},
		{"RHEL9", "reboot --eject --kexec", "reboot --eject --kexec"},
		{"RHEL4", "reboot --eject", "reboot"},
		{"RHEL9", "poweroff", "shutdown"},
		{"RHEL6", "halt", ""},
		{"RHEL9", "eula", "error: --agreed"},
		{"RHEL6", "interactive", "interactive"},
		{"RHEL9", "cmdline --non-interactive", "error: cmdline does not support"},
		{"RHEL9", "url --url=http://a --mirrorlist=http://b", "error: Only one of"},
		{"RHEL9", "url", "error: One of"},
		{"RHEL9", "repo --name=a --metalink=http://b", `repo --name="a"  --metalink=http://b`},
		{"RHEL9", "ostreesetup --osname=a --url=ftp://b --ref=c", "error: must use file, HTTP or HTTPS"},
		{"RHEL7", "realm join --client-software sssd example.com", "realm join --client-software sssd example.com"},
		{"RHEL7", "realm join --user=a example.com", "error: not recognized"},
		{"RHEL7", "realm leave", "error: Unsupported realm"},
		{"RHEL9", "nvdimm use --namespace=n --mode=sector", "nvdimm use --namespace=n"},
		{"RHEL9", "mount swap0 none --mkfsoptions=x", "error: requires --reformat"},
		{"RHEL9", "mount /dev/sda1 boot", "error: Invalid mount point"},
		{"RHEL9", "snapshot vg/lv/x --name=a --when=post-install", "error: VG/LV"},
		{"RHEL5", "dmraid --name=a --dev=b --dev=c", `dmraid --name=a --dev="b" --dev="c"`},
		{"RHEL5", "vnc --connect=h:1", "vnc --host=h --port=1"},
		{"RHEL9", "keyboard us", "keyboard 'us'"},
		{"RHEL9", "skipx", "skipx"},
		{"RHEL8", "sshpw --username=a --sshkey k e y", "sshpw --username=a --sshkey k e y"},
		{"RHEL6", "sshpw --username=a --plaintext --iscrypted p", "sshpw --username=a --iscrypted p"},
		{"RHEL5 RHEL9", "clearpart --drives=a,b --all --linux --initlabel", "clearpart --linux --initlabel --drives=a,b"},
		{"RHEL9", "clearpart --initlabel", ""},
		{"RHEL4", "driverdisk /dev/sdb2 --type=vfat", "driverdisk /dev/sdb2 --type=vfat"},
		{"RHEL6", "upgrade --root-device=/dev/sda", "upgrade --root-device=/dev/sda"},
		{"RHEL6", "updates", "updates"},
		{"RHEL9", "updates http://a/b.img", "updates http://a/b.img"},
		{"RHEL9", "firstboot --reconfig", "firstboot --reconfig"},
		{"RHEL9", "timesource --ntp-disable", "timesource --ntp-disable"},
		{"RHEL8", "install", "deprecated: install"},
		{"RHEL9", "install", "error: has been removed"},
		{"RHEL9", "frobnicate", "error: Unknown command"},
		{"RHEL9", "part / --siz=5", "part / --size=5"},
		{"RHEL9", "part / --pbkdf=a --pbk=b", "error: ambiguous option"},
		{"RHEL9", "part / --size=5 --size=7", "part / --size=7"},
		{"RHEL9", "rootpw \"open", "error: No closing quotation"},
	} {
		for _, name := range strings.Fields(c.versions) {
			if name == "FC6" && strings.Contains(c.line, "--gecos") {
				continue
			}
			r := File(kickstart.Parse(c.line), version(t, name))
			verdict, part, told := strings.Cut(c.want, ": ")
			if !told {
				if r.Verdict() != OK || written(r) != c.want {
					t.Errorf("%s %q: %v, written %q, want %q", name, c.line, r.Problems, written(r), c.want)
				}
				continue
			}
			if r.Verdict().String() != verdict || len(r.Problems) == 0 || !strings.Contains(r.Problems[0].Msg, part) {
				t.Errorf("%s %q: %v, want %s with %q", name, c.line, r.Problems, verdict, part)
			}
		}
	}
}

func TestProblemsPointAtTheWord(t *testing.T) {
	const text = "lang en_US\n" +
		"part / --size=big\n" +
		"part /home --ondisk sda --bogus\n" +
		"bootloader --location=nowhere --timeout=1\n" +
		"autopart\n" +
		"%packages --nobase\n@core --nodefaults --optional\n%end\n" +
		"frobnicate\n"
	want := []Problem{
		{Error, "argument --size: invalid int value: 'big'", 2, 8},
		{Error, "Unexpected arguments to part command: ['--bogus']", 3, 25},
		{Error, "argument --location: invalid choice: 'nowhere' (choose from 'mbr', 'partition', 'none', 'boot')", 4, 12},
		{Error, "The autopart and part/partition commands can't be used at the same time", 5, 0},
		{Error, "unrecognized arguments: --nobase", 6, 11},
		{Error, "Group cannot specify both --nodefaults and --optional", 7, 0},
		{Error, "Unknown command: frobnicate", 9, 1},
	}
	got := File(kickstart.Parse(text), version(t, "RHEL9")).Problems
	if len(got) != len(want) {
		t.Fatalf("got %d problems: %v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got[i], want[i])
		}
	}
}

func TestLinesAreReadTogether(t *testing.T) {
	for _, c := range []struct {
		name, version, text string
		want                Verdict
	}{
		{"a mount point twice", "RHEL9", "part / --size=1\npart / --size=2", Warning},
		{"swap twice", "RHEL9", "part swap --size=1\npart swap --size=2", OK},
		{"a volume twice in one group", "FC3", "logvol / --size=1 --name=a --vgname=v\nlogvol /b --size=1 --name=a --vgname=v", Warning},
		{"a volume in two groups", "FC3", "logvol / --size=1 --name=a --vgname=v\nlogvol /b --size=1 --name=a --vgname=w", OK},
		{"a user twice", "FC6", "user --name=a\nuser --name=a", Warning},
		{"a repository twice", "FC6", "repo --name=a --baseurl=b\nrepo --name=a --baseurl=c", Warning},
		{"a network device twice", "FC3", "network --device=a\nnetwork --device=a", Warning},
		{"two paths of one device", "FC6", "multipath --name=m --device=/dev/sda --rule=failover\nmultipath --name=m --device=/dev/sdb --rule=failover", OK},
		{"one path of two devices", "FC6", "multipath --name=m --device=/dev/sda --rule=failover\nmultipath --name=n --device=/dev/sda --rule=failover", Error},
		{"autopart beside part", "RHEL6", "part / --size=1\nautopart", Error},
		{"autopart beside part, when nobody minded", "FC6", "part / --size=1\nautopart", OK},
		{"reqpart beside autopart", "F23", "reqpart\nautopart", Error},
		{"mount beside part", "RHEL8", "part / --size=1\nmount /dev/sda1 /boot", Error},
		{"two realms", "F19", "realm join a\nrealm join b", Error},
		{"a section without %end", "RHEL6", "%packages\nvim\n", Error},
		{"a section without %end, when it needed none", "RHEL5", "%packages\nvim\n", OK},
		{"a section without %end before another", "F45", "%post\nls\n%packages\n%end\n", Error},
		{"an unknown section", "F45", "%foo\n%end\n", Error},
		{"a stray %end", "F45", "%post\n%end\n%end\n", Error},
		{"an add-on's own lines", "RHEL7", "%addon org_x --whatever\n--anything\n%end\n", OK},
		{"--nobase in its time", "RHEL6", "%packages --nobase\n%end\n", OK},
		{"--nobase in its decline", "RHEL7", "%packages --nobase\n%end\n", Deprecated},
		{"--nobase after it", "RHEL8", "%packages --nobase\n%end\n", Error},
		{"--multilib before it came", "RHEL6", "%packages --multilib\n%end\n", Error},
		{"--multilib", "RHEL7", "%packages --multilib\n%end\n", OK},
		{"an include without a file", "RHEL9", "%include\n", Error},
		{"a script's options", "RHEL9", "%post --nochroot --interpreter=/bin/bash --log=/x --erroronfail\n%end\n", OK},
		{"a script's option of another script", "RHEL9", "%pre --nochroot\n%end\n", Error},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := File(kickstart.Parse(c.text), version(t, c.version))
			if r.Verdict() != c.want {
				t.Errorf("got %v %v, want %v", r.Verdict(), r.Problems, c.want)
			}
		})
	}
}

func TestWholeFileIsWrittenInTheReferencesOrder(t *testing.T) {
	r := File(kickstart.Parse(whole), version(t, "RHEL9"))
	if r.Verdict() != OK {
		t.Fatal(r.Problems)
	}
	const want = `# Generated by pykickstart v3.74
#version=RHEL9
# Use text mode install
text
# Keyboard layouts
keyboard --vckeymap=us
# System language
lang en_US.UTF-8
# Network information
network  --bootproto=dhcp --device=link --activate
# Reboot after installation
reboot
#Root password
rootpw --lock
# System timezone
timezone UTC --utc
# Use network installation
url --url="http://192.0.2.1/images/rhel"
# System bootloader configuration
bootloader --location=mbr
# Clear the Master Boot Record
zerombr
# Partition clearing information
clearpart --all --initlabel
# Disk partitioning information
part /boot --fstype="xfs" --size=1024
part pv.1 --grow --size=1
volgroup vg pv.1
logvol / --fstype="xfs" --size=8192 --name=root --vgname=vg

%post --nochroot
echo done
%end

%packages
@^minimal-environment
@core
vim
-firewalld

%end
`
	if got := r.Canonical(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

const whole = `#version=RHEL9
text
reboot
lang en_US.UTF-8
keyboard --vckeymap=us
timezone UTC --utc
network --bootproto=dhcp --device=link --activate
rootpw --lock # nobody
url --url=http://192.0.2.1/images/rhel

zerombr
clearpart --all --initlabel
bootloader
part /boot --fstype=xfs --size=1024
part pv.1 --size=1 --grow
volgroup vg pv.1
logvol / --fstype=xfs --name=root --vgname=vg --size=8192

%packages
@core
@^minimal-environment
vim
-firewalld
%end
%post --nochroot
echo done
%end
`

func TestWhatIsWrittenReadsAsWritten(t *testing.T) {
	for _, name := range []string{"RHEL7", "RHEL8", "RHEL9", "RHEL10", "F45"} {
		v := version(t, name)
		once := File(kickstart.Parse(whole), v).Canonical()
		if twice := File(kickstart.Parse(once), v).Canonical(); once != twice {
			t.Errorf("%s: written\n%s\nread and written again\n%s", name, once, twice)
		}
	}
}

func TestValuesAreGivenByName(t *testing.T) {
	f := kickstart.Parse("part / --ondrive sda --siz=5 --grow\nfrobnicate\npart --size=x /\n%post --log /root/x\n%end\n")
	v := version(t, "RHEL9")
	got, ok := Values(f.Nodes[0], v)
	if !ok || got["disk"].Text != "sda" || got["size"].Int != 5 || !got["grow"].True || got["mntpoint"].Text != "/" || got["fstype"].Given {
		t.Errorf("got %+v, %v", got, ok)
	}
	for _, n := range f.Nodes[1:3] {
		if _, ok := Values(n, v); ok {
			t.Errorf("%q can be read", n.Raw())
		}
	}
	if got, ok := Values(f.Nodes[3], v); !ok || got["log"].Text != "/root/x" {
		t.Errorf("got %+v, %v", got, ok)
	}
}

func BenchmarkFile(b *testing.B) {
	v := version(b, "RHEL9")
	for b.Loop() {
		if File(kickstart.Parse(whole), v).Verdict() != OK {
			b.Fatal("the file has problems")
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add(whole)
	f.Add("part / --size=1 --size\nraid --device --level=\nrealm join --\nnetwork --teamslaves=\"a'b\" --bridgeopts=,\n%packages --timeout=x\n@\n-\n%end")
	f.Add("btrfs -- --\nvolgroup --\nsnapshot / --name --when\nvnc --connect=: \nkeyboard --xlayouts=,\nupdates --\n--")
	versions := table.All()
	f.Fuzz(func(t *testing.T, text string) {
		file := kickstart.Parse(text)
		for _, v := range []table.Version{versions[len(text)%len(versions)], versions[(len(text)*7+3)%len(versions)]} {
			r := File(file, v)
			r.Canonical()
			for _, p := range r.Problems {
				if p.Line < 1 || p.Column < 0 || p.Msg == "" {
					t.Fatalf("%v: problem without a place or a message: %+v", v, p)
				}
			}
		}
	})
}
