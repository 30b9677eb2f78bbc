// Package medium lays out the install medium and writes it as an ISO image.
//
// In: packages with their files and stanzas, the installer's netboot tree, an
// initrd. Out: a tree with pool/, dists/, install.amd/, install/netboot/ and
// .disk/, a Release signed with a key made for this one medium, and the image.
// It never fetches, chooses or rebuilds; owners come from xorriso, so no root.
// Start reading at Plan.Lay.
package medium
