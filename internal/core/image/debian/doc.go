// Package debian reads what Debian and Ubuntu write on their media.
//
// In: a tree. Out: the line of .disk/info, the archive's suite and its package
// indexes, the kernel and initrd that start over the network, and what a
// netboot tree says of its release. What follows from it is image's to say.
// Start reading at ReadInfo, FindSuite and FindPair.
package debian
