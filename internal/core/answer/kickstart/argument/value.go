package argument

import (
	"path"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/kickstart/table"
)

// Value is what one option, or more options of one name, were given.
type Value struct {
	Text  string   // as given; of a constant, the option's first name
	List  []string // of an option that takes or gathers more than one
	Int   int
	True  bool // of a flag: it is on
	Given bool // it stands in the line
	Kind  Kind
	At    int // index of the word it was read from
}

// Kind is the shape of a value.
type Kind int

// The shapes.
const (
	None Kind = iota
	Text
	List
	Int
	Flag
)

// Empty says that a value is the empty text, 0, an empty list, off, or not there.
func (v Value) Empty() bool {
	switch v.Kind {
	case Text:
		return v.Text == ""
	case Int:
		return v.Int == 0
	case List:
		return len(v.List) == 0
	case Flag:
		return !v.True
	}
	return true
}

// constants are what a flag stands for that gathers values, by its destination.
var constants = map[string]map[string][]string{
	"ports":    {"--ftp": {"21:tcp"}, "--http": {"80:tcp", "443:tcp"}, "--smtp": {"25:tcp"}, "--ssh": {"22:tcp"}, "--telnet": {"23:tcp"}},
	"services": {"--ftp": {"ftp"}, "--http": {"http"}, "--smtp": {"smtp"}, "--ssh": {"ssh"}},
}

// convert makes a value of a word by the option's type. why is empty when it fits.
func convert(o *table.Option, word string) (v Value, why string) {
	v = Value{Text: word, Kind: Text, Given: true}
	switch o.Type {
	case "int":
		n, ok := ParseInt(word)
		if !ok {
			return v, "invalid int value: " + quote(word)
		}
		v.Int, v.Kind = n, Int
	case "ksboolean":
		on, ok := Boolean(word)
		if !ok {
			return v, "invalid boolean value: " + quote(word)
		}
		v.True, v.Kind = on, Flag
	case "commaSplit":
		v.List, v.Kind = CommaSplit(word), List
	case "firewall_port_cb":
		for _, p := range strings.Split(word, ",") {
			p = strings.TrimSpace(p)
			if !strings.Contains(p, ":") {
				p += ":tcp"
			}
			v.List = append(v.List, p)
		}
		v.Kind = List
	case "part_cb":
		v.Text = strings.TrimPrefix(word, "/dev/")
	case "mountpoint":
		v.Text = Mountpoint(word)
	}
	if len(o.Choices) > 0 && !contains(o.Choices, v.Text) {
		return v, "invalid choice: " + quote(word) + " (choose from " + quoteAll(o.Choices) + ")"
	}
	return v, ""
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// ParseInt reads a whole number as Python's int() does: blanks around it, a
// sign, and single underscores between digits are allowed.
func ParseInt(s string) (int, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return 0, false
	}
	for _, c := range digits {
		if c != '_' && (c < '0' || c > '9') {
			return 0, false
		}
	}
	n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
	if err != nil { // longer than any number of the installer's makes sense
		n = 1<<62 - 1
		if s[0] == '-' {
			n = -n
		}
	}
	return n, true
}

// Boolean reads on/off, yes/no, true/false, 1/0.
func Boolean(s string) (on, ok bool) {
	switch strings.ToLower(s) {
	case "on", "yes", "true", "1":
		return true, true
	case "off", "no", "false", "0":
		return false, true
	}
	return false, false
}

// CommaSplit parts a list at its commas and leaves out what is empty.
func CommaSplit(s string) []string {
	out := []string{}
	for _, p := range strings.Split(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Mountpoint cleans a path; what is none (swap, pv.01) stays as it is.
func Mountpoint(s string) string {
	if !strings.HasPrefix(s, "/") {
		return s
	}
	clean := path.Clean(s)
	if strings.HasPrefix(s, "//") && !strings.HasPrefix(s, "///") {
		clean = "/" + clean // two slashes are kept, three are not (POSIX 4.13)
	}
	return clean
}

// quote writes a word in messages as Python's repr does, for plain words.
func quote(s string) string {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\t", `\t`).Replace(s) + "'"
}

func quoteAll(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, quote(s))
	}
	return strings.Join(out, ", ")
}

// Repr is a list of words as messages show it.
func Repr(list []string) string { return "[" + quoteAll(list) + "]" }
