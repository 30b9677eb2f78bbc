package rehearse

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"seedbed/internal/core/image"
	"seedbed/internal/rehearse/vm"
)

// hardware gathers the virtual machine's parts and says how it will run.
func (r *run) hardware(ctx context.Context) (vm.Hardware, error) {
	h, err := vm.Parts(r.Firmware, r.work, max(1, r.Disks), r.DiskSize, max(1, r.Cards))
	if err != nil {
		return h, err
	}
	accel := r.Accel
	if accel == "" || accel == "auto" {
		var why string
		accel, why = r.accelerator(ctx)
		r.Say(0, "", why)
	}
	h.Memory = r.Memory
	h.RunBy(accel)
	r.result.Accel = accel
	return h, nil
}

// accelerator tries KVM with the very kernel that will be installed from.
func (r *run) accelerator(ctx context.Context) (string, string) {
	none := "the machine is emulated, which is several times slower"
	if r.Firmware.CPU() != runtime.GOARCH {
		return "tcg", "this host has another processor: " + none
	}
	prof := r.Config.Boot.Profiles[r.Profile]
	for _, img := range r.Images {
		f, ok := img.Find(image.Kernel)
		if img.Name != prof.Image || !ok {
			continue
		}
		fsys, err := r.Trees.Tree(img, f.Side)
		if err != nil {
			return "tcg", none
		}
		in, err := fsys.Open(f.Path)
		if err != nil {
			return "tcg", none
		}
		defer in.Close()
		kernel := filepath.Join(r.work, "kernel")
		out, err := os.Create(kernel)
		if err != nil {
			return "tcg", none
		}
		_, err = io.Copy(out, in)
		if out.Close(); err != nil {
			return "tcg", none
		}
		return vm.Accelerator(ctx, kernel)
	}
	return "tcg", none
}
