package reach

import "seedbed/internal/core/lint"

// NotReached is the one rule that speaks of what this host was told.
const NotReached = "N007"

var notReached = lint.Rule{ID: NotReached, Title: "this host could not reach the source of packages", Severity: lint.Warning, Stage: "packages",
	Kinds: kinds, Effect: "where the machines cannot reach it either, the installer stops at its mirror or installation source",
	Fix: "look at the address; where the machines have another way than this host, all is well", Why: "seen from this host, at this moment, by one request (--probe)",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, p := range Outside(s) {
			if why := s.Probed[p.Key()]; why != "" {
				r.Place(p.At, "this host could not reach %s: %s", by(p), why)
			}
		}
	}}
