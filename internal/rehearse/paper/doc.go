// Package paper holds paper machines: small clients that boot as firmware does.
//
// In: a segment in memory on which servers answer, and what kind of machine it
// is. Out: what it ended up running (the local disk, or a kernel with its
// arguments), and a transcript, one line a packet or request.
// They run no code that they load: a file's name tells which program is played
// (PXELINUX, shim and GRUB, iPXE). They share the packet codec with the server
// and nothing else of it.
// Start reading at Machine.Boot; Machine.Install plays the installer.
package paper
