// Package pxelinux reads a menu of PXELINUX: pxelinux.cfg/default and the
// files of one machine or network beside it.
//
// In: its text (Syslinux wiki, "Config" and "Menu") and where it lies. Out:
// what our menu can say of it, and the report. A kernel of the user's own is
// no profile: the file goes on to work from tftp.root. Start at Read.
package pxelinux
