// Package loader finds the boot loaders that the host's packages brought.
//
// In: the host's file system, as Debian, Ubuntu, Fedora, RHEL and SUSE lay it
// out. Out: a Set that opens them by the names clients ask for, and says which
// are missing and which package of this host's distribution brings them.
// It never downloads, copies or writes a loader, nor decides who gets which.
// Start reading at Find.
package loader
