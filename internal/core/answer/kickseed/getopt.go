package kickseed

import "strings"

// option is one that getopt found: its full name with the dashes, and its value.
type option struct {
	name  string
	value Word
	word  Word // as it stands in the file
}

// trouble is an option that getopt complained about and left out.
type trouble struct {
	word  Word
	cause Cause
	split bool // it may have a value of its own that is now an argument
}

// getopt reads arguments as getopt(1) with -o ” does: long options only,
// abbreviated as long as the first that fits takes a value like the others do;
// arguments may stand between options. spec lists the options with a colon
// after those that take a value.
func getopt(spec string, args []Word) (opts []option, rest []Word, bad []trouble) {
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
			bad = append(bad, trouble{w, UnknownOption, true})
			continue
		}
		name, value, joined := strings.Cut(w.Text[2:], "=")
		full, takes, ok := complete(spec, name)
		switch {
		case !ok:
			bad = append(bad, trouble{w, UnknownOption, !joined && i+1 < len(args) && !strings.HasPrefix(args[i+1].Text, "-")})
		case !takes && joined:
			bad = append(bad, trouble{w, UnsupportedValue, false})
		case !takes:
			opts = append(opts, option{name: "--" + full, word: w})
		case joined:
			v := w
			v.Text, v.Column = value, w.Column+len(w.Text)-len(value)
			opts = append(opts, option{"--" + full, v, w})
		case i+1 == len(args):
			bad = append(bad, trouble{w, MissingValue, false})
		default:
			i++
			opts = append(opts, option{"--" + full, args[i], w})
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
