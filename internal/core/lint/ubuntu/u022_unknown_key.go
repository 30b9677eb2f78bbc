package ubuntu

import (
	"slices"
	"strings"

	"seedbed/internal/core/lint"
)

// sections are the keys of an autoinstall document (Ubuntu's reference).
var sections = strings.Fields(`version interactive-sections early-commands locale refresh-installer keyboard source network proxy apt
	storage identity active-directory ubuntu-pro ssh codecs drivers oem snaps debconf-selections packages kernel
	kernel-crash-dumps timezone updates shutdown late-commands error-commands reporting user-data zdevs ubuntu-advantage mirror
	kernel-cmdline integrity network-manager`)

var unknownKey = lint.Rule{ID: "U022", Title: "a key that autoinstall does not know", Kinds: kinds, Severity: lint.Warning, Stage: "language", Traps: []int{91},
	Effect: "it is ignored, with a warning in the log; later versions reject it", Fix: "mend its name, or take it out; cloud-config keys go under user-data:",
	Why: "Ubuntu's autoinstall reference: the sections",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		for i := 0; i+1 < len(d.auto.Content); i += 2 {
			if k := d.auto.Content[i]; !slices.Contains(sections, k.Value) && k.Value != "autoinstall" && (d.nested || !d.cloud) {
				r.At(k.Line, k.Column, "autoinstall knows no %q", k.Value)
			}
		}
		if d.cloud && !d.nested {
			r.At(d.root.Line, d.root.Column, "there is no autoinstall: in this #cloud-config")
		}
	})}
