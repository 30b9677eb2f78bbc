package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

var clearSwap = lint.Rule{ID: "A039", Title: "swap in clear beside encryption", Kinds: both, Severity: lint.Error, Question: "partman-crypto/unsafe_swap",
	Why: "partman-crypto's check.d/unsafe_swap stops with an error: swap gives away what is in memory, the key with it",
	Check: func(s *lint.Subject, r *lint.Report) {
		text, _ := value(s, "partman-auto/expert_recipe")
		if !encrypts(s) {
			return
		}
		line, _ := place(s, "partman-auto/expert_recipe")
		for _, p := range recipe(text) {
			if (p.fs == "linux-swap" || p.has("method", "swap")) && !p.volume() {
				r.At(line, 0, "the recipe has a swap outside the encrypted group")
				return
			}
		}
	}}

var clearBoot = lint.Rule{ID: "A040", Title: "the root is encrypted, and there is no /boot in clear", Kinds: both, Severity: lint.Error, Question: "partman-crypto/crypto_root_needs_boot",
	Why: "partman-crypto's check.d/crypto_check_mountpoints asks at priority critical",
	Check: func(s *lint.Subject, r *lint.Report) {
		text, _ := value(s, "partman-auto/expert_recipe")
		if ok, _ := value(s, "partman-crypto/crypto_root_needs_boot"); !encrypts(s) || ok == "true" {
			return
		}
		root := false
		for _, p := range recipe(text) {
			if p.has("mountpoint", "/boot") && !p.volume() {
				return
			}
			root = root || p.has("mountpoint", "/") && p.volume()
		}
		if arrays, _ := value(s, "partman-auto-raid/recipe"); root && !strings.Contains(arrays, " /boot ") {
			line, _ := place(s, "partman-auto/expert_recipe")
			r.At(line, 0, "the recipe has no /boot outside the encrypted group")
		}
	}}

// volume says that a part is a logical volume.
func (p part) volume() bool { return strings.Contains(p.options, "$lvmok{") }
