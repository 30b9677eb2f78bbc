package debian

import "seedbed/internal/core/lint"

var noESP = lint.Rule{ID: "A021", Title: "the recipe has no EFI system partition, and the firmware is UEFI", Kinds: both, Severity: lint.Error, Question: "partman-efi/no_efi",
	Traps: []int{41}, Why: "partman-efi's check.d/efi asks at priority critical",
	Fix: "add to the recipe: 538 538 1075 free $iflabel{ gpt } $reusemethod{ } method{ efi } format{ } .",
	Check: func(s *lint.Subject, r *lint.Report) {
		text, ok := value(s, "partman-auto/expert_recipe")
		if uefi, known := s.UEFI(); !ok || !known || !uefi || len(recipe(text)) == 0 {
			return
		}
		for _, p := range recipe(text) {
			if p.has("method", "efi") {
				return
			}
		}
		line, _ := place(s, "partman-auto/expert_recipe")
		r.At(line, 0, "")
	}}
