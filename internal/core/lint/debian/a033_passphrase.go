package debian

import "seedbed/internal/core/lint"

var passphrase = lint.Rule{ID: "A033", Title: "the disk is to be encrypted, and no passphrase is given", Kinds: both, Severity: lint.Error, Question: "partman-crypto/passphrase",
	Why: "partman-crypto asks at priority critical",
	Check: missing(func(s *lint.Subject) bool { m, _ := value(s, "partman-auto/method"); return m == "crypto" },
		"partman-crypto/passphrase", "")}
