//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/image"
	"seedbed/internal/core/machine"
)

const gib = int64(1) << 30

// layouts are what debian-installer's own partitioner is given. Disks are a
// name and GB each; those without a path must be found.
var layouts = []struct {
	name     string
	firmware machine.Firmware // as the answer file knows it
	uefi     bool             // as the machine has it
	disks    string
	st       intent.Storage
}{
	{"default", machine.BIOS, false, "sda 20", intent.Storage{}},
	{"volumes of fixed size", machine.UEFI, true, "vda 20", intent.Storage{
		Partitions:   []intent.Partition{{Mount: "/", Size: 4 * gib}},
		VolumeGroups: []intent.VolumeGroup{{Name: "vg0", Size: intent.Rest, Volumes: []intent.Volume{{Name: "home", Mount: "/home", Size: 2 * gib}, {Name: "swap", Filesystem: "swap", Size: gib}}}},
	}},
	{"UEFI on MBR", machine.UEFI, true, "sda 20", intent.Storage{
		Table: "mbr", Partitions: []intent.Partition{{Mount: "/boot/efi", Filesystem: "vfat", Size: gib}, {Mount: "/", Size: intent.Rest}, {Filesystem: "swap", Size: gib}},
	}},
	{"mirror, group encrypted", machine.NoFirmware, false, "sda 20,sdb 24", mirrored("s3cret pass'word")},
	{"mirror, group in clear", machine.BIOS, false, "sda 20,sdb 20", mirrored("")},
	{"mirror on NVMe with a spare", machine.UEFI, true, "nvme0n1 20,nvme1n1 20,nvme2n1 30", intent.Storage{
		Disk: intent.Disk{Name: "a", Path: "auto"}, Others: []intent.Disk{{Name: "b"}, {Name: "c", MinSize: 28 * 1000 * 1000 * 1000}},
		Partitions: []intent.Partition{{Mount: "/boot/efi", Filesystem: "vfat", Size: gib}, {Filesystem: "swap", Size: gib}, {Filesystem: "swap", Size: gib, Disk: "b"}, {Filesystem: "swap", Size: gib, Disk: "c"}},
		Arrays:     []intent.Array{{Name: "md0", Level: "1", Disks: []string{"c", "a", "b"}, Spares: 1, Size: intent.Rest, Mount: "/", Filesystem: "xfs"}},
	}},
	{"RAID 5 of five arrays on MBR", machine.BIOS, false, "sda 20,sdb 20,sdc 20", intent.Storage{
		Disk: intent.Disk{Path: "/dev/sda"}, Others: []intent.Disk{{Path: "/dev/sdb"}, {Path: "/dev/sdc"}}, Table: "mbr",
		Arrays: []intent.Array{array("md0", "1", gib, "/boot", "ext4"), array("md1", "5", 3*gib, "/", "ext4"), array("md2", "0", gib, "", "swap"),
			array("md3", "5", gib, "/tmp", "ext2"), array("md4", "10", intent.Rest, "/srv", "xfs")},
	}},
	{"group encrypted", machine.BIOS, false, "sda 30", encrypted(2 * gib)},
	{"group of volumes of fixed size encrypted", machine.UEFI, true, "nvme0n1 20", intent.Storage{
		Partitions:   []intent.Partition{{Mount: "/boot", Size: gib}},
		VolumeGroups: []intent.VolumeGroup{{Name: "vg-0", Size: intent.Rest, Passphrase: "correct horse", Volumes: []intent.Volume{{Name: "root", Mount: "/", Size: 8 * gib}, {Name: "swap-1", Filesystem: "swap", Size: gib}}}},
	}},
	{"a group on each of two disks", machine.BIOS, false, "sda 20,vdb 30", intent.Storage{
		Disk: intent.Disk{Name: "a", Path: "/dev/sda"}, Others: []intent.Disk{{Name: "b", Path: "auto"}},
		Partitions: []intent.Partition{{Mount: "/", Size: 4 * gib}},
		VolumeGroups: []intent.VolumeGroup{{Name: "vg0", Disk: "b", Size: intent.Rest, Volumes: []intent.Volume{{Name: "srv", Mount: "/srv", Size: intent.Rest}}},
			{Name: "vg1", Size: intent.Rest, Volumes: []intent.Volume{{Name: "swap", Filesystem: "swap", Size: gib}, {Name: "home", Mount: "/home", Size: intent.Rest}}}},
	}},
	{"the second disk of two", machine.BIOS, false, "sda 20,sdb 30", intent.Storage{
		Disk: intent.Disk{Name: "a"}, Others: []intent.Disk{{Name: "b"}},
		Partitions: []intent.Partition{{Mount: "/", Size: intent.Rest, Disk: "b"}, {Filesystem: "swap", Size: gib, Disk: "b"}},
	}},
}

func array(name, level string, size int64, mount, fs string) intent.Array {
	return intent.Array{Name: name, Level: level, Disks: []string{"disk1", "disk2", "disk3"}, Size: size, Mount: mount, Filesystem: fs}
}

func mirrored(pass intent.Secret) intent.Storage {
	return intent.Storage{
		Disk: intent.Disk{Name: "a"}, Others: []intent.Disk{{Name: "b"}},
		Arrays: []intent.Array{
			{Name: "md0", Level: "1", Disks: []string{"a", "b"}, Size: gib, Mount: "/boot", Filesystem: "ext4"},
			{Name: "md1", Level: "1", Disks: []string{"a", "b"}, Size: intent.Rest},
		},
		VolumeGroups: []intent.VolumeGroup{{Name: "vg0", Array: "md1", Passphrase: pass, Volumes: []intent.Volume{
			{Name: "root", Mount: "/", Filesystem: "xfs", Size: intent.Rest}, {Name: "swap", Filesystem: "swap", Size: gib},
		}}},
	}
}

func encrypted(swap int64) intent.Storage {
	return intent.Storage{VolumeGroups: []intent.VolumeGroup{{Name: "crypt", Size: intent.Rest, Passphrase: `$(reboot) "x" \ y`, Volumes: []intent.Volume{
		{Name: "root", Mount: "/", Size: intent.Rest}, {Name: "swap", Filesystem: "swap", Size: swap},
	}}}}
}

// preseed is the answer file for a layout.
func preseed(t *testing.T, st intent.Storage, fw machine.Firmware) string {
	t.Helper()
	in := answer.Install{RootPassword: "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3JkLCBidXQgdGhlIHNoYXBlIG9mIG9uZQ", Storage: st}
	d, err := answer.RenderAs(answer.Preseed, &in, answer.Subject{
		HostName: "node1", Domain: "example.org", Firmware: fw, Mirror: "http://192.0.2.150/debian",
		Image: image.Image{Name: "debian-13", Family: image.Debian, Release: "debian-13", Codename: "trixie", CPU: "amd64"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(d.Bytes)
}

// TestPartitioner gives each layout to debian-installer's own partitioner:
// its scripts, its parted, its debconf and its shell, from the medium, on disks
// that are files. mdadm, LVM and cryptsetup only write down what they are told.
// Nothing may be asked, and the outcome is recorded.
func TestPartitioner(t *testing.T) {
	need(t, "unshare", "dpkg-deb")
	r := newRig(t)
	for _, c := range layouts {
		t.Run(c.name, func(t *testing.T) {
			got := r.run(t, preseed(t, c.st, c.firmware), c.disks, c.uefi)
			file := filepath.Join("testdata/partman", strings.ReplaceAll(c.name, " ", "-")+".golden")
			if os.Getenv("SEEDBED_UPDATE") != "" {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-recorded +made (SEEDBED_UPDATE=1 records):\n%s", diff)
			}
		})
	}
}

// TestPartitionerTouchesNothing where a disk of a layout is lacking: it stops
// before it has laid out the disk that is there.
func TestPartitionerTouchesNothing(t *testing.T) {
	need(t, "unshare", "dpkg-deb")
	got := newRig(t).run(t, preseed(t, mirrored(""), machine.BIOS), "sda 20", false)
	want := "asked: critical partman-md/confirm_nochanges\nended with -1\n==> tables\n==> calls\n==> places\nboot loader on: "
	if !strings.HasPrefix(got, want) {
		t.Errorf("it did not leave the only disk alone:\n%s", got)
	}
}

// TestPartitionerIsHeard takes an answer away and wants the question to be seen.
func TestPartitionerIsHeard(t *testing.T) {
	need(t, "unshare", "dpkg-deb")
	text := strings.Replace(preseed(t, mirrored(""), machine.BIOS), "d-i partman-md/confirm_nooverwrite boolean true\n", "", 1)
	if got := newRig(t).run(t, text, "sda 20,sdb 20", false); !strings.HasPrefix(got, "asked: critical partman-md/confirm_nooverwrite\n") {
		t.Errorf("a question was asked, and not seen:\n%s", got)
	}
}

// asked matches a question that debconf does not pass over.
var asked = regexp.MustCompile(`(?s)--> INPUT (\w+ \S+)$`)

const willAsk = "<-- 0 question will be asked"

// outcome is what a run left behind, as text.
func (r *rig) outcome(dir string, log []string, code int) string {
	var b strings.Builder
	last := ""
	questions := map[string]bool{}
	for _, line := range log {
		if m := asked.FindStringSubmatch(line); m != nil {
			last = m[1]
		}
		if strings.Contains(line, willAsk) && !questions[last] {
			questions[last] = true
			fmt.Fprintf(&b, "asked: %s\n", last)
		}
	}
	fmt.Fprintf(&b, "ended with %d\n", code)
	for _, name := range []string{"tables", "calls"} {
		text, _ := os.ReadFile(filepath.Join(dir, "rig", name))
		fmt.Fprintf(&b, "==> %s\n%s", name, text)
	}
	b.WriteString("==> places\n")
	places, _ := filepath.Glob(dir + "/var/lib/partman/devices/*/*-*/method")
	var lines []string
	for _, p := range places {
		at := filepath.Dir(p)
		line := strings.ReplaceAll(filepath.Base(filepath.Dir(at)), "=", "/")
		for _, name := range []string{"method", "filesystem", "mountpoint", "label"} {
			if text, err := os.ReadFile(filepath.Join(at, name)); err == nil {
				line += " " + strings.TrimSpace(string(text))
			}
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
	boot, _ := os.ReadFile(filepath.Join(dir, "var/lib/cdebconf/questions.dat"))
	_, after, _ := strings.Cut(string(boot), "Name: grub-installer/bootdev\n")
	_, after, _ = strings.Cut(after, "Value: ")
	value, _, _ := strings.Cut(after, "\n")
	fmt.Fprintf(&b, "boot loader on: %s\n", value)
	return b.String()
}

// listen collects what is sent to a syslog socket, until stop is called. At
// the first question that is asked it calls ask.
func listen(t *testing.T, path string, ask func()) (stop func() []string) {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan []string)
	go func() {
		var lines []string
		buf := make([]byte, 64<<10)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				done <- lines
				return
			}
			lines = append(lines, strings.TrimRight(string(buf[:n]), "\x00\n"))
			if strings.Contains(lines[len(lines)-1], willAsk) {
				ask()
			}
		}
	}()
	return func() []string {
		time.Sleep(50 * time.Millisecond)
		conn.Close()
		return <-done
	}
}

// mustRun runs a program that must work.
func mustRun(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, bytes.TrimSpace(out))
	}
	return out
}
