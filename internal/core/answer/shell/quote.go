package shell

import "strings"

// Quote is s as one word of a POSIX shell (POSIX.1-2017 XCU 2.2.2). A single
// quote in it is put between double quotes and not behind a backslash: the
// word then holds no backslash of ours, which readers on the way to the shell
// may take for their own. s must not hold NUL, which no shell word can carry.
func Quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}

// QuoteAll is each word quoted, with blanks between.
func QuoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	return strings.Join(quoted, " ")
}
