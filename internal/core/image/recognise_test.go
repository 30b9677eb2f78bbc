package image

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"seedbed/internal/core/image/sample"
	"seedbed/internal/fault"
	"seedbed/internal/golden"
)

var files, join, linux = sample.Files, sample.Join, sample.Linux

func gz(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

const (
	k13   = "6.12.117+deb13-amd64"
	trx   = `.disk/info=Debian GNU/Linux 13.8.0 "Trixie" - Official amd64 DVD Binary-1 with firmware 20260905-10:22`
	netin = `.disk/info=Debian GNU/Linux 13.1.0 "Trixie" - Official amd64 NETINST with firmware 20250906-10:22`
)

// debianDVD is what Debian's own media hold: a CD's pair, an unsigned archive.
func debianDVD(info string) fstest.MapFS {
	return join(files(info,
		"dists/trixie/Release=Origin: Debian\nSuite: stable\nVersion: 13.8\nCodename: trixie\nArchitectures: amd64\n",
		"dists/trixie/main/binary-amd64/Packages.gz", "install.amd/vmlinuz="+linux(k13), "install.amd/initrd.gz", "install/doc/x",
		"dists/trixie/main/debian-installer/binary-amd64/Packages.gz="+gz("Package: ata-modules-di\nKernel-Version: "+k13+"\n")),
		fstest.MapFS{"dists/stable": {Mode: fs.ModeSymlink, Data: []byte("trixie")}, "debian": {Mode: fs.ModeSymlink, Data: []byte(".")}})
}

// netbootTree is a netboot tree under top.
func netbootTree(top, installer, cpu, kernel, version string) fstest.MapFS {
	d := top + installer + "/" + cpu + "/"
	return files(top+"version.info="+version, d+"linux="+linux(kernel), d+"initrd.gz", d+"bootnetx64.efi", d+"grubx64.efi",
		d+"pxelinux.0", d+"grub/x86_64-efi/http.mod", d+"boot-screens/ldlinux.c32", top+"pxelinux.0")
}

const (
	v13 = "Debian version:  13 (trixie)\nInstaller build: 20250803+deb13u8\n"
	v12 = "Debian version:  12 (bookworm)\nInstaller build: 20230607+deb12u10\n"
)

func precise(extra ...string) fstest.MapFS {
	return join(files(`.disk/info=Ubuntu-Server 12.04.5 LTS "Precise Pangolin" - Release amd64 (20140806.1)`,
		"dists/precise/Release=Origin: Ubuntu\nLabel: Ubuntu\nSuite: precise\nVersion: 12.04\nCodename: precise\nArchitectures: amd64 i386\n",
		"dists/precise/Release.gpg", "dists/precise/main/binary-amd64/Packages.gz",
		"dists/precise/main/debian-installer/binary-amd64/Packages.gz="+gz("Kernel-Version: 3.13.0-32-generic\n"),
		"install/vmlinuz", "install/initrd.gz"), files(extra...),
		fstest.MapFS{"dists/stable": {Mode: fs.ModeSymlink, Data: []byte("precise")}, "ubuntu": {Mode: fs.ModeSymlink, Data: []byte(".")}})
}

var anaconda = sample.Anaconda

// summary is an Image in a few lines, to compare outcomes at a glance.
func summary(i Image) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %s | %s | %s\n", i.Family, i.Release, i.Codename, i.CPU, i.Title, SuggestName(i))
	fmt.Fprintf(&b, "netboot=%t mirror=%t dir=%q signed=%t\n", i.Netboot, i.Mirror, i.MirrorDir, i.Signed)
	for _, f := range i.Files {
		fmt.Fprintf(&b, "%s %s:%s\n", f.Role, f.Side, f.Path)
	}
	for _, w := range i.Warnings {
		fmt.Fprintf(&b, "! %s\n", w)
	}
	return b.String()
}

func TestEachMediumIsRecognisedByItsContent(t *testing.T) {
	dvd, nb13, nb12 := debianDVD(trx), netbootTree("", "debian-installer", "amd64", k13, v13), netbootTree("", "debian-installer", "amd64", "6.1.0-30-amd64", v12)
	offline := join(dvd, netbootTree("install/netboot/", "debian-installer", "amd64", k13, v13), files("dists/trixie/InRelease"))
	ubuntuNB := netbootTree("install/netboot/", "ubuntu-installer", "amd64", "3.13.0-32-generic", "Ubuntu version: 12.04\nInstaller build: 20101020ubuntu136.18\n")
	delete(ubuntuNB, "install/netboot/ubuntu-installer/amd64/bootnetx64.efi")
	delete(ubuntuNB, "install/netboot/ubuntu-installer/amd64/grubx64.efi")
	live := files(`.disk/info=Ubuntu-Server 24.04.1 LTS "Noble Numbat" - Release amd64 (20240827)`, "casper/vmlinuz", "casper/initrd", "casper/hwe-vmlinuz",
		"dists/noble/Release=Origin: Ubuntu\nCodename: noble\n")
	deb := netbootTree("usr/lib/debian-installer/images/13/amd64/text/", "debian-installer", "amd64", k13, v13)
	gtk := netbootTree("usr/lib/debian-installer/images/13/amd64/gtk/", "debian-installer", "amd64", k13, v13)

	for _, c := range []struct {
		name        string
		medium, net fs.FS
		golden      string
	}{
		{"a Debian DVD alone has a CD initrd and says what to add", dvd, nil, "debian-dvd"},
		{"a Debian DVD with a netboot tree boots from the tree", dvd, nb13, "debian-dvd-netboot"},
		{"a netboot tree of another release is said", dvd, nb12, "debian-dvd-netboot-12"},
		{"a netinst is a small mirror", debianDVD(netin), nb13, "debian-netinst"},
		{"a medium with its own netboot pair needs nothing", offline, nil, "debian-offline"},
		{"a separate netboot tree wins over the medium's", offline, nb13, "debian-offline-netboot"},
		{"a netboot tree alone needs a mirror", nil, nb13, "debian-netboot"},
		{"the package's whole tree gives the text installer", nil, join(deb, gtk), "debian-netboot-deb"},
		{"a directory that is a netboot tree is one", nb13, nil, "debian-netboot-medium"},
		{"a partial mirror without .disk/info", func() fs.FS { m := debianDVD(trx); delete(m, ".disk/info"); return m }(), nb13, "debian-partial-mirror"},
		{"Ubuntu 12.04 server boots from install/netboot", join(precise(), ubuntuNB), nil, "ubuntu-1204"},
		{"Ubuntu 12.04 without it says so", precise(), nil, "ubuntu-1204-cd"},
		{"Ubuntu 14.04 names its squashfs", join(precise("install/filesystem.squashfs"), ubuntuNB), nil, "ubuntu-squashfs"},
		{"Ubuntu live-server starts from casper", live, nil, "ubuntu-live"},
		{"Ubuntu desktop is refused politely", files(`.disk/info=Ubuntu 22.04.5 LTS "Jammy Jellyfish" - Release amd64 (20240911)`, "casper/vmlinuz", "casper/initrd"), nil, "ubuntu-desktop"},
		{"Fedora boot medium has no packages", anaconda("Fedora", "43"), nil, "fedora-43"},
		{"Windows without its boot files is named", files("sources/install.wim", "bootmgr", "setup.exe"), nil, "windows"},
		{"Windows copied with its names in upper case", files("SOURCES/INSTALL.WIM", "SOURCES/BOOT.WIM", "BOOTMGR", "Boot/BCD", "BOOT/BOOT.SDI"), nil, "windows-upper"},
		{"anything else says what was looked for", files("music/track01.ogg"), nil, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			img, err := Recognise(c.medium, c.net)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, c.golden+".txt", summary(img))
			if err := ValidName(SuggestName(img)); err != nil {
				t.Errorf("the suggested name is not valid: %v", err)
			}
		})
	}
}

// Every family is known by its content, each in its releases, and one release
// that no table knows works as its family.
func TestEveryFamilyAndReleaseIsRecognised(t *testing.T) {
	var b strings.Builder
	families := map[Family]int{}
	for _, m := range sample.Media() {
		var net fs.FS
		if m.Netboot != nil {
			net = m.Netboot
		}
		img, err := Recognise(m.Tree, net)
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if err := ValidName(SuggestName(img)); err != nil {
			t.Errorf("%s: the suggested name is not valid: %v", m.Name, err)
		}
		if m.Unknown {
			families[img.Family]++
		}
		if _, kernel := img.Find(Kernel); img.Family != Unknown && !kernel && img.Family != Windows {
			t.Errorf("%s: no kernel", m.Name)
		}
		if img.RAM == 0 && img.Family != Unknown {
			t.Errorf("%s: nothing is said of its memory", m.Name)
		}
		fmt.Fprintf(&b, "== %s\n%sram=%d whole=%t\n\n", m.Name, summary(img), img.RAM, img.Whole)
	}
	for _, f := range []Family{Unknown, Debian, Subiquity, RedHat, SUSE, Arch, Alpine, CoreOS, Flatcar, Proxmox, ESXi, Windows, Live} {
		if families[f] == 0 {
			t.Errorf("no release that is not known was tried of %s", f)
		}
	}
	golden.Check(t, "families.txt", b.String())
}

// A copy by cp -r MEDIUM/* has no .treeinfo, .discinfo or .disk/info.
func TestACopyWithoutDotFilesIsItsFamilyStill(t *testing.T) {
	pxe := files("images/pxeboot/vmlinuz="+linux("6.12.0"), "images/pxeboot/initrd.img", "images/install.img")
	casper := files("casper/vmlinuz", "casper/initrd", "dists/zany/main/binary-amd64/Packages.gz",
		"dists/zany/Release=Origin: Ubuntu\nCodename: zany\nVersion: 30.04\nArchitectures: amd64\n")
	agama := files("boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", "LiveOS/squashfs.img", "install/repodata/repomd.xml")
	for _, k := range []struct {
		tree    fs.FS
		family  Family
		release string
		server  bool
	}{
		{join(pxe, files("BaseOS/Packages/r/redhat-release-12.1-0.1.el12.x86_64.rpm", "BaseOS/repodata/repomd.xml")), RedHat, "rhel-12", false},
		{join(pxe, files("Packages/f/fedora-release-common-55-1.noarch.rpm")), RedHat, "fedora-55", false},
		{join(pxe, files("BaseOS/Packages/rocky-release-11.2-1.el11.noarch.rpm")), RedHat, "rocky-11", false},
		{join(pxe, files("BaseOS/Packages/centos-stream-release-11.0-1.el11.noarch.rpm")), RedHat, "centos-stream-11", false},
		{pxe, RedHat, "rhel", false},
		{join(casper, files("casper/ubuntu-server-minimal.squashfs")), Subiquity, "ubuntu-30.04", true},
		{join(casper, files("casper/minimal.squashfs")), Subiquity, "ubuntu-30.04", false},
		{join(agama, files("install/x86_64/Leap-release-16.1-160099.1.x86_64.rpm")), SUSE, "opensuse-leap-16.1", false},
		{join(agama, files("install/x86_64/SLES-release-16.0-160099.1.x86_64.rpm")), SUSE, "sles-16", false},
	} {
		img, err := Recognise(k.tree, nil)
		if err != nil || img.Family != k.family || img.Release != k.release || !img.Netboot || img.CPU != "amd64" {
			t.Errorf("want %s %s: %s %q, CPU %q, netboot %v, %v, %v", k.family, k.release, img.Family, img.Release, img.CPU, img.Netboot, img.Warnings, err)
		}
		if k.server != strings.Contains(img.Title, "Server") {
			t.Errorf("%s: %q", k.release, img.Title)
		}
		if k.family == SUSE && (!img.Whole || img.MirrorDir != "install") {
			t.Errorf("%s: not Agama's: %+v", k.release, img)
		}
	}
	for _, lacking := range []fs.FS{files("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"), files("casper/vmlinuz", "casper/initrd")} {
		if img, err := Recognise(lacking, nil); err != nil || img.Family != Unknown {
			t.Errorf("%s %v: want unknown", img.Family, err)
		}
	}
}

func TestTheFileNameOfTheMediumIsNeverAsked(t *testing.T) {
	a, err := Recognise(debianDVD(trx), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Family != Debian || a.Name != "" {
		t.Errorf("family %q, name %q", a.Family, a.Name)
	}
}

func TestNoMediumAtAllIsInvalid(t *testing.T) {
	if _, err := Recognise(nil, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}

// broken fails to open one name, as a damaged ISO does.
type broken struct {
	fs.FS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fault.New(fault.Invalid, "download it again", "the image is damaged")}
	}
	return b.FS.Open(name)
}

func TestADamagedMediumIsAnErrorAndNotUnknown(t *testing.T) {
	_, err := Recognise(broken{debianDVD(trx), ".disk/info"}, nil)
	if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) != "download it again" {
		t.Errorf("got %v (%v), want the damage with its hint", err, fault.KindOf(err))
	}
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestAnotherKernelThanTheMediumsIsSaid(t *testing.T) {
	img, err := Recognise(debianDVD(trx), netbootTree("", "debian-installer", "amd64", "6.12.48+deb13-amd64", v13))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(img.Warnings, "\n"); !strings.Contains(got, "anna/no_kernel_modules: kernel 6.12.48+deb13-amd64 is not on the medium") || !strings.Contains(got, k13) {
		t.Errorf("warnings: %s", got)
	}
}

func TestTheCPUOfAFlatNetbootTreeIsReadFromItsKernel(t *testing.T) {
	img, err := Recognise(files("linux="+linux(k13), "initrd.gz", "version.info="+v13), nil)
	if err != nil || img.CPU != "amd64" || !img.Netboot {
		t.Errorf("cpu %q netboot %t err %v", img.CPU, img.Netboot, err)
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add(trx[11:], "[general]\nfamily = Fedora\nversion = 43\narch = x86_64\n", "1\n2\n3\n", linux(k13), v13, "Codename: trixie\n")
	f.Add("Ubuntu-Server 1.1 \"\" - ", "[", "\n\n\n", "", "", ":")
	f.Fuzz(func(t *testing.T, info, tree, disc, kernel, version, release string) {
		m := files("install/netboot/debian-installer/amd64/initrd.gz")
		for k, v := range map[string]string{".disk/info": info, ".treeinfo": tree, ".discinfo": disc, "install/netboot/version.info": version,
			"install/netboot/debian-installer/amd64/linux": kernel, "dists/trixie/Release": release, "media.1/media": tree, "content": info} {
			m[k] = &fstest.MapFile{Data: []byte(v)}
		}
		img, err := Recognise(m, m)
		if err != nil {
			t.Fatal(err)
		}
		if err := ValidName(SuggestName(img)); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(img.Title+img.Release+strings.Join(img.Warnings, ""), "\n\x00\x1b") {
			t.Fatalf("control characters reach people: %+v", img)
		}
	})
}
