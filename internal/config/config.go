package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// Config is a settings file, read and found good.
type Config struct {
	Path          string
	Interfaces    []string
	DHCP          string // server, proxy, off
	Authoritative bool
	ConflictProbe bool // look whether an address is in use before it is given
	Subnets       []lease.Subnet
	Boot          boot.Settings
	HTTPPort      uint16
	TFTPPort      uint16
	SyslogPort    uint16
	TFTPRoot      string         // "" none
	TFTPLower     bool           // a name that is not there is looked for in lower case
	TFTPPerClient int            // transfers of one address at a time; 0: the server's default
	HTTPConns     int            // connections at a time; 0: the server's default
	HTTPPerClient int            // the same of one address
	Stalled       install.Limits // zero fields: the usual ones
	Cache         *Cache         // nil: packages are not cached
	Machines      []machine.Machine
	Reservations  []lease.Reservation

	Snippets map[string]string // what templates may include, by name below snippets:

	// Where things stand in the file, for checks that need more than the
	// file: "image NAME" of profiles, "interface NAME".
	At       map[string]fault.Position
	Warnings fault.List

	// Weak are passwords in files that are known to be tried first. Whoever
	// acts on the settings refuses them, unless the user allows it.
	Weak      fault.List
	AllowWeak bool // they are taken all the same; not of the file
}

// Refused are the weak passwords in files, where they are not allowed, or nil.
func (c *Config) Refused() error {
	if len(c.Weak) == 0 || c.AllowWeak {
		return nil
	}
	return c.Weak
}

// maxSize is more than any settings file needs; larger ones are a mistake.
const maxSize = 4 << 20

// Load reads and validates a settings file. The error is a fault.List with
// every fault found, or a fault.Fault when the file cannot be read at all.
func Load(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		hint := "give another with -c FILE"
		if errors.Is(err, fs.ErrNotExist) {
			hint = "write one (docs/settings.md has a complete example), or give another with -c FILE"
		}
		return nil, fault.Wrap(err, fault.NotFound, hint, "reading the settings %s", path)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "", "reading the settings %s", path)
	}
	if len(text) > maxSize {
		return nil, fault.New(fault.Invalid, "is it a settings file?", "%s is larger than 4 MiB", path)
	}
	return Parse(path, text)
}

// Parse reads settings from text; path is for messages, and its directory is
// where relative names of other files start.
func Parse(path string, text []byte) (*Config, error) {
	c := &Config{Path: path, DHCP: "server", Authoritative: true, ConflictProbe: true, HTTPPort: 80, TFTPPort: 69, SyslogPort: 514,
		At: map[string]fault.Position{}}
	c.Boot.Questions = true
	c.Boot.Title, c.Boot.Unknown, c.Boot.Loader = "Seedbed", "menu", "auto"
	c.Boot.Timeout = defaultTimeout
	r := &reader{file: path, dir: filepath.Dir(path), cfg: c}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.add(nil, "error", "name at least one interface: interfaces: [eth1]", "the settings are empty")
		return nil, r.found
	case err != nil:
		return nil, syntax(path, err)
	}
	r.top(doc.Content[0])
	r.shareSnippets()
	r.check()
	slices.SortStableFunc(r.found, func(a, b fault.Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if bad := r.found.Errors(); len(bad) > 0 {
		return nil, r.found
	}
	c.Warnings = r.found
	return c, nil
}

// syntax turns the YAML library's "yaml: line 3: …" into a finding.
func syntax(path string, err error) error {
	var line int
	msg := err.Error()
	if n, _ := fmt.Sscanf(msg, "yaml: line %d:", &line); n == 1 {
		if i := bytes.IndexByte([]byte(msg[5:]), ':'); i >= 0 {
			msg = msg[5+i+2:]
		}
	}
	return fault.List{{Position: fault.Position{File: path, Line: line}, Severity: "error", Msg: "not YAML: " + msg,
		Hint: "indent with spaces, never tabs, and quote values that hold a colon and a blank"}}
}

// Only is these settings with one profile of all, for checks of that one.
func (c *Config) Only(profile string) *Config {
	one := *c
	one.Boot.Order = []string{profile}
	return &one
}
