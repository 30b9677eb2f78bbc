package redhat

import (
	"strings"

	"seedbed/internal/core/lint"
)

var onlyBaseOS = lint.Rule{ID: "R024", Title: "the source is BaseOS alone: AppStream's groups are missing", Kinds: kinds, Severity: lint.Warning, Question: "spoke/software", Traps: []int{66},
	Why: "RHEL 8 and later have two repositories; environments are in AppStream's groups",
	Fix: "let url name the medium's root, or add repo --name=AppStream --baseurl=",
	Check: func(s *lint.Subject, r *lint.Report) {
		u := file(s).Command("url")
		if u == nil || has(s, "repo") || !closed(s) {
			return
		}
		o, ok := u.Option("--url")
		path := strings.TrimRight(o.Value, "/")
		if ok && (strings.HasSuffix(path, "/BaseOS") || strings.HasSuffix(path, "/BaseOS/os") || strings.Contains(path, "/BaseOS/") && strings.HasSuffix(path, "/os")) {
			r.At(u.Line, o.Column, "")
		}
	}}
