package install

import (
	"regexp"
	"strings"
)

// replies are those of debconf that hold no value of a question.
var replies = map[string]bool{
	"": true, "ok": true, "OK": true, "goback": true, "true": true, "false": true, "question will be asked": true, "question skipped": true,
	"value set": true, "backup": true, "2.0": true,
}

var (
	verbs      = regexp.MustCompile(`^--> (?:(INPUT (?:low|medium|high|critical) \S+)|(GO|CLEAR|STOP|BEGINBLOCK|ENDBLOCK|VERSION|PURGE)(?:\s.*)?|((?:GET|SET|FGET|FSET|SUBST|RESET|REGISTER|UNREGISTER|METAGET|EXIST|INFO|TITLE|SETTITLE) [A-Za-z0-9._/+-]+).*|(PROGRESS (?:START \d+ \d+ |SET |STEP |INFO )?[A-Za-z0-9._/+-]+)|(CAPB).*)$`)
	hashes     = regexp.MustCompile(`\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|argon2id?)\$[^\s"']*`)
	bareSecret = regexp.MustCompile(`(?i)\b(\S*(?:password|passwd|passphrase|secret|rootpw)\S*?[=:]\s*|\S*passw(?:or)?d\S*\s+(?:password|string)\s+|rootpw\s+(?:--\S+\s+)*)\S.*$`)
)

const left = "…" // stands for what is not kept

// Redact takes out of a line of an installer's log what must not be kept:
// values of debconf's exchange, among which are passwords, and password
// hashes anywhere. Of debconf's lines only forms that are known to hold no
// value pass whole.
func Redact(tag, text string) string {
	inside := strings.HasPrefix(text, "--> ") || strings.HasPrefix(text, "<-- ")
	switch at := strings.Index(text, "debconf (developer): "); {
	case at >= 0: // debconf of the installed system, heard through another program
		head, rest := text[:at], text[at+len("debconf (developer): "):]
		// There the arrows are the other way round.
		return clean(head) + "debconf (developer): " + exchangeLine(turned.Replace(rest))
	case programOf(tag) == "debconf" || inside:
		return exchangeLine(strings.TrimSpace(text))
	}
	return clean(text)
}

var turned = strings.NewReplacer("<-- ", "--> ", "--> ", "<-- ")

func clean(text string) string {
	return bareSecret.ReplaceAllString(hashes.ReplaceAllString(text, left), "${1}"+left)
}

func exchangeLine(text string) string {
	if m := reply.FindStringSubmatch(text); m != nil {
		if replies[strings.TrimSpace(m[2])] {
			return text
		}
		return "<-- " + m[1] + " " + left
	}
	m := verbs.FindStringSubmatch(text)
	if m == nil {
		word, _, _ := strings.Cut(text, " ")
		if word == "-->" || word == "<--" {
			return word + " " + left
		}
		return left
	}
	for _, known := range m[1:] {
		if known == "" {
			continue
		}
		if rest := strings.TrimPrefix(text, "--> "+known); rest != "" {
			return "--> " + known + " " + left
		}
		return text
	}
	return left
}
