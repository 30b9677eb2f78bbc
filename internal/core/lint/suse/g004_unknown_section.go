package suse

import (
	"maps"
	"slices"
	"strings"

	"seedbed/internal/core/lint"
)

// sections are the keys of an Agama profile (Agama's profile.schema.json).
var sections = strings.Fields(`$schema answers bootloader dasd files hostname iscsi localization network product questions root
	scripts security software storage legacyAutoyastStorage user zfcp l10n`)

var unknownSection = lint.Rule{ID: "G004", Title: "Agama knows no such section", Kinds: agama, Severity: lint.Error, Question: "agama/no-profile", Stage: "language",
	Effect: "the profile does not fit the schema, and is refused as a whole", Fix: "mend its name, or take it out", Why: "Agama's profile schema; seen: ID in place of id is refused",
	Check: readable(func(o *object, s *lint.Subject, r *lint.Report) {
		for _, k := range slices.Sorted(maps.Keys(o.keys)) {
			if !slices.Contains(sections, k) {
				r.At(lineOf(s, k), 0, "%q is no section of a profile", k)
			}
		}
	})}
