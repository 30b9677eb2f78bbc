package lint

import (
	"reflect"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// Subject is all that is known of one install. Zero fields are not known, and
// no rule complains about what is not known.
type Subject struct {
	Name string // of the answer file, for messages
	Text []byte // the answer file as it is served; nil: there is none, or only its surroundings are looked at
	Kind answer.Kind
	// NoCallback says that nothing in the file reports the installation's end.
	NoCallback bool
	Release    Release
	Image      *image.Image

	Args     []string       // kernel arguments in their order; nil when they are not known
	ArgsAt   fault.Position // where the settings give them
	Loader   string         // ipxe, grub or pxelinux
	Firmware machine.Firmware

	Subnet   *lease.Subnet
	SubnetAt fault.Position
	Mirror   string                 // the package source in effect
	Server   string                 // this server, as http://192.0.2.1; "" when there is none behind the file
	Proxy    string                 // through which packages are fetched from Mirror; "" for none
	Offline  bool                   // there is no way to the internet
	Probed   map[string]string      // by the key of a package source: why this host could not reach it
	Packages func(name string) bool // whether the package source has a package; nil when that is not known
	Groups   func(name string) bool // the same for groups and tasks
	Suites   []string               // the releases under dists/ of the package source
	InInitrd func(path string) bool // whether the installer's initrd has a file, true where it cannot be read; nil when it is not known
	Memory   int                    // MiB
	Disks    []Disk
	Cards    int // network cards

	parsed map[reflect.Type]any
}

// Disk is what is known of one disk of a machine.
type Disk struct {
	Path string // as /dev/vda
	Size int64  // bytes
}

// Parsed gives the answer file in the form that parse makes of it. Rules of one
// dialect share it: it is made once a subject. T must differ a dialect.
func Parsed[T any](s *Subject, parse func(text []byte) T) T {
	key := reflect.TypeFor[T]()
	if v, ok := s.parsed[key]; ok {
		return v.(T)
	}
	v := parse(s.Text)
	if s.parsed == nil {
		s.parsed = map[reflect.Type]any{}
	}
	s.parsed[key] = v
	return v
}

// ArgsKnown says whether the kernel arguments are known at all.
func (s *Subject) ArgsKnown() bool { return s.Args != nil }

// Arg gives the value of the last kernel argument of one of these names; a
// word without "=" has the value "".
func (s *Subject) Arg(names ...string) (value string, ok bool) {
	for _, a := range s.Args {
		name, v, _ := strings.Cut(a, "=")
		for _, n := range names {
			if name == n {
				value, ok = v, true
			}
		}
	}
	return value, ok
}

// UEFI says that the machine starts by UEFI; known is false when it may be
// either.
func (s *Subject) UEFI() (is, known bool) {
	return s.Firmware == machine.UEFI || s.Firmware == machine.UEFIHTTP, s.Firmware != ""
}

// Line is one line of the answer file without its end, counted from 1.
func (s *Subject) Line(n int) string {
	lines := strings.SplitN(string(s.Text), "\n", n+1)
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSuffix(lines[n-1], "\r")
}

// Lines is how many lines the answer file has, a last one without an end
// counted.
func (s *Subject) Lines() int {
	n := strings.Count(string(s.Text), "\n")
	if len(s.Text) > 0 && s.Text[len(s.Text)-1] != '\n' {
		n++
	}
	return n
}
