// Package tree opens what an image was imported from, as file systems.
//
// In: a path to an ISO file, a directory, a netboot tarball or Debian package.
// Out: an fs.FS that shows regular files and directories of that tree and
// nothing outside it; a Shelf that keeps trees open; a netboot archive
// unpacked whole or not at all; checksums compared.
// It never trusts a path in an archive, never changes a medium, leaves nothing
// half-made behind, and does not know what a release is (core/image does).
// Start reading at Prepare, then Shelf.Tree.
package tree
