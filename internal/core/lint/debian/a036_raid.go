package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

var raidConfirmed = lint.Rule{ID: "A036", Title: "making RAID is not confirmed", Kinds: onlyPreseed, Severity: lint.Error, Question: "partman-md/confirm",
	Why: "partman-auto-raid's initial_auto_raid asks at priority critical before it writes: confirm where a file system is there, confirm_nooverwrite where none is",
	Check: func(s *lint.Subject, r *lint.Report) {
		if !raids(s) {
			return
		}
		for _, key := range []string{"partman-md/confirm", "partman-md/confirm_nooverwrite"} {
			missing(always, key, "")(s, r)
		}
	}}

var raidRecipe = lint.Rule{ID: "A037", Title: "RAID is to be made, and of what is not said", Kinds: onlyPreseed, Severity: lint.Error, Question: "partman-auto-raid/error",
	Why: "partman-auto-raid's auto-raidcfg ends with an error without a recipe, and parts its arrays at each dot",
	Check: func(s *lint.Subject, r *lint.Report) {
		missing(raids, "partman-auto-raid/recipe", "")(s, r)
		text, _ := value(s, "partman-auto-raid/recipe")
		if !raids(s) || text == "" {
			return
		}
		line, _ := place(s, "partman-auto-raid/recipe")
		for part := range strings.SplitSeq(text, ".") {
			if n := len(strings.Fields(part)); n > 0 && n < 6 {
				r.At(line, 0, "an array has a level, devices, spares, a file system, a mount point and partitions: %q has not", strings.TrimSpace(part))
				return
			}
		}
	}}

func raids(s *lint.Subject) bool {
	m, _ := value(s, "partman-auto/method")
	return m == "raid"
}
