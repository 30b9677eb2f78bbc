// Package initrd reads an installer's initrd: archives in the form the kernel
// calls newc, one behind the other, each gzipped or plain
// (Documentation/driver-api/early-userspace/buffer-format.rst).
//
// In: its bytes. Out: its files one by one, in their order; of two with one
// name the later one is what the installer sees. Start at Each.
package initrd
