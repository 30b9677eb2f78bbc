// Package script tells a decision to a boot loader in its own language.
//
// In: what was decided (a target to start, a menu to show, or neither, which
// is the local disk), and the server that addresses are made of. Out: the
// PXELINUX, iPXE or GRUB text of it; all three say the same. Every text and
// argument stays in its line, whatever it holds. It decides nothing.
// Start reading at Text.
package script
