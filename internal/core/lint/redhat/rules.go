package redhat

import (
	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/check"
	"seedbed/internal/core/answer/kickstart/table"
	"seedbed/internal/core/lint"
)

// Rules are the rules of this room.
var Rules = []lint.Rule{
	refused, deprecated, openSection, zerombr, timeZone, password, storage, noRoot, source, network, software, noESP, noEnd, licence,
	oldArguments, bootCard, bootifType, onlyBaseOS, littleMemory, windowsLines, diskName, includeNowhere, strict, halfVerified, noPackage, lateCarrier,
}

var kinds = []answer.Kind{answer.Kickstart}

// file is the parsed file of a subject.
func file(s *lint.Subject) *kickstart.File {
	return lint.Parsed(s, func(text []byte) *kickstart.File { return kickstart.Parse(string(text)) })
}

// version is the release's, or what the file says of itself.
func version(s *lint.Subject) (table.Version, bool) {
	name := s.Release.String()
	if !s.Release.Known() {
		name, _ = file(s).Header()
	}
	if s.Release.Distro == "alma" {
		name = "almalinux-" + name[len("alma-"):]
	}
	v, err := table.ParseVersion(name)
	return v, err == nil
}

// verdict is what the release's reader says of the file; nil when the release
// is not known.
func verdict(s *lint.Subject) *check.Report {
	return lint.Parsed(s, func([]byte) *check.Report {
		if v, ok := version(s); ok {
			return check.File(file(s), v)
		}
		return nil
	})
}

// closed says that all there is to say stands in the file itself: rules about
// what is missing are silent otherwise.
func closed(s *lint.Subject) bool {
	for _, n := range file(s).Nodes {
		if n.Kind == kickstart.Include || n.Kind == kickstart.KSAppend {
			return false
		}
	}
	return true
}

// has says whether one of these commands stands in the file.
func has(s *lint.Subject, commands ...string) bool { return file(s).Command(commands...) != nil }

// anaconda says that the subject is one of this room's installers, with or
// without a file.
func anaconda(s *lint.Subject) bool {
	_, rhel := s.Release.RHEL()
	_, fedora := s.Release.Fedora()
	return (rhel || fedora) && (s.Text == nil || s.Kind == answer.Kickstart)
}

// missing makes a check for commands of which one must be there, with the line
// that mends it.
func missing(line string, commands ...string) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		if closed(s) && !has(s, commands...) {
			add(s, r.At(0, 0, ""), line)
		}
	}
}

// add gives a finding the edit that puts a command before the sections.
func add(s *lint.Subject, f *lint.Finding, line string) {
	if line == "" {
		return
	}
	for _, n := range file(s).Nodes {
		if n.Kind == kickstart.Section {
			f.Insert(n.Line, line)
			return
		}
	}
	f.Insert(s.Lines()+1, line)
}

// modern says that the installer is of RHEL from a number on, or of Fedora.
func modern(s *lint.Subject, rhel int) bool {
	n, red := s.Release.RHEL()
	_, fedora := s.Release.Fedora()
	return red && n >= rhel || fedora
}
