package sample

import (
	"encoding/binary"
	"strings"
	"testing/fstest"
	"unicode/utf16"
)

// Medium is one sample.
type Medium struct {
	Name    string // for people, as "Rocky Linux 9"
	Key     string // a file name
	From    string // where names and texts come from
	Tree    fstest.MapFS
	Netboot fstest.MapFS // given with it; nil: none
	Unknown bool         // a release that no table knows
}

// Files makes a tree: "path" is a file that holds an x, "path=text" one with
// text.
func Files(specs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, s := range specs {
		name, text, ok := strings.Cut(s, "=")
		if !ok {
			text = "x"
		}
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// Join puts trees into one.
func Join(trees ...fstest.MapFS) fstest.MapFS {
	m := fstest.MapFS{}
	for _, t := range trees {
		for k, v := range t {
			m[k] = v
		}
	}
	return m
}

// Linux is the head of a 64-bit bzImage that names its release
// (Documentation/arch/x86/boot.rst).
func Linux(release string) string {
	b := make([]byte, 0x3000)
	copy(b[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(b[0x206:], 0x20f)
	binary.LittleEndian.PutUint16(b[0x20e:], 0x2000-0x200)
	b[0x236] = 0x7f
	copy(b[0x2000:], release+" (buildd@here) #1 SMP\x00")
	return string(b)
}

// WIM is a Windows image file without images: its header and its description.
func WIM(xml string) string {
	u := utf16.Encode([]rune("\ufeff" + xml))
	b := make([]byte, 208, 208+2*len(u))
	copy(b, "MSWIM\x00\x00\x00")
	binary.LittleEndian.PutUint64(b[72:], uint64(2*len(u))|2<<56) // flags in the top byte
	binary.LittleEndian.PutUint64(b[80:], 208)
	for _, x := range u {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return string(b)
}

// edition is the description of one Windows edition.
func edition(name, arch, build string) string {
	return "<WIM><IMAGE INDEX=\"1\"><WINDOWS><ARCH>" + arch + "</ARCH><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>" + build +
		"</BUILD></VERSION></WINDOWS><NAME>" + name + "</NAME></IMAGE></WIM>"
}

// TreeInfo is a .treeinfo of Anaconda's family.
func TreeInfo(family, version string) string {
	return "[general]\n; WARNING.0 = compatibility\narch = x86_64\nfamily = " + family + "\nname = " + family + " " + version + "\nversion = " + version +
		"\n[images-x86_64]\ninitrd = images/pxeboot/initrd.img\nkernel = images/pxeboot/vmlinuz\n[stage2]\nmainimage = images/install.img\n"
}

// Anaconda is a medium of Anaconda's family from release 6 on.
func Anaconda(family, version string, extra ...string) fstest.MapFS {
	return Join(Files(".treeinfo="+TreeInfo(family, version), "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img",
		"images/install.img", "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/grubx64.efi", "isolinux/vmlinuz", "isolinux/initrd.img"), Files(extra...))
}

// di is a medium of debian-installer, with its own netboot pair where it is
// Ubuntu's.
func di(info, codename, origin, version string, ubuntu bool) fstest.MapFS {
	m := Files(".disk/info="+info,
		"dists/"+codename+"/Release=Origin: "+origin+"\nSuite: "+codename+"\nVersion: "+version+"\nCodename: "+codename+"\nArchitectures: amd64\n",
		"dists/"+codename+"/Release.gpg", "dists/"+codename+"/main/binary-amd64/Packages.gz", "dists/"+codename+"/main/debian-installer/binary-amd64/Packages.gz")
	if ubuntu {
		return Join(m, Files("install/vmlinuz", "install/initrd.gz", "install/netboot/ubuntu-installer/amd64/linux="+Linux("4.15.0-55-generic"),
			"install/netboot/ubuntu-installer/amd64/initrd.gz", "install/netboot/version.info=Ubuntu version: "+version+"\n"))
	}
	return Join(m, Files("install.amd/vmlinuz="+Linux("6.12.0-1-amd64"), "install.amd/initrd.gz"))
}

// netboot is Debian's netboot.tar.gz.
func netboot(version, codename string) fstest.MapFS {
	d := "debian-installer/amd64/"
	return Files("version.info=Debian version:  "+version+" ("+codename+")\n", d+"linux="+Linux("6.12.0-1-amd64"), d+"initrd.gz", d+"bootnetx64.efi", d+"grubx64.efi", d+"pxelinux.0")
}

func liveServer(version, name, stamp string) fstest.MapFS {
	codename := strings.ToLower(strings.Fields(name)[0])
	return Files(`.disk/info=Ubuntu-Server `+version+` LTS "`+name+`" - Release amd64 (`+stamp+`)`, "casper/vmlinuz", "casper/initrd",
		"casper/hwe-vmlinuz", "casper/hwe-initrd", "dists/"+codename+"/Release=Origin: Ubuntu\nCodename: "+codename+"\n")
}

func suse(media, products string, extra ...string) fstest.MapFS {
	m := Files("media.1/media="+media, "boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", "boot/x86_64/root", "EFI/BOOT/bootx64.efi", "EFI/BOOT/grub.efi")
	if products != "" {
		m["media.1/products"] = &fstest.MapFile{Data: []byte(products)}
	}
	return Join(m, Files(extra...))
}

func windows(install, arch, build string) fstest.MapFS {
	return Files("bootmgr", "bootmgr.efi", "setup.exe", "boot/bcd", "boot/boot.sdi", "efi/microsoft/boot/bcd", "efi/boot/bootx64.efi",
		"sources/boot.wim="+WIM(edition("Microsoft Windows PE ("+arch+")", arch, build)), "sources/install.wim="+WIM(edition(install, arch, build)))
}

func esxi(kernel, build string) fstest.MapFS {
	cfg := "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nprefix=\nkernel=/" + kernel +
		"\nkernelopt=runweasel cdromBoot\nmodules=/jumpstrt.gz --- /useropts.gz --- /s.v00\n"
	if build != "" {
		cfg += "build=" + build + "\nupdated=0\n"
	}
	return Files("boot.cfg="+cfg, "efi/boot/boot.cfg="+cfg, kernel, "jumpstrt.gz", "useropts.gz", "s.v00", "mboot.c32", "efi/boot/bootx64.efi",
		"upgrade/metadata.xml=<?xml version=\"1.0\"?><vum><product><esxVersion>5.5.0</esxVersion></product></vum>")
}

// prepared is a medium of Proxmox's that asks for its answers by HTTP.
func prepared(t fstest.MapFS) fstest.MapFS {
	t["auto-installer-mode.toml"] = &fstest.MapFile{Data: []byte("mode = \"http\"\npartition_label = \"proxmox-ais\"\n\n[http]\n")}
	return t
}

func proxmox(long, short, release string) fstest.MapFS {
	return Files(".cd-info=PRODUCT='"+short+"'\nPRODUCTLONG='"+long+"'\nRELEASE='"+release+"'\nISORELEASE='1'\n", ".disk/info=PRODUCT='"+short+"'",
		".pve-cd-id.txt", "boot/linux26="+Linux("6.8.4-2-pve"), "boot/initrd.img", "pve-base.squashfs", "pve-installer.squashfs", "proxmox/packages/x.deb",
		"dists/trixie/pve/binary-amd64/Packages", "auto-installer-capable")
}
