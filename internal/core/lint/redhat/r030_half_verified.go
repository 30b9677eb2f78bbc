package redhat

import (
	"strings"

	"seedbed/internal/core/lint"
)

var halfVerified = lint.Rule{ID: "R030", Title: "the certificate is verified in one place and not in the other", Kinds: kinds, Severity: lint.Error, Question: "spoke/source", Traps: []int{76},
	Why: "Anaconda: inst.noverifyssl is for what the initrd fetches, --noverifyssl for the repository",
	Fix: "give both inst.noverifyssl and url --noverifyssl, or neither",
	Check: func(s *lint.Subject, r *lint.Report) {
		u := file(s).Command("url")
		_, arg := s.Arg("inst.noverifyssl")
		if u == nil || !s.ArgsKnown() {
			return
		}
		o, _ := u.Option("--url")
		if strings.HasPrefix(o.Value, "https://") && u.Has("--noverifyssl") != arg {
			r.At(u.Line, o.Column, "")
		}
	}}
