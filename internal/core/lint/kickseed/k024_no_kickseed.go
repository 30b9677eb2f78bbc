package kickseed

import "seedbed/internal/core/lint"

var noKickseed = lint.Rule{ID: "K024", Title: "the installer has no kickseed", Kinds: kinds, Severity: lint.Error, Stage: "language",
	Effect: "the installer does not know ks=: it reads no answer file, and asks for the language",
	Fix:    "write the answers as a preseed file (seedbed convert --to preseed), or give the medium an initrd with the udeb initrd-kickseed",
	Why:    "Debian's own initrds are made without initrd-kickseed, Ubuntu's up to 19.10 with it",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.InInitrd == nil || s.InInitrd("lib/kickseed/initrd-kickseed") || s.InInitrd("usr/lib/kickseed/initrd-kickseed") {
			return
		}
		r.Place(s.ArgsAt, "the initrd of image %s has no kickseed in it", s.Image.Name)
	}}
