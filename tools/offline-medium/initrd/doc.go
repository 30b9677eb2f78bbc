// Package initrd writes the small archive that is appended to an installer's
// initrd: cpio in the form the kernel calls newc, gzipped
// (Documentation/driver-api/early-userspace/buffer-format.rst). What reads one
// is core/image/initrd.
//
// In: some files. Out: an archive. It needs neither root nor the program cpio.
// Install alone runs dpkg-deb. Start reading at ArchiveOf.
package initrd
