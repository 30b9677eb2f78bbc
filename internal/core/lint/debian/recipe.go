package debian

import (
	"strconv"
	"strings"
)

// part is one partition of a recipe of partman-auto: minimum, priority,
// maximum, file system, and what follows (debian-installer's
// partman-auto-recipe.txt).
type part struct {
	min     int64 // MB
	fs      string
	options string // the rest, as it stands
}

// recipe reads an expert_recipe: "NAME :: part . part ." or the parts alone.
func recipe(text string) []part {
	if _, after, ok := strings.Cut(text, "::"); ok {
		text = after
	}
	var parts []part
	var words []string
	for w := range strings.FieldsSeq(text) {
		if w != "." {
			words = append(words, w)
			continue
		}
		if len(words) >= 4 {
			n, _ := strconv.ParseInt(strings.TrimRight(words[0], "MGT%"), 10, 64)
			parts = append(parts, part{min: n, fs: words[3], options: strings.Join(words[4:], " ")})
		}
		words = nil
	}
	return parts
}

// has says whether an option stands in a part, as method{ efi }.
func (p part) has(option, value string) bool {
	return strings.Contains(strings.ReplaceAll(p.options, " ", ""), option+"{"+value+"}")
}
