package answer

import "seedbed/internal/core/answer/intent"

// The neutral install and what its writers hand back live in the room intent,
// so that each dialect's room can read them. These are the same types.
type (
	Kind        = intent.Kind
	Install     = intent.Install
	User        = intent.User
	Services    = intent.Services
	Firewall    = intent.Firewall
	Network     = intent.Network
	Interface   = intent.Interface
	Route       = intent.Route
	Storage     = intent.Storage
	Disk        = intent.Disk
	Partition   = intent.Partition
	Array       = intent.Array
	VolumeGroup = intent.VolumeGroup
	Volume      = intent.Volume
	Secret      = intent.Secret
	Mirror      = intent.Mirror
	Repository  = intent.Repository
	Subject     = intent.Subject
	Rehearsal   = intent.Rehearsal
	Document    = intent.Document
	Loss        = intent.Loss
)

// The dialects (interface.md).
const (
	Kickstart   = intent.Kickstart
	Kickseed    = intent.Kickseed
	Preseed     = intent.Preseed
	Autoinstall = intent.Autoinstall
	AutoYaST    = intent.AutoYaST
	Agama       = intent.Agama
	Ignition    = intent.Ignition
	Butane      = intent.Butane
	Proxmox     = intent.Proxmox
)

// The severities of a Loss.
const (
	Warning = intent.Warning
	Note    = intent.Note
)

// Rest as a size takes what is left of the disk or volume group.
const Rest = intent.Rest
