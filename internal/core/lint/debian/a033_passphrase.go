package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

var passphrase = lint.Rule{ID: "A033", Title: "the disk is to be encrypted, and no passphrase is given", Kinds: both, Severity: lint.Error, Question: "partman-crypto/passphrase",
	Why:   "partman-crypto asks at priority critical",
	Check: missing(encrypts, "partman-crypto/passphrase", "")}

var passphraseAgain = lint.Rule{ID: "A038", Title: "the passphrase is not given twice, or is too short", Kinds: both, Severity: lint.Error, Question: "partman-crypto/passphrase-again",
	Why: "partman-crypto's blockdev-keygen compares both, and asks about fewer than 8 characters, at priority critical",
	Fix: "give partman-crypto/passphrase and partman-crypto/passphrase-again the same 8 characters or more",
	Check: func(s *lint.Subject, r *lint.Report) {
		first, ok := value(s, "partman-crypto/passphrase")
		if !encrypts(s) || !whole(s) || !ok || first == "" {
			return
		}
		line, _ := place(s, "partman-crypto/passphrase")
		again, given := value(s, "partman-crypto/passphrase-again")
		switch {
		case !given:
			r.At(line, 0, "partman-crypto/passphrase-again is not answered")
		case again != first:
			line, _ = place(s, "partman-crypto/passphrase-again")
			r.At(line, 0, "the two passphrases differ")
		case len(first) < 8:
			weak, _ := value(s, "partman-crypto/weak_passphrase")
			if weak != "true" {
				r.At(line, 0, "the passphrase has fewer than 8 characters")
			}
		}
	}}

// encrypts says that a layout is to be encrypted.
func encrypts(s *lint.Subject) bool {
	m, _ := value(s, "partman-auto/method")
	arrays, _ := value(s, "partman-auto-raid/recipe")
	return m == "crypto" || m == "raid" && strings.Contains(arrays, " crypto-lvm ")
}
