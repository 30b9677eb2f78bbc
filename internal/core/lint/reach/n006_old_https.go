package reach

import (
	"strings"

	"seedbed/internal/core/lint"
)

var oldHTTPS = lint.Rule{ID: "N006", Title: "the release's debian-installer cannot fetch by https", Severity: lint.Error, Question: "mirror/bad",
	Kinds: kinds[:2], Fix: "take a mirror by http (packages are signed all the same), or a newer release",
	Why: "wget and certificates came into the installer with Debian 9 (bug 842040); choose-mirror knew http and ftp before",
	Check: func(s *lint.Subject, r *lint.Report) {
		n, debian := s.Release.Debian()
		if !(debian && n > 0 && n < 9 || s.Release.Major > 0 && s.Release.Ubuntu(1, 1604)) {
			return
		}
		all, _ := Sources(s)
		for _, p := range all {
			if strings.HasPrefix(p.URL, "https:") {
				r.Place(p.At, "%s cannot fetch from %s", s.Release, p.URL)
			}
		}
	}}
