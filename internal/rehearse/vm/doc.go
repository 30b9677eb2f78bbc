// Package vm is a virtual machine: QEMU with the firmware of a real computer.
//
// In: the parts (Parts, Hardware) and the wires of its network cards. Out: a
// Guest that runs, its serial line, pictures of its screen, and whether KVM
// truly runs guests here. It knows nothing of servers or installers, and
// leaves no process behind. Start reading at Start.
package vm
