package script

import "seedbed/internal/core/machine"

// Target is a kernel with its initrds and arguments. Paths are absolute on
// this server, the same by TFTP and by HTTP.
type Target struct {
	Kernel  string
	Initrds []string
	Args    []string
	MAC     machine.MAC // of the machine; zero where the script is for any

	BIOSKernel string  // what BIOS machines start instead; "" the same
	Named      []Named // further files that the kernel gets; PXELINUX cannot hand them over
	Bare       bool    // the kernel takes no argument that is not in Args
	IPXE       bool    // only iPXE can start it
}

// Named is a file that a loader hands to the kernel under a name of its own.
type Named struct{ Name, Path string }

// NeedsIPXE says that neither PXELINUX nor, for some, GRUB can start it.
func (t *Target) NeedsIPXE(bios bool) bool {
	return t != nil && (t.IPXE || bios && len(t.Named) > 0)
}
