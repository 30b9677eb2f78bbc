package other

import (
	"bytes"
	"encoding/json"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

// newest is the newest Ignition specification (3.x) that a system reads, by the
// release's number (the release notes of Ignition 2.14, 2.20 and of the systems).
func newest(r lint.Release) int {
	switch {
	case r.Distro == "fedora-coreos" && r.Major >= 41:
		return 5
	case r.Distro == "fedora-coreos" && r.Major > 0 && r.Major < 37:
		return 3
	case r.Distro == "flatcar" && r.Major > 0 && r.Major < 3602:
		return 3
	case r.Distro == "flatcar", r.Distro == "fedora-coreos" && r.Major > 0:
		return 4
	}
	return 5
}

var ignitionVersion = lint.Rule{ID: "I003", Title: "the specification's version is newer than the system reads", Kinds: []answer.Kind{answer.Ignition}, Severity: lint.Error, Stage: "end", Traps: []int{101},
	Effect: "the first boot of the installed system ends in the emergency shell", Fix: "write an older ignition.version, and what it knows", Why: "Ignition's documentation: an unsupported version is fatal",
	Check: func(s *lint.Subject, r *lint.Report) {
		var doc struct {
			Ignition struct{ Version string }
		}
		if json.Unmarshal(s.Text, &doc) != nil {
			return
		}
		line := bytes.Count(s.Text[:max(bytes.Index(s.Text, []byte(`"version"`)), 0)], []byte("\n")) + 1
		v := doc.Ignition.Version
		switch {
		case v == "":
			r.At(line, 0, "ignition.version is missing")
		case len(v) < 3 || v[:2] != "3.":
			r.At(line, 0, "ignition.version %s is of another line: 3.0.0 to 3.%d.0 are read", v, newest(s.Release))
		case int(v[2]-'0') > newest(s.Release):
			r.At(line, 0, "ignition.version %s, and the system reads up to 3.%d.0", v, newest(s.Release))
		}
	}}
