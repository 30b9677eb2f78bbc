package answer

import (
	"path"
	"slices"
	"strings"

	"seedbed/internal/core/image"
)

// otherArgs are the arguments of the families whose installers are systems of
// their own, started from memory.
func otherArgs(s Subject, url string, in *Install) []string {
	switch s.Image.Family {
	case image.Arch:
		return archArgs(s)
	case image.Alpine:
		return alpineArgs(s)
	case image.CoreOS:
		return coreOSArgs(s, url, in)
	case image.Flatcar:
		args := []string{"flatcar.first_boot=1"}
		if url != "" {
			args = append(args, "ignition.config.url="+url)
		}
		return args
	case image.Proxmox:
		args := []string{"ramdisk_size=16777216", "rw", "quiet", "splash=silent"}
		if url != "" { // which it learns from its medium, or from DHCP
			args = append(args, "proxmox-start-auto-installer")
		}
		return args
	case image.Live:
		return []string{"boot=live", "components", "ip=dhcp", "fetch=" + bootFile(s, image.Stage2)}
	}
	return nil
}

// bootFile is the address of one of the image's boot files.
func bootFile(s Subject, r image.Role) string {
	f, _ := s.Image.Find(r)
	return s.Server + "/boot/" + s.Image.Name + "/" + path.Base(f.Path)
}

// archArgs: the initramfs puts its own directory behind archiso_http_srv, which
// must end with a slash (mkinitcpio-archiso, hooks/archiso_pxe_http).
func archArgs(s Subject) []string {
	k, _ := s.Image.Find(image.Kernel)
	base, _, _ := strings.Cut(k.Path, "/")
	return []string{"archisobasedir=" + base, "archiso_http_srv=" + s.Server + "/images/" + s.Image.Name + "/", "ip=dhcp"}
}

func alpineArgs(s Subject) []string {
	args := []string{"ip=dhcp", "modloop=" + bootFile(s, image.Stage2)}
	if s.Image.Mirror {
		args = append(args, "alpine_repo="+tree(s))
	}
	return args
}

// coreOSArgs install to the disk that the profile's own arguments name; without
// one, and with install: always, the live system takes the configuration itself.
// What is rendered from install: picks the disk and installs.
func coreOSArgs(s Subject, url string, in *Install) []string {
	args := []string{"ip=dhcp", "rd.neednet=1"}
	if _, ok := s.Image.Find(image.Stage2); ok {
		args = append(args, "coreos.live.rootfs_url="+bootFile(s, image.Stage2))
	}
	if url == "" {
		return args
	}
	named := slices.ContainsFunc(s.UserArgs, func(a string) bool { return strings.HasPrefix(a, "coreos.inst.install_dev=") })
	if named && in == nil {
		return append(args, "coreos.inst.ignition_url="+url)
	}
	return append(args, "ignition.firstboot", "ignition.platform.id=metal", "ignition.config.url="+url)
}

// liveISOArgs start SUSE's installers from 16 on: dracut fetches the medium
// whole, Agama its answers.
func liveISOArgs(s Subject, url string) []string {
	args := []string{"root=live:" + s.Server + "/images/" + s.Image.Name + ".iso", "ip=dhcp", "rd.neednet=1"}
	if s.Image.Mirror {
		args = append(args, "inst.install_url="+tree(s))
	}
	if url != "" {
		args = append(args, "inst.auto="+url)
	}
	return args
}
