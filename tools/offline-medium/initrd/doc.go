// Package initrd reads the installer's initrd and writes the small archive that
// is appended to it: both are cpio in the form the kernel calls newc, gzipped
// (Documentation/driver-api/early-userspace/buffer-format.rst).
//
// In: an initrd.gz. Out: its files one by one, and archives of a few files.
// It needs neither root nor the program cpio. Install alone runs dpkg-deb.
// Start reading at Each.
package initrd
