package kickseed

import (
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
)

var halfStatic = lint.Rule{ID: "K014", Title: "a static network lacks one of its addresses", Kinds: kinds, Severity: lint.Error, Question: "netcfg/confirm_static", Traps: []int{17},
	Fix: "give --ip, --netmask, --gateway and --nameserver (or --nodns)", Why: source,
	Check: each(func(c string, f kickseed.Finding) bool { return c == "network" && f.Effect == kickseed.Fails })}
