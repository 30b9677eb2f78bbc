package intent

// Kind is a dialect of answer files.
type Kind string

// The dialects (interface.md).
const (
	Kickstart   Kind = "kickstart"
	Kickseed    Kind = "kickseed"
	Preseed     Kind = "preseed"
	Autoinstall Kind = "autoinstall"
	AutoYaST    Kind = "autoyast"
	Agama       Kind = "agama"
	Ignition    Kind = "ignition"
	Proxmox     Kind = "proxmox"
	Butane      Kind = "butane" // what people write in Ignition's place; never served as it is
)

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

	// Losses are what the neutral install asks for and this dialect cannot
	// say. Nothing is left out without one.
	Losses []Loss
}

// Loss is one thing that a dialect cannot express.
type Loss struct {
	Field    string `json:"field"`    // as storage.raid[0]
	Why      string `json:"why"`      // one sentence
	Severity string `json:"severity"` // "warning": the new system differs; "note": it is reached another way
}

// The severities of a loss.
const (
	Warning = "warning"
	Note    = "note"
)

// names under which each dialect is served. Kernel arguments tell the dialect
// from them, so they must differ, kickstart and kickseed excepted.
var names = map[Kind]struct{ name, mime string }{
	Preseed:     {"preseed.cfg", "text/plain; charset=utf-8"},
	Kickstart:   {"ks.cfg", "text/plain; charset=utf-8"},
	Kickseed:    {"ks.cfg", "text/plain; charset=utf-8"},
	Autoinstall: {"user-data", "text/cloud-config; charset=utf-8"},
	AutoYaST:    {"autoinst.xml", "application/xml"},
	Agama:       {"agama.json", "application/json"},
	Ignition:    {"config.ign", "application/json"},
	Proxmox:     {"answer.toml", "application/toml; charset=utf-8"},
}

// FileName is the last path element under which a dialect is served.
func (k Kind) FileName() string { return names[k].name }

// MIME is the type under which a dialect is served.
func (k Kind) MIME() string { return names[k].mime }

// NewDocument is an empty document of a dialect.
func NewDocument(k Kind) Document {
	return Document{Kind: k, Name: k.FileName(), Type: k.MIME(), Extra: map[string][]byte{}}
}
