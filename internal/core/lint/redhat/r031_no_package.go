package redhat

import (
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/lint"
)

var noPackage = lint.Rule{ID: "R031", Title: "the medium has no such package or group", Kinds: kinds, Severity: lint.Error, Question: "spoke/software",
	Effect: "the installer stops: \"some packages, groups or modules are missing\"", Why: "pyanaconda's payload: asked, or an error in cmdline mode",
	Fix: "mend the name, or write %packages --ignoremissing",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Packages == nil || s.Groups == nil || has(s, "repo") {
			return
		}
		for _, n := range file(s).Sections("%packages") {
			if n.Has("--ignoremissing") {
				return
			}
		}
		for _, p := range file(s).Packages() {
			known := s.Groups
			if p.Kind == kickstart.PlainPackage {
				known = s.Packages
			}
			if !p.Excluded && !strings.ContainsAny(p.Name, "*?[") && !known(p.Name) {
				r.At(p.Line, p.Column, "the medium has no %s", shown(p))
			}
		}
	}}
