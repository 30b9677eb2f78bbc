// Package deb reads and writes Debian package files (deb(5)): an ar archive of
// debian-binary, control.tar.* and data.tar.*.
//
// In: package files, or the contents of one to make. Out: their files one by
// one, packages made anew and packages packed anew with gzip -1. xz is the
// program xz; root is never needed, for owners are only written, not set.
// It never looks into an index.
// Start reading at Writer and Repack.
package deb
