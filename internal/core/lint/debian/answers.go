package debian

import (
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/lint"
)

// both are the dialects that debian-installer reads.
var both = []answer.Kind{answer.Preseed, answer.Kickseed}

var onlyPreseed = []answer.Kind{answer.Preseed}

// answers are what the installer will know of a file.
type answers struct {
	file    *preseed.File
	entries []preseed.Entry
	faults  []preseed.Fault
	last    map[string]preseed.Entry // by key; of several the last counts
	moved   bool                     // entries have no place in the file: they were translated
}

func parse(text []byte) *answers {
	a := &answers{file: preseed.Read(string(text)), last: map[string]preseed.Entry{}}
	a.entries, a.faults = a.file.AsInstaller()
	a.index()
	return a
}

func (a *answers) index() {
	for _, e := range a.entries {
		if !e.Flag() {
			a.last[e.Key] = e
		}
	}
}

// of gives the answers of a subject, in whichever dialect it is written.
func of(s *lint.Subject) *answers { return lint.Parsed(s, parse) }

// aliases are the short names that kernel arguments have for keys
// (/etc/preseed_aliases of the installer).
var aliases = map[string]string{
	"locale": "debian-installer/locale", "language": "debian-installer/language", "country": "debian-installer/country",
	"keymap": "keyboard-configuration/xkb-keymap", "priority": "debconf/priority", "auto": "auto-install/enable", "url": "preseed/url",
	"file": "preseed/file", "domain": "netcfg/get_domain", "hostname": "netcfg/get_hostname", "interface": "netcfg/choose_interface",
	"protocol": "mirror/protocol", "suite": "mirror/suite", "modules": "anna/choose_modules", "tasks": "tasksel:tasksel/first",
	"recommends": "base-installer/install-recommends", "desktop": "tasksel:tasksel/desktop", "firmware": "hw-detect/firmware-lookup",
}

// arg gives the value that the kernel arguments give to a key.
func arg(s *lint.Subject, key string) (value string, ok bool) {
	for _, a := range s.Args {
		name, v, has := strings.Cut(strings.TrimSuffix(a, "?"), "=")
		name = strings.TrimSuffix(name, "?")
		if full := aliases[name]; full != "" {
			name = full
		}
		if _, after, owned := strings.Cut(name, ":"); owned {
			name = after
		}
		if has && name == key {
			value, ok = v, true
		}
	}
	return value, ok
}

// value gives what a key is answered with, by file or kernel arguments; the
// file is read later and wins.
func value(s *lint.Subject, key string) (v string, ok bool) {
	if e, ok := of(s).last[key]; ok {
		return e.Value, true
	}
	return arg(s, key)
}

// given says whether all of the keys are answered.
func given(s *lint.Subject, keys ...string) bool {
	for _, k := range keys {
		if _, ok := value(s, k); !ok {
			return false
		}
	}
	return true
}

// place is where a key stands, for a finding: line and column, or 0.
func place(s *lint.Subject, key string) (line, column int) {
	e, ok := of(s).last[key]
	if !ok || of(s).moved {
		return 0, 0
	}
	return e.Line, e.ValuePos.Column
}

// whole says whether the installer reads the file to its end. Rules about what
// is missing hold their tongue where it does not: its rest may have it.
func whole(s *lint.Subject) bool {
	for _, f := range of(s).faults {
		if f.Fatal {
			return false
		}
	}
	return true
}

// missing makes the check of a key that must be answered, with the line that
// answers it for --fix; an empty line mends nothing.
func missing(when func(*lint.Subject) bool, key, line string) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		if !whole(s) || given(s, key) || !when(s) {
			return
		}
		f := r.At(0, 0, "%s is not answered", key)
		if line != "" && s.Kind == answer.Preseed {
			f.Insert(s.Lines()+1, line)
		} else if line != "" && s.Kind == answer.Kickseed {
			f.Fix = "add: preseed " + strings.TrimPrefix(line, "d-i ")
		}
	}
}

func always(*lint.Subject) bool { return true }

// offline says that the machine has no way to the internet, as far as known.
func offline(s *lint.Subject) bool {
	return s.Offline || s.Subnet != nil && !s.Subnet.Gateway.IsValid()
}
