package vm

import (
	"os"
	"os/exec"
	"runtime"
	"strings"

	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// Firmware is what the virtual machine boots with.
type Firmware string

// The firmwares a rehearsal knows.
const (
	BIOS       Firmware = "bios"       // SeaBIOS and the network card's own iPXE ROM
	UEFI       Firmware = "uefi"       // OVMF and its own network boot
	UEFIHTTP   Firmware = "uefi-http"  // OVMF's HTTP Boot
	SecureBoot Firmware = "secureboot" // OVMF that runs only what Microsoft's keys or the vendor's behind shim have signed
	ARM64      Firmware = "arm64"      // a 64-bit ARM machine and its UEFI (AAVMF)
)

// Firmwares lists them all.
var Firmwares = []Firmware{BIOS, UEFI, UEFIHTTP, SecureBoot, ARM64}

// Seen is what a machine with this firmware is for the rest of the program.
func (f Firmware) Seen() machine.Firmware {
	switch f {
	case BIOS:
		return machine.BIOS
	case UEFIHTTP:
		return machine.UEFIHTTP
	}
	return machine.UEFI
}

// CPU is the processor's name, as images have it.
func (f Firmware) CPU() string {
	if f == ARM64 {
		return "arm64"
	}
	return "amd64"
}

// flash is a pair of firmware files: the code, and the variables to copy.
type flash struct{ code, vars string }

// flashes are where distributions keep the firmware: Debian and Ubuntu, Fedora
// and RHEL, SUSE, Arch.
var flashes = map[Firmware][]flash{
	UEFI: {
		{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
		{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
		{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
		{"/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin"},
		{"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
	},
	SecureBoot: {
		{"/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"},
		{"/usr/share/OVMF/OVMF_CODE.ms.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd"},
		{"/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd", "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd"},
		{"/usr/share/qemu/ovmf-x86_64-smm-ms-code.bin", "/usr/share/qemu/ovmf-x86_64-smm-ms-vars.bin"},
	},
	ARM64: {
		{"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"},
		{"/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw", "/usr/share/edk2/aarch64/vars-template-pflash.raw"},
		{"/usr/share/qemu/aavmf-aarch64-code.bin", "/usr/share/qemu/aavmf-aarch64-vars.bin"},
	},
}

func findFlash(fw Firmware) (flash, error) {
	kind := fw
	if fw == UEFIHTTP {
		kind = UEFI
	}
	for _, f := range flashes[kind] {
		_, err := os.Stat(f.code)
		_, err2 := os.Stat(f.vars)
		if err == nil && err2 == nil {
			return f, nil
		}
	}
	deb, rpm, what := "ovmf", "edk2-ovmf", "UEFI firmware"
	switch fw {
	case SecureBoot:
		what = "UEFI firmware with Secure Boot and Microsoft's keys"
	case ARM64:
		deb, rpm, what = "qemu-efi-aarch64", "edk2-aarch64", "UEFI firmware for arm64"
	}
	return flash{}, fault.New(fault.Unavailable, "install it: apt-get install "+deb+" (Debian, Ubuntu) or dnf install "+rpm+" (Fedora)",
		"no %s for virtual machines on this host", what)
}

// findQEMU gives the emulator of a firmware's processor.
func findQEMU(fw Firmware) (string, error) {
	names, deb, rpm := []string{"qemu-system-x86_64", "qemu-kvm", "/usr/libexec/qemu-kvm"}, "qemu-system-x86", "qemu-system-x86-core"
	if fw == ARM64 {
		names, deb, rpm = []string{"qemu-system-aarch64"}, "qemu-system-arm", "qemu-system-aarch64-core"
	}
	if (runtime.GOARCH == "arm64") != (fw == ARM64) {
		names = names[:1] // qemu-kvm runs the host's own processor only
	}
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", fault.New(fault.Unavailable, "install it: apt-get install "+deb+" (Debian, Ubuntu) or dnf install "+rpm+" (Fedora)",
		"QEMU for %s (%s) is not on this host", fw.CPU(), names[0])
}

// Known reads the name of a firmware.
func Known(name string) (Firmware, error) {
	var all []string
	for _, f := range Firmwares {
		if string(f) == name {
			return f, nil
		}
		all = append(all, string(f))
	}
	return "", fault.New(fault.Invalid, "one of "+strings.Join(all, ", "), "no firmware is named %q", name)
}

// Missing says what this host lacks to rehearse with a firmware: its emulator
// or the firmware's files. The fault is Unavailable and its hint names the
// package; nil when all is there.
func Missing(fw Firmware) error {
	if _, err := findQEMU(fw); err != nil {
		return err
	}
	if fw == BIOS {
		return nil // SeaBIOS comes with QEMU
	}
	_, err := findFlash(fw)
	return err
}
