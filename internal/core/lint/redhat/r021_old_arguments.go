package redhat

import (
	"slices"
	"strings"

	"seedbed/internal/core/lint"
)

// unprefixed are arguments that need inst. from RHEL 9 and Fedora 34 on.
var unprefixed = strings.Fields("ks repo method stage2 text cmdline graphical vnc vncpassword kssendmac kssendsn noverifyssl proxy lang keymap updates gpt")

var oldArguments = lint.Rule{ID: "R021", Title: "a kernel argument lacks its inst.", Severity: lint.Error, Stage: "language", Traps: []int{64},
	Effect: "the installer does not see it: without a kickstart file it asks everything", Fix: "write it with inst. in front, as inst.ks=",
	Why: "the release notes of RHEL 9 and Fedora 34: arguments without inst. are ignored",
	Check: func(s *lint.Subject, r *lint.Report) {
		n, fedora := s.Release.Fedora()
		if !anaconda(s) || fedora && n < 34 || !fedora && !modern(s, 9) {
			return
		}
		for _, a := range s.Args {
			if name, _, _ := strings.Cut(a, "="); slices.Contains(unprefixed, name) {
				r.Place(s.ArgsAt, "%s is ignored: write inst.%s", name, name)
			}
		}
	}}
