// Package control is the text Debian describes packages in, and the sums done on it.
//
// In: Packages, status and Release files as text. Out: stanzas that keep the
// order of their fields, versions compared as dpkg does, the set of packages
// that a few names pull in, and module udebs renamed to another kernel.
// It never reads a file, runs a program or looks at the clock.
// Start reading at Stanza, then Index.
package control
