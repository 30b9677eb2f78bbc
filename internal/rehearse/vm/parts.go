package vm

import (
	"fmt"
	"os"
	"path/filepath"

	"seedbed/internal/fault"
)

// Parts makes a machine's parts in dir: empty disks of size bytes, network
// cards, and the firmware's variables. How fast and on what it runs is the
// caller's to say.
func Parts(fw Firmware, dir string, disks int, size int64, cards int) (Hardware, error) {
	h := Hardware{Dir: dir, Firmware: fw, UUID: "5eedbed0-0000-4000-8000-525400" + "5eed01"}
	for i := range cards {
		h.MACs = append(h.MACs, fmt.Sprintf("52:54:00:5e:ed:%02x", i+1))
	}
	for i := range disks {
		file, err := os.Create(filepath.Join(dir, fmt.Sprintf("disk%d.raw", i)))
		if err != nil {
			return h, err
		}
		err = file.Truncate(size)
		file.Close()
		if err != nil {
			return h, fault.Wrap(err, fault.Unavailable, "set TMPDIR to a file system with room", "making the virtual disk")
		}
		h.Disks = append(h.Disks, file.Name())
	}
	if fw != BIOS {
		fl, err := findFlash(fw)
		if err != nil {
			return h, err
		}
		vars, err := os.ReadFile(fl.vars)
		if err != nil {
			return h, err
		}
		h.Code, h.Vars = fl.code, filepath.Join(dir, "vars.fd")
		if err := os.WriteFile(h.Vars, vars, 0o600); err != nil {
			return h, err
		}
	}
	_, err := findQEMU(fw)
	return h, err
}

// RunBy says what runs the machine, kvm or tcg, and gives it as many
// processors as that bears. An emulated one has a single one: installers work
// on one thing at a time, and QEMU's emulation of several at once has races
// that end in kernel panics of its own making.
func (h *Hardware) RunBy(accel string) {
	h.Accel, h.CPUs = accel, 1
	if accel == "kvm" {
		h.CPUs = 2
	}
}
