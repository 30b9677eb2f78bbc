// Command offline-medium makes a small offline install medium for Debian amd64.
//
// In: a Debian mirror (of this machine's apt sources unless named) and the host
// programs that needs.go lists. Out: OUT.iso, which installs machines without
// any other server: the network boot files, the installer's packages, and those
// of a small system with a kernel, boot loaders, LVM, SSH and what is asked for.
// Every package comes checked against the archive's signed index; a Release made
// here is signed with a key made for the one medium. It never needs to be root.
// Start reading at main.go, then build.go: it names the steps in their order.
package main
