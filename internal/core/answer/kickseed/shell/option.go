package shell

import "strings"

// Option is one that was found: its full name with the dashes, and its value.
type Option struct {
	Name  string
	Value Word
	Word  Word // as it stands in the file
}

// Trouble is an option that getopt complains about and leaves out.
type Trouble struct {
	Word  Word
	Kind  Kind // UnknownOption, UnsupportedValue or MissingValue
	Split bool // it may have a value of its own that is now an argument
}

// Options reads arguments as getopt(1) with -o ” does: long options only,
// abbreviated as long as the first that fits takes a value like the others do;
// arguments may stand between options. spec lists the options with a colon
// after those that take a value.
func Options(spec string, args []Word) (opts []Option, rest []Word, bad []Trouble) {
	for i := 0; i < len(args); i++ {
		w := args[i]
		if w.Text == "--" {
			return opts, append(rest, args[i+1:]...), bad
		}
		if w.Text == "-" || !strings.HasPrefix(w.Text, "-") {
			rest = append(rest, w)
			continue
		}
		if !strings.HasPrefix(w.Text, "--") {
			bad = append(bad, Trouble{w, UnknownOption, true})
			continue
		}
		name, value, joined := strings.Cut(w.Text[2:], "=")
		full, takes, ok := complete(spec, name)
		switch {
		case !ok:
			bad = append(bad, Trouble{w, UnknownOption, !joined && i+1 < len(args) && !strings.HasPrefix(args[i+1].Text, "-")})
		case !takes && joined:
			bad = append(bad, Trouble{w, UnsupportedValue, false})
		case !takes:
			opts = append(opts, Option{Name: "--" + full, Word: w})
		case joined:
			v := w
			v.Text, v.Column = value, w.Column+len(w.Text)-len(value)
			opts = append(opts, Option{"--" + full, v, w})
		case i+1 == len(args):
			bad = append(bad, Trouble{w, MissingValue, false})
		default:
			i++
			opts = append(opts, Option{"--" + full, args[i], w})
		}
	}
	return opts, rest, bad
}

// complete finds the option that name is, or is an abbreviation of.
func complete(spec, name string) (full string, takes, ok bool) {
	found := false
	for o := range strings.SplitSeq(spec, ",") {
		option, value := strings.CutSuffix(o, ":")
		if option == name {
			return option, value, true
		}
		if !strings.HasPrefix(option, name) {
			continue
		}
		if !found {
			full, takes, found, ok = option, value, true, true
		} else if takes != value {
			ok = false // ambiguous: they differ
		}
	}
	return full, takes, ok
}
