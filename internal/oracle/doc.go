// Package oracle finds and runs the real programs that tests compare with: a
// mastering tool, the shell scripts of debian-installer, BusyBox.
//
// In: a program's name or a file of an unpacked udeb. Out: it has run, or where
// it lies; a test is skipped where this machine lacks it. Only tests import it.
package oracle
