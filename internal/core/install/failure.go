package install

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// failureLines is how many lines of an installer's logs are kept of a failure.
const failureLines = 400

// FailureLog gives the lines that an installer sends with its failure: the last
// ones of its logs, each log after a line "== PATH". What is no text gives none.
func FailureLog(body []byte) []string {
	if !utf8.Valid(body) {
		body = []byte(strings.ToValidUTF8(string(body), "?"))
	}
	var out []string
	for line := range strings.Lines(string(body)) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return out[max(0, len(out)-failureLines):]
}

// telltale are lines that say what went wrong, the surest first: an exception
// at the end of a Python traceback, and words of a log's level.
var telltale = []*regexp.Regexp{
	regexp.MustCompile(`^(?:.*?: )?((?:[A-Za-z_]+\.)*[A-Z][A-Za-z]*(?:Error|Exception|Failure|Interrupt)(?::.*)?)$`),
	regexp.MustCompile(`(?:\b(?:ERR|CRT|ERROR|CRITICAL|FATAL)\b\W*|<3> \S+ \S+ \S+ )(\S.*)$`),
	regexp.MustCompile(`(?i)\b((?:error|failed|fatal|cannot|unable to)\b.*)$`),
}

// Telling is the line of a failure's log that tells most, quoted; "" when no
// line tells anything.
func Telling(lines []string) string {
	for _, pattern := range telltale {
		for i := len(lines) - 1; i >= 0; i-- {
			if strings.HasPrefix(lines[i], "== ") {
				continue
			}
			if m := pattern.FindStringSubmatch(lines[i]); m != nil {
				return quoted(Redact("", m[1]))
			}
		}
	}
	return ""
}
