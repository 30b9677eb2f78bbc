package image

import (
	"regexp"
	"strings"

	"seedbed/internal/core/image/tree"
)

var shellValue = regexp.MustCompile(`(?m)^([A-Z]+)='?([^'\n]*)'?$`)

// proxmox fills the image from a medium of Proxmox VE, Backup Server or Mail
// Gateway, by its .cd-info, shell variables. Its initrd searches the disks for
// the medium, or takes /proxmox.iso from an initrd.
func (p *probe) proxmox() bool {
	if !p.med.IsFile("boot/linux26") || !p.med.IsDir("proxmox") {
		return false
	}
	v := map[string]string{}
	for _, m := range shellValue.FindAllStringSubmatch(p.med.Text(".cd-info"), -1) {
		v[m[1]] = m[2]
	}
	name, short := v["PRODUCTLONG"], v["PRODUCT"]
	if name == "" {
		name = "Proxmox VE"
	}
	if short == "" {
		short = "ve"
	}
	p.img.Family, p.img.CPU, p.img.Whole = Proxmox, "amd64", true
	p.named("proxmox-"+strings.TrimPrefix(strings.ToLower(tree.Clip(short, 10)), "p"), tree.Clip(name, 40), v["RELEASE"])
	p.add(Kernel, Medium, "boot/linux26")
	p.img.Netboot = p.addFirst(Initrd, Medium, "boot/initrd.img", "boot/initrd")
	p.addFirst(Stage2, Medium, "pve-installer.squashfs", "pve-base.squashfs")
	p.img.RAM = 4096
	p.wantPair("boot/linux26 and boot/initrd.img")
	p.answered()
	p.warn("iPXE and GRUB hand the medium to the installer whole, PXELINUX cannot: BIOS machines start iPXE first; the machine holds the medium in memory")
	return true
}

// answered says where the installer of a medium of Proxmox's gets its answers:
// a file says so, which proxmox-auto-install-assistant puts on the medium.
func (p *probe) answered() {
	const mode = "auto-installer-mode.toml"
	switch {
	case !p.med.IsFile("auto-installer-capable"):
		p.warn("its installer takes no answers (that came with 8.2): a person answers")
	case !p.med.IsFile(mode):
		p.warn("a person answers: for answers from this server prepare the medium, proxmox-auto-install-assistant prepare-iso FILE --fetch-from http, and import what that makes")
	case !httpMode.MatchString(p.med.Text(mode)):
		p.warn(mode, " on it names another source of answers than HTTP: this server is not asked")
	default:
		p.add(Answers, Medium, mode)
	}
}

var httpMode = regexp.MustCompile(`(?m)^\s*mode\s*=\s*["']http["']`)

var esxVersion = regexp.MustCompile(`<esxVersion>([0-9.]+)<`)

// esxi fills the image from an installer of VMware ESXi, by its boot.cfg: the
// loader mboot fetches what that names.
func (p *probe) esxi() bool {
	cfg := p.med.Text(p.med.Fold("boot.cfg"))
	if !strings.Contains(cfg, "kernel=") || !strings.Contains(cfg, "modules=") {
		return false
	}
	p.img.Family, p.img.CPU, p.img.RAM = ESXi, "amd64", 8192
	version := ""
	for line := range strings.Lines(cfg) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "build="); ok {
			version, _, _ = strings.Cut(v, "-")
		}
	}
	if version == "" { // before 6.5 boot.cfg has no build; VMware's installer says it
		if m := esxVersion.FindStringSubmatch(p.med.Text("upgrade/metadata.xml")); m != nil {
			version = m[1]
		}
	}
	p.named("esxi", "VMware ESXi", version)
	bios := p.add(Multiboot, Medium, p.med.Fold("mboot.c32"))
	p.img.Netboot = p.addFirst(Kernel, Medium, p.med.Fold("efi/boot/mboot.efi"), p.med.Fold("efi/boot/bootx64.efi"))
	p.img.Netboot = p.img.Netboot || bios
	if !bios {
		p.warn("no mboot.c32: only UEFI machines can start it")
	}
	if !p.img.Netboot {
		p.warn("looked for mboot.c32 and efi/boot/bootx64.efi and found neither: nothing can be started from this medium")
	}
	return true
}

// windows fills the image from an installation medium of Windows. wimboot, a
// loader of the host, starts Windows PE from its boot files.
func (p *probe) windows() bool {
	has := func(n string) bool { return p.med.IsFile(p.med.Fold(n)) }
	boot := has("sources/boot.wim")
	if !boot && !has("sources/install.wim") && !has("sources/install.esd") || !has("bootmgr") && !has("setup.exe") {
		return false
	}
	p.img.Family, p.img.RAM = Windows, 4096
	w, name := p.med.WIM(p.med.Fold("sources/boot.wim")), ""
	for _, f := range []string{"sources/install.wim", "sources/install.esd", "sources/install.swm"} {
		if i := p.med.WIM(p.med.Fold(f)); i.Name != "" {
			name = i.Name
			if w.CPU == "" {
				w = i
			}
		}
	}
	p.img.CPU = w.CPU
	p.windowsRelease(name, w.Build)
	p.img.Netboot = boot
	for _, f := range []string{"bootmgr", "bootmgr.efi", "boot/bcd", "efi/microsoft/boot/bcd", "boot/boot.sdi", "sources/boot.wim"} {
		if at := p.med.Fold(f); p.med.IsFile(at) {
			size, _ := p.med.Size(at)
			p.img.Files = append(p.img.Files, File{Role: Hand, Side: Medium, Path: at, Size: size})
		} else if f != "bootmgr.efi" && f != "efi/microsoft/boot/bcd" {
			p.img.Netboot = false
			p.warn("looked for ", f, " and did not find it: Windows PE cannot be started from this medium")
		}
	}
	p.warn("iPXE starts Windows PE with the loader wimboot of the host; its Setup then asks for install.wim, which it takes from a file share and not over HTTP: ",
		"a share with the medium's files is needed, and a boot.wim whose startnet.cmd runs Setup from there (docs/answer-files.md)")
	return true
}

var windowsName = regexp.MustCompile(`Windows (Server )?(Vista|XP|\d[0-9.]*)( R2)?`)

// windowsRelease names the release from the first edition's name, else from
// the build.
func (p *probe) windowsRelease(name, build string) {
	m := windowsName.FindStringSubmatch(name)
	switch {
	case m == nil:
		p.named("windows", "Windows (build "+tree.Clip(build, 10)+")", "")
		if build == "" {
			p.named("windows", "Windows", "")
		}
	case m[1] != "":
		p.named("windows-server", "Windows Server", m[2])
		p.img.Release += strings.ToLower(strings.ReplaceAll(m[3], " ", ""))
	default:
		p.img.Release, p.img.Title = "windows-"+strings.ToLower(m[2]), strings.TrimSpace("Windows "+m[2]+" "+p.img.CPU)
	}
}
