package rehearse

import (
	"cmp"
	"fmt"
	"strings"

	"seedbed/internal/core/question"
)

// prompt finds the question in the text dialogue of debian-installer, which
// ends in "Prompt: …>" below a title, its text and the choices: by its key if
// the catalogue knows the words, else the title in quotes.
func prompt(lines []string) string {
	if len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], "Prompt: ") {
		return ""
	}
	title, from := "", max(0, len(lines)-2)
	for i := len(lines) - 2; i >= 0; i-- {
		if i > 0 && strings.HasPrefix(lines[i], "----") {
			title, from = strings.Trim(lines[i-1], "! "), i-1
			break
		}
		if strings.HasPrefix(lines[i], "!!") {
			title, from = strings.Trim(lines[i], "! "), i
			break
		}
	}
	for i := len(lines) - 2; i >= from; i-- {
		if q, ok := question.ByText(question.Debian, lines[i]); ok {
			return q.Key
		}
	}
	if q, ok := question.ByText(question.Debian, strings.Join(lines[from:len(lines)-1], " ")); ok {
		return q.Key
	}
	return fmt.Sprintf("%q", cmp.Or(title, lines[from]))
}
