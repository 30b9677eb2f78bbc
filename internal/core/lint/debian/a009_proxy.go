package debian

import (
	"strings"

	"seedbed/internal/core/lint"
)

var proxy = lint.Rule{ID: "A009", Title: "the proxy is not answered, or is no address", Kinds: both, Severity: lint.Warning, Question: "mirror/http/proxy", Traps: []int{46},
	Why: "choose-mirror asks it at priority high, also when there is none; apt wants http:// in front",
	Check: func(s *lint.Subject, r *lint.Report) {
		v, ok := value(s, "mirror/http/proxy")
		switch {
		case ok && v != "" && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "https://"):
			line, col := place(s, "mirror/http/proxy")
			f := r.At(line, col, "the proxy %q does not begin with http://", v)
			f.Effect, f.Fix = "apt cannot use it: fetching packages fails", "write it as http://HOST:PORT/"
		default:
			missing(askedAtHigh, "mirror/http/proxy", "d-i mirror/http/proxy string")(s, r)
		}
	}}
