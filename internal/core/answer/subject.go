package answer

import (
	"seedbed/internal/core/image"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// Subject is all that an answer file may speak of: one machine, and where it
// stands. URLs have no blanks in them; those ending in a slash say so.
type Subject struct {
	Machine  machine.Machine
	Lease    lease.Lease   // zero when it has none
	Subnet   *lease.Subnet // nil when it is not known
	Image    image.Image
	Profile  string // its name
	Firmware machine.Firmware

	Server      string // this server, as http://192.0.2.1 or http://192.0.2.1:8080
	AnswerURL   string // where Document.Name and Document.Extra are served, with a slash at the end
	CallbackURL string // to be fetched when the installation is over
	FailURL     string // to be fetched when it failed; ?why=WORD may follow
	Mirror      string // the package source in effect, "" for none
	SyslogHost  string // where the installer's syslog goes, host or host:port; "" for nowhere

	HostName string
	Domain   string

	UserArgs  []string // the profile's own kernel arguments
	Rehearsal *Rehearsal
}

// Rehearsal is what a rehearsal adds to an installation.
type Rehearsal struct {
	SSHKeys []string // authorised for root
}

// Document is an answer file, ready to be served.
type Document struct {
	Kind  Kind
	Name  string // its last path element, as FileName says
	Type  string // MIME
	Bytes []byte
	Extra map[string][]byte // more files, served beside it under these names

	// NoCallback says that nothing in it reports the end of the installation:
	// a user's own file that does not use .Callback.
	NoCallback bool
}

// names under which each dialect is served. KernelArgs reads the dialect back
// from them, so they must differ, kickstart and kickseed excepted.
var names = map[Kind]struct{ name, mime string }{
	Preseed:     {"preseed.cfg", "text/plain; charset=utf-8"},
	Kickstart:   {"ks.cfg", "text/plain; charset=utf-8"},
	Kickseed:    {"ks.cfg", "text/plain; charset=utf-8"},
	Autoinstall: {"user-data", "text/cloud-config; charset=utf-8"},
	AutoYaST:    {"autoinst.xml", "application/xml"},
	Agama:       {"agama.json", "application/json"},
	Ignition:    {"config.ign", "application/json"},
}

// FileName is the name under which the answer file for an image is served:
// that of the user's file's dialect, or with no file that of the image's
// installer.
func FileName(file *File, img image.Image) string {
	return names[kindFor(file, img)].name
}

// kindFor is the dialect of the user's file, or the image's own.
func kindFor(file *File, img image.Image) Kind {
	kind := native(img.Family)
	if file != nil {
		if k := file.kind(); k != "" {
			kind = k
		}
	}
	if kind == Kickstart && debianInstaller(img.Family) {
		return Kickseed
	}
	return kind
}

// native is the dialect of a family's installer.
func native(f image.Family) Kind {
	switch f {
	case image.Subiquity:
		return Autoinstall
	case image.RedHat:
		return Kickstart
	case image.SUSE:
		return AutoYaST
	}
	return Preseed
}

func debianInstaller(f image.Family) bool { return f == image.Debian || f == image.Ubuntu }
