package other

import (
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

var tomlLine = regexp.MustCompile(`^\s*([A-Za-z_-]+)\s*=\s*(.*?)\s*$`)

var proxmoxAnswers = lint.Rule{ID: "X008", Title: "Proxmox VE's installer refuses the answer", Kinds: []answer.Kind{lint.Proxmox}, Severity: lint.Error, Stage: "language", Traps: []int{105},
	Effect: "the automatic installation ends, and a shell is shown", Fix: "give the value as the installer wants it", Why: "the Proxmox installer's sources and its tests of answers that fail",
	Check: func(s *lint.Subject, r *lint.Report) {
		for n := 1; n <= s.Lines(); n++ {
			m := tomlLine.FindStringSubmatch(s.Line(n))
			if m == nil {
				continue
			}
			text := strings.Trim(m[2], `"'`)
			switch m[1] {
			case "fqdn":
				if !strings.Contains(text, ".") && text != "" {
					r.At(n, 0, "fqdn %q has no domain", text)
				}
			case "root_password", "root-password":
				if len(text) < 8 {
					r.At(n, 0, "the root password is shorter than 8 characters")
				}
			case "disk_list", "disk-list":
				var seen []string
				for d := range strings.SplitSeq(strings.Trim(m[2], "[]"), ",") {
					d = strings.Trim(strings.TrimSpace(d), `"'`)
					if slices.Contains(seen, d) {
						r.At(n, 0, "the disk %q stands twice", d)
					}
					seen = append(seen, d)
				}
			}
		}
	}}
