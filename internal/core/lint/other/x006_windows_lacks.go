package other

import (
	"bytes"

	"seedbed/internal/core/lint"
)

var windowsLacks = lint.Rule{ID: "X006", Title: "an answer that Setup asks for is missing", Kinds: windows, Severity: lint.Error, Stage: "storage", Traps: []int{103},
	Effect: "Setup stops at the page and asks", Fix: "add the element to the pass windowsPE", Why: "Microsoft's Unattend reference; osinfo-db's samples",
	Check: func(s *lint.Subject, r *lint.Report) {
		for _, name := range []string{"UILanguage", "AcceptEula", "DiskConfiguration", "ImageInstall"} {
			if !bytes.Contains(s.Text, []byte("<"+name)) {
				r.At(1, 0, "%s is missing", name)
			}
		}
	}}
