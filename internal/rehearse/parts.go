package rehearse

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// hardware gathers the virtual machine's parts and says how it will run.
func (r *run) hardware(ctx context.Context) (hardware, error) {
	h := hardware{Firmware: r.Firmware, Accel: r.Accel, Memory: r.Memory,
		UUID: "5eedbed0-0000-4000-8000-525400" + "5eed01"}
	for i := range max(1, r.Cards) {
		h.MACs = append(h.MACs, fmt.Sprintf("52:54:00:5e:ed:%02x", i+1))
	}
	for i := range max(1, r.Disks) {
		file, err := os.Create(filepath.Join(r.work, fmt.Sprintf("disk%d.raw", i)))
		if err != nil {
			return h, err
		}
		err = file.Truncate(r.DiskSize)
		file.Close()
		if err != nil {
			return h, fault.Wrap(err, fault.Unavailable, "set TMPDIR to a file system with room", "making the virtual disk")
		}
		h.Disks = append(h.Disks, file.Name())
	}
	if r.Firmware != BIOS {
		fl, err := findFlash(r.Firmware)
		if err != nil {
			return h, err
		}
		vars, err := os.ReadFile(fl.vars)
		if err != nil {
			return h, err
		}
		h.Code, h.Vars = fl.code, filepath.Join(r.work, "vars.fd")
		if err := os.WriteFile(h.Vars, vars, 0o600); err != nil {
			return h, err
		}
	}
	if _, err := findQEMU(r.Firmware); err != nil {
		return h, err
	}
	if h.Accel == "" || h.Accel == "auto" {
		var why string
		h.Accel, why = r.accelerator(ctx)
		r.Say(0, "", why)
	}
	r.result.Accel, h.CPUs = h.Accel, processors(h.Accel)
	return h, nil
}

// processors is how many the machine has. An emulated one has a single one:
// installers work on one thing at a time, and QEMU's emulation of several at
// once has races that end in kernel panics of its own making.
func processors(accel string) int {
	if accel == "kvm" {
		return 2
	}
	return 1
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
		return accelerator(ctx, kernel)
	}
	return "tcg", none
}
