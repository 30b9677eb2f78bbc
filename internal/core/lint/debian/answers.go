package debian

import (
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/kickseed"
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
	cut     bool                     // not all of the file reaches the installer
}

// of gives the answers of a subject, in whichever dialect it is written. Those
// of a kickseed file stand where the command that gives them does.
func of(s *lint.Subject) *answers {
	return lint.Parsed(s, func(text []byte) *answers {
		a := &answers{file: preseed.Read(string(text)), last: map[string]preseed.Entry{}}
		if s.Kind == answer.Kickseed {
			result := Kickseed(s)
			a.cut = result.Stopped
			for _, k := range result.Answers {
				a.entries = append(a.entries, preseed.Entry{Pos: k.Pos, ValuePos: k.Pos, Owner: k.Owner, Key: k.Key, Type: k.Type, Value: k.Value})
			}
		} else {
			a.entries, a.faults = a.file.AsInstaller()
		}
		for _, f := range a.faults {
			a.cut = a.cut || f.Fatal
		}
		for _, e := range a.entries {
			if !e.Flag() {
				a.last[e.Key] = e
			}
		}
		return a
	})
}

// Kickseed is what kickseed makes of a subject's file: that of its release, or
// Ubuntu's where it is not known.
func Kickseed(s *lint.Subject) *kickseed.Result {
	return lint.Parsed(s, func(text []byte) *kickseed.Result {
		v, ok := kickseed.For(s.Release.String())
		if !ok {
			v = kickseed.Ubuntu1604
			if s.Release.Distro == "debian" {
				v = kickseed.Debian12
			}
		}
		return kickseed.Translate(kickseed.Parse(string(text)), v)
	})
}

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
	if !ok {
		return 0, 0
	}
	return e.Line, e.ValuePos.Column
}

// whole says whether the installer reads the file to its end. Rules about what
// is missing hold their tongue where it does not: its rest may have it.
func whole(s *lint.Subject) bool { return !of(s).cut }

// critical says that only questions of priority critical are asked. kickseed
// sees to that by itself.
func critical(s *lint.Subject) bool {
	p, _ := value(s, "debconf/priority")
	return p == "critical"
}

// missing makes the check of a key that must be answered, with the line that
// answers it for --fix; an empty line mends nothing.
func missing(when func(*lint.Subject) bool, key, line string) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		if !whole(s) || given(s, key) || !when(s) {
			return
		}
		add(s, r.At(0, 0, "%s is not answered", key), line)
	}
}

// add gives a finding the edit that answers a question, by a line as a preseed
// file has it; "" is no edit.
func add(s *lint.Subject, f *lint.Finding, line string) {
	switch {
	case line == "":
	case s.Kind == answer.Preseed:
		f.Insert(s.Lines()+1, line)
	case s.Kind == answer.Kickseed:
		owner, rest, _ := strings.Cut(line, " ")
		if owner != preseed.Installer {
			rest = "--owner " + owner + " " + rest
		}
		f.Insert(beforeSections(s), "preseed "+rest)
	}
}

// beforeSections is the line before which a command of a kickseed file goes.
func beforeSections(s *lint.Subject) int {
	for _, l := range kickseed.Parse(string(s.Text)).Lines() {
		if l.Starts() {
			return l.Line
		}
	}
	return s.Lines() + 1
}

func always(*lint.Subject) bool { return true }

func askedAtHigh(s *lint.Subject) bool { return !critical(s) }

// offline says that the machine has no way to the internet, as far as known.
func offline(s *lint.Subject) bool {
	return s.Offline || s.Subnet != nil && !s.Subnet.Gateway.IsValid()
}
