package boot

import (
	"path"
	"slices"
	"strings"

	"seedbed/internal/core/image"
	"seedbed/internal/core/machine"
)

// withLoader turns a goal into what DHCP offers: the first program.
func (d *Desk) withLoader(goal Decision, s machine.Sighting, p Place) Decision {
	dec := goal
	dec.Kind, dec.NextServer = Loader, p.Server
	pref := d.preference(goal)
	if goal.Target.NeedsIPXE(s.Arch == machine.ArchBIOS || s.Arch == machine.ArchBIOSHTTP) {
		pref = "ipxe"
	}
	if p.Subnet != nil {
		if p.Subnet.NextServer.IsValid() {
			dec.NextServer = p.Subnet.NextServer
		}
		if f := p.Subnet.BootFile; f != "" && suits(f, s) {
			if s.Firmware == machine.UEFIHTTP && !strings.Contains(f, "://") {
				f = p.URL("/" + strings.TrimLeft(f, "/"))
			}
			dec.BootFile = f
			return dec
		}
	}
	file := d.loaderFor(pref, goal, s)
	switch {
	case file == "":
		dec.Kind = Ignore
		dec.Why = "no boot loader for " + describe(s) + " on this host (seedbed doctor names the package)"
	case file == ipxeScript:
		dec.BootFile = p.URL("/boot/01-" + s.MAC.Hyphened() + "/" + ipxeScript)
	case s.Firmware == machine.UEFIHTTP:
		dec.BootFile = p.URL("/" + file)
	default:
		dec.BootFile = file
	}
	return dec
}

const ipxeScript = "boot.ipxe"

func (d *Desk) preference(goal Decision) string {
	set := d.settings.Load()
	if prof, ok := set.Profiles[goal.Profile]; ok && prof.Loader != "" {
		return prof.Loader
	}
	if set.Loader == "" {
		return "auto"
	}
	return set.Loader
}

// suits says whether a boot file that the settings force can run on what
// asks: a BIOS loader given to UEFI only makes it fail, so it is passed over.
func suits(file string, s machine.Sighting) bool {
	base := strings.ToLower(path.Base(file))
	runsIPXE := s.Firmware == machine.IPXE
	switch ext := path.Ext(base); {
	case ext == ".ipxe":
		return runsIPXE // a script
	case runsIPXE && isIPXE(base):
		return false // this would be a loop
	case !s.HasArch:
		return true
	default:
		return (ext == ".efi") == (s.Arch != machine.ArchBIOS && s.Arch != machine.ArchBIOSHTTP)
	}
}

// isIPXE knows the files that iPXE is built as, by their names.
func isIPXE(base string) bool {
	switch path.Ext(base) {
	case ".kpxe", ".kkpxe", ".kkkpxe", ".pxe", ".efi", ".lkrn":
		return strings.HasPrefix(base, "undionly") || strings.HasPrefix(base, "ipxe") || strings.HasPrefix(base, "snponly")
	}
	return false
}

func describe(s machine.Sighting) string {
	cpu := s.Arch.CPU()
	if cpu == "" {
		cpu = "an unknown CPU"
	}
	return string(s.Firmware) + " on " + cpu
}

// loaderFor picks the first program for who asks, by the settings' preference
// and by what there is; "" when there is nothing.
func (d *Desk) loaderFor(pref string, goal Decision, s machine.Sighting) string {
	cpu := s.Arch.CPU()
	bios := s.Arch == machine.ArchBIOS || s.Arch == machine.ArchBIOSHTTP
	var try []string
	grub := d.grubFor(goal, cpu)
	ipxe := ipxeFor(bios, cpu)
	if s.Firmware == machine.IPXE {
		ipxe = []string{ipxeScript}
	}
	switch {
	case bios && pref == "pxelinux", bios && pref == "auto" && s.Firmware != machine.IPXE, bios && pref == "grub":
		try = append([]string{"pxelinux.0"}, ipxe...)
	case bios:
		try = append(ipxe, "pxelinux.0")
	case goal.Kind == LocalDisk && s.Firmware != machine.IPXE:
		// GRUB starts the disk's own loader. iPXE can only leave, and the
		// firmware then tries each of its other network entries first.
		try = append(grub, ipxe...)
	case pref == "ipxe", pref == "auto" && s.Firmware == machine.IPXE:
		try = append(ipxe, grub...)
	default:
		try = append(grub, ipxe...)
	}
	for _, f := range try {
		if f == ipxeScript || strings.Contains(f, "/") || d.Loaders.Has(f) {
			return f
		}
	}
	return ""
}

func ipxeFor(bios bool, cpu string) []string {
	switch {
	case bios:
		return []string{"undionly.kpxe"}
	case cpu == "arm64":
		return []string{"snponly-arm64.efi", "ipxe-arm64.efi"}
	case cpu == "i386":
		return []string{"snponly-i386.efi", "ipxe-i386.efi"}
	case cpu == "amd64":
		return []string{"snponly.efi", "ipxe.efi"}
	}
	return nil
}

// grubFor is the shim of the goal's own image, else one of the same publisher:
// another image's, or the host's. A shim verifies only the GRUB and kernel that
// its distribution signed; others' come last, for machines without Secure Boot
// and for menus, which start no kernel yet.
func (d *Desk) grubFor(goal Decision, cpu string) []string {
	own, known := d.Catalogue.Get(goal.Image)
	var first, same, others []string
	for _, img := range d.Catalogue.All() {
		f, ok := img.Find(image.Shim)
		if !ok || img.CPU != cpu {
			continue
		}
		file := "boot/" + img.Name + "/" + path.Base(f.Path)
		switch {
		case known && img.Name == own.Name:
			first = append(first, file)
		case known && img.Publisher() == own.Publisher():
			same = append(same, file)
		default:
			others = append(others, file)
		}
	}
	host := map[string][]string{
		"arm64": {"shimaa64.efi", "grubaa64.efi"}, "amd64": {"shimx64.efi", "grubx64.efi"}, "i386": {"shimia32.efi", "grubia32.efi"},
	}[cpu]
	if p, ok := d.Loaders.(interface{ Publisher() string }); ok && known && p.Publisher() == own.Publisher() {
		return slices.Concat(first, same, host, others)
	}
	return slices.Concat(first, same, others, host)
}
