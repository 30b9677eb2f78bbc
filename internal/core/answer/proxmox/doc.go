// Package proxmox writes and checks the answers of Proxmox's installers (VE,
// Backup Server, Mail Gateway): answer.toml.
//
// In: the neutral install and a subject, or a user's own text. Out: a document
// whose every loss is named, or the faults. The installer lays out its disk
// itself and installs no further packages; what remains runs at the first
// boot. Start at Proxmox and Check.
package proxmox
