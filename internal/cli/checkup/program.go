package checkup

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/image"
	"seedbed/internal/disk/loader"
	"seedbed/internal/rehearse/vm"
)

// wimbootHint is where wimboot comes from: few distributions package it.
const wimbootHint = "install the package wimboot where the distribution has one (Arch does); else put the file of ipxe.org/wimboot at /usr/local/lib/ipxe/wimboot"

// Programs looks for the boot loaders of this host, and for QEMU and its
// firmware; images tell which of the rare ones are needed.
func (r *Report) Programs(images []image.Image) {
	loaders := loader.Find()
	for _, m := range loaders.Missing() {
		if rare(m.Name) {
			r.Note(fmt.Sprintf("%s is not on this host (package %s): %s", m.Name, m.Package, m.What))
			continue
		}
		r.Add("loader", "boot loader "+m.Name+" is not on this host: "+m.What, "install the package "+m.Package)
	}
	if version, mixed := loaders.Syslinux(); mixed {
		r.Add("loader", "pxelinux.0 ("+version+") and its module ldlinux.c32 are not of the same version: machines stop before the menu", "install both from one version of the distribution's packages")
	}
	if !loaders.Has("wimboot") {
		what := "wimboot is not on this host: it starts Windows PE over the network"
		if i := slices.IndexFunc(images, func(m image.Image) bool { return m.Family == image.Windows }); i >= 0 {
			r.Add("wimboot", what+" (image "+images[i].Name+")", wimbootHint)
		} else {
			r.Note(what + "; " + wimbootHint)
		}
	}
	missing := map[string]bool{} // QEMU is missing for all of its firmwares
	for _, fw := range vm.Firmwares {
		err := vm.Missing(fw)
		if err == nil || missing[err.Error()] {
			continue
		}
		missing[err.Error()] = true
		switch fw {
		case vm.BIOS, vm.UEFI:
			r.Fault("rehearse", err)
		default:
			r.Note("cannot rehearse " + string(fw) + ": " + err.Error())
		}
	}
}

// rare says that a loader is for machines that most sites do not have, so
// that its absence is no finding.
func rare(name string) bool {
	return strings.Contains(name, "arm64") || strings.Contains(name, "aa64") || strings.Contains(name, "i386") || strings.Contains(name, "ia32")
}
