package rehearse

import (
	"os"

	"seedbed/internal/fault"
)

// Firmware is what the virtual machine boots with.
type Firmware string

// The firmwares a rehearsal knows.
const (
	BIOS     Firmware = "bios"      // SeaBIOS and the network card's own iPXE ROM
	UEFI     Firmware = "uefi"      // OVMF and its own network boot
	UEFIHTTP Firmware = "uefi-http" // OVMF's HTTP Boot
)

// flash is a pair of firmware files: the code, and the variables to copy.
type flash struct{ code, vars string }

// flashes are where distributions keep OVMF: Debian and Ubuntu, Fedora and
// RHEL, SUSE, Arch.
var flashes = []flash{
	{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
	{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
	{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
	{"/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin"},
	{"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
}

func findFlash() (flash, error) {
	for _, f := range flashes {
		_, err := os.Stat(f.code)
		_, err2 := os.Stat(f.vars)
		if err == nil && err2 == nil {
			return f, nil
		}
	}
	return flash{}, fault.New(fault.Unavailable, "install it: apt-get install ovmf (Debian, Ubuntu) or edk2-ovmf (Fedora)",
		"no UEFI firmware for virtual machines on this host")
}
