//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"seedbed/internal/core/image/initrd"
	"seedbed/internal/disk/iso"
)

// rig is the root file system of debian-installer with its partitioner, from
// the medium. Programs that would change this machine, or want a kernel's help,
// are replaced by those of testdata/partman.
type rig struct{ root string }

// extra are the installer packages that anna would fetch.
var extra = strings.Fields(`partman-auto partman-auto-crypto partman-auto-lvm partman-auto-raid partman-base partman-basicfilesystems
	partman-basicmethods partman-btrfs partman-crypto partman-crypto-dm partman-efi partman-ext3 partman-lvm partman-md
	partman-partitioning partman-target partman-utils partman-xfs parted-udeb libparted2-udeb libparted-fs-resize0-udeb
	libdevmapper1.02.1-udeb libdebconfclient0-udeb grub-installer`)

// replaced are programs by the file that does their work.
var replaced = map[string]string{
	"update-dev": "nothing", "depmod": "nothing", "modprobe": "nothing", "udevadm": "nothing", "swapon": "nothing", "swapoff": "nothing",
	"umount": "nothing", "logger": "nothing", "apt-install": "apt-install", "anna-install": "apt-install", "mapdevfs": "mapdevfs",
	"log-output": "log-output", "list-devices": "list-devices", "parted_devices": "parted_devices", "mdadm": "mdadm", "cryptsetup": "cryptsetup",
	"dmsetup": "dmsetup", "blockdev-wipe": "blockdev-wipe", "pvcreate": "lvm", "pvdisplay": "lvm", "pvs": "lvm", "pvscan": "lvm", "vgcreate": "lvm",
	"vgdisplay": "lvm", "vgs": "lvm", "vgscan": "lvm", "vgchange": "lvm", "lvcreate": "lvm",
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{root: filepath.Join(t.TempDir(), "root")}
	img, err := iso.Open(medium(t))
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	r.initrd(t, img)
	r.udebs(t, img)
	copyFile(t, "testdata/partman/lib.sh", r.root+"/rig/lib.sh")
	copyFile(t, "testdata/partman/start", r.root+"/rig/start")
	for name, file := range replaced {
		for _, dir := range []string{"usr/bin", "usr/sbin"} { // bin and sbin are links to them
			os.Remove(filepath.Join(r.root, dir, name))
			copyFile(t, "testdata/partman/bin/"+file, filepath.Join(r.root, dir, name))
		}
	}
	// Beyond the rig: other kinds of disks, making and mounting file systems.
	for _, pattern := range []string{"init.d/*multipath*", "init.d/*iscsi", "init.d/*dump", "commit.d/3[12]*", "commit.d/[45]*", "finish.d/*"} {
		files, _ := filepath.Glob(r.root + "/usr/lib/partman/" + pattern)
		for _, f := range files {
			os.Remove(f)
		}
	}
	return r
}

func (r *rig) initrd(t *testing.T, img fs.FS) {
	f, err := img.Open("install/netboot/debian-installer/amd64/initrd.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = initrd.Each(f, func(e initrd.Entry, body io.Reader) error {
		path := filepath.Join(r.root, filepath.Clean("/"+e.Name))
		switch {
		case strings.HasPrefix(e.Name, "usr/lib/modules") || strings.HasPrefix(e.Name, "lib/modules"):
			return nil
		case e.Mode&syscall.S_IFMT == syscall.S_IFDIR:
			return os.MkdirAll(path, 0o755)
		case e.Mode&syscall.S_IFMT == syscall.S_IFLNK:
			target, err := io.ReadAll(body)
			if err != nil {
				return err
			}
			return os.Symlink(string(target), path)
		case e.Mode&syscall.S_IFMT != syscall.S_IFREG:
			return nil
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		os.Remove(path) // a later archive's wins
		return os.WriteFile(path, text, fs.FileMode(e.Mode&0o777))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) udebs(t *testing.T, img fs.FS) {
	work := t.TempDir()
	for _, name := range extra {
		found, err := fs.Glob(img, "pool/main/*/*/"+name+"_*.udeb")
		if err != nil || len(found) != 1 {
			t.Fatalf("the medium has %q for %s (%v)", found, name, err)
		}
		text, err := fs.ReadFile(img, found[0])
		if err != nil {
			t.Fatal(err)
		}
		file := write(t, work, name+".udeb", string(text))
		tree := filepath.Join(work, name)
		mustRun(t, "dpkg-deb", "-R", file, tree)
		if _, err := os.Stat(tree + "/DEBIAN/templates"); err == nil {
			copyFile(t, tree+"/DEBIAN/templates", r.root+"/rig/templates/"+name)
		}
		os.RemoveAll(tree + "/DEBIAN")
		mustRun(t, "sh", "-c", `tar cf - -C "$1" . | tar xf - --keep-directory-symlink -C "$2"`, "sh", tree, r.root)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o755); err != nil {
		t.Fatal(err)
	}
}

// run gives an answer file to the partitioner of a machine with these disks,
// and tells what came of it.
func (r *rig) run(t *testing.T, preseed, disks string, uefi bool) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "partman") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	mustRun(t, "cp", "-a", r.root+"/.", dir)
	put := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"rig/preseed.cfg": preseed, "dev/null": "", "dev/urandom": "",
		"proc/mdstat": "Personalities :\n", "proc/misc": "236 device-mapper\n", "proc/swaps": "Filename Type Size Used Priority\n",
		"proc/meminfo": "MemTotal: 2000000 kB\nMemFree: 1500000 kB\nBuffers: 0 kB\nCached: 0 kB\n", "proc/sys/kernel/random/entropy_avail": "256\n",
		"proc/mounts": "", "proc/modules": "", "proc/cmdline": "", "proc/crypto": "", "proc/filesystems": "",
	} {
		put(name, text)
	}
	for _, made := range []string{"rig/vg", "dev/mapper", "target"} {
		os.MkdirAll(filepath.Join(dir, made), 0o755)
	}
	if uefi {
		os.MkdirAll(filepath.Join(dir, "sys/firmware/efi/efivars"), 0o755)
	}
	for d := range strings.SplitSeq(disks, ",") {
		name, gb, _ := strings.Cut(d, " ")
		n, _ := strconv.ParseInt(gb, 10, 64)
		n *= 1000 * 1000 * 1000
		put("dev/"+name, "")
		if err := os.Truncate(filepath.Join(dir, "dev", name), n); err != nil {
			t.Fatal(err)
		}
		put("rig/size/"+name, fmt.Sprint(n, "\n"))
		put("sys/block/"+name+"/size", fmt.Sprint(n/512, "\n"))
		put("sys/block/"+name+"/ro", "0\n")
		put("sys/block/"+name+"/removable", "0\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	stop := listen(t, filepath.Join(dir, "dev/log"), cancel)
	cmd := exec.CommandContext(ctx, "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
		`mount --bind /dev/null "$1/dev/null" && mount --bind /dev/urandom "$1/dev/urandom" && chroot "$1" /rig/start`, "sh", dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	log := stop()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if len(out) > 0 {
		t.Logf("%s", out)
	}
	if cmd.ProcessState.ExitCode() != 0 {
		screen, _ := os.ReadFile(dir + "/rig/screen")
		t.Logf("the screen ends with:\n%s", screen[max(0, len(screen)-600):])
	}
	return r.outcome(dir, log, cmd.ProcessState.ExitCode())
}
