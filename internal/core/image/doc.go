// Package image knows what a medium is and what can be booted from it.
//
// In: an fs.FS (an ISO read in place, a directory, an unpacked netboot
// archive). Out: an Image: family, release, architecture, kernel, initrd and
// loaders by path; and the Catalogue of all of them. It never trusts a file's
// name for what a medium is, opens no file of its own and serves nothing.
// Start reading at Recognise.
package image
