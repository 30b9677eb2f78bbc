// Package udeb rebuilds installer packages that an archive lists and lacks.
//
// In: the stanza of the missing udeb; the kernel package, normal packages and
// the installer's own initrd to take its files from. Out: a .udeb file, and the
// stanza as it should be listed. The sources come from a signed index, or from
// the installer itself, so that what is made here is as trustworthy as they are.
// It never fetches and never decides which udebs a medium needs.
// Start reading at Kernel and Rebuild.
package udeb
