package debconf

import (
	_ "embed"
	"iter"
	"strconv"
	"strings"
	"sync"
)

// Priority is how much a question matters. The installer asks those that are at
// or above debconf/priority; unattended, that is critical.
type Priority string

// The priorities; None where a question is never asked, only looked at, or where
// it is not known.
const (
	None     Priority = ""
	Low      Priority = "low"
	Medium   Priority = "medium"
	High     Priority = "high"
	Critical Priority = "critical"
)

// Question is one entry of the catalogue.
type Question struct {
	Key     string
	Type    string   // string, boolean, select, multiselect, password, note or error
	Package string   // the part of the installer that has it
	Asked   Priority // the highest with which it is asked
	Choices []string // where they are always the same
	Now     string   // the key that took its place, for one that is gone
	Text    string   // what it is about; "" where the key says it
	ranges  []span
}

// span is a range of releases of one system; an empty end is open.
type span struct{ system, from, to string }

//go:embed template.tsv
var table string

var catalogue = sync.OnceValue(func() map[string]Question {
	all := map[string]Question{}
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		col := strings.Split(strings.TrimRight(line, "\n"), "\t")
		col = append(col, make([]string, 8-len(col))...)
		q := Question{Key: col[0], Type: col[1], Package: col[2], Asked: Priority(col[4]), Now: col[6], Text: col[7]}
		if col[5] != "" {
			q.Choices = strings.Split(col[5], "|")
		}
		for r := range strings.FieldsFuncSeq(col[3], func(c rune) bool { return c == ',' }) {
			system, versions, _ := strings.Cut(r, ":")
			from, to, _ := strings.Cut(versions, "-")
			q.ranges = append(q.ranges, span{system, from, to})
		}
		all[q.Key] = q
	}
	return all
})

// All goes through the catalogue, in no order.
func All() iter.Seq[Question] {
	return func(yield func(Question) bool) {
		for _, q := range catalogue() {
			if !yield(q) {
				return
			}
		}
	}
}

// families are keys of which there are many: where a word stands for *, the
// question is that of the one in the catalogue.
var families = []struct{ prefix, suffix, key string }{
	{"apt-setup/local", "/repository", "apt-setup/local0/repository"},
	{"apt-setup/local", "/comment", "apt-setup/local0/comment"},
	{"apt-setup/local", "/source", "apt-setup/local0/source"},
	{"apt-setup/local", "/key", "apt-setup/local0/key"},
	{"console-keymaps-", "/keymap", "console-keymaps-at/keymap"},
}

// Lookup finds a question by its key.
func Lookup(key string) (Question, bool) {
	if q, ok := catalogue()[key]; ok {
		return q, true
	}
	for _, f := range families {
		if rest, ok := strings.CutPrefix(key, f.prefix); ok && strings.HasSuffix(rest, f.suffix) {
			q := catalogue()[f.key]
			q.Key = key
			return q, true
		}
	}
	if strings.HasPrefix(key, "hw-detect/module_params/") {
		return Question{Key: key, Type: "string", Package: "hw-detect", Text: "parameters of a kernel module"}, true
	}
	return Question{}, false
}

// In says whether the installer of a release ("debian-13", "ubuntu-12.04") has
// the question. One of no known range is in all; so is any, where the release is
// not known ("").
func (q Question) In(release string) bool {
	system, version, _ := strings.Cut(release, "-")
	if len(q.ranges) == 0 || version == "" {
		return true
	}
	for _, r := range q.ranges {
		if r.system == system && (r.from == "" || compare(version, r.from) >= 0) && (r.to == "" || compare(version, r.to) <= 0) {
			return true
		}
	}
	return false
}

// compare orders versions such as 9 and 12, 12.04 and 8.10.
func compare(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		m, _ := strconv.Atoi(x)
		n, _ := strconv.Atoi(y)
		if m != n {
			return m - n
		}
	}
	return 0
}
