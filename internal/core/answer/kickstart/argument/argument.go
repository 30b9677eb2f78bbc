package argument

import (
	"slices"
	"strings"

	"seedbed/internal/core/answer/kickstart/table"
)

// Arguments are the words of one command, sorted.
type Arguments struct {
	Values     map[string]Value // by the option's destination
	Extra      []int            // indexes of words that nothing wanted
	Deprecated []Used           // deprecated options, in order
}

// Used is an option that was used.
type Used struct {
	Option *table.Option
	At     int // index of its word
}

// Fault is why the words cannot be read.
type Fault struct {
	Msg string
	At  int // index of the word, or -1 for the whole line
}

func (f *Fault) Error() string { return f.Msg }

// mark says what a word is.
type mark struct {
	option   bool          // it looks like an option
	known    *table.Option // nil: of no option here
	explicit string        // behind "="
	joined   bool
}

// reader is the state of one reading.
type reader struct {
	cmd         *table.Command
	words       []string
	marks       []mark
	positionals []*table.Option // not yet filled
	seen        map[*table.Option]bool
	dashes      int // index of the first "--", or -1: what follows is no option
	out         Arguments
}

// Read sorts the words behind a command's name. Words of no use are not a
// fault here: they come back in Extra, for some commands want them.
func Read(cmd *table.Command, words []string) (Arguments, *Fault) {
	r := reader{cmd: cmd, words: words, positionals: cmd.Positional, seen: map[*table.Option]bool{}}
	r.out.Values = map[string]Value{}
	r.dashes = slices.Index(words, "--")
	f := r.mark()
	if f == nil {
		f = r.walk()
	}
	if f == nil {
		f = r.required()
	}
	return r.out, f
}

// mark looks at each word alone: option or not, and which.
func (r *reader) mark() *Fault {
	r.marks = make([]mark, len(r.words))
	for i, w := range r.words {
		if i == r.dashes { // all that follows is no option
			return nil
		}
		m, f := r.look(i, w)
		if f != nil {
			return f
		}
		r.marks[i] = m
		if m.known != nil && m.known.Deprecated {
			r.out.Deprecated = append(r.out.Deprecated, Used{m.known, i})
		}
	}
	return nil
}

func (r *reader) look(at int, w string) (mark, *Fault) {
	if len(w) < 2 || w[0] != '-' {
		return mark{}, nil
	}
	if o := r.cmd.Option(w); o != nil {
		return mark{option: true, known: o}, nil
	}
	name, value, joined := strings.Cut(w, "=")
	if o := r.cmd.Option(name); joined && o != nil {
		return mark{option: true, known: o, explicit: value, joined: true}, nil
	}
	if strings.HasPrefix(w, "--") {
		var found *table.Option
		var names []string
		for _, o := range r.cmd.Options {
			for _, n := range o.Names {
				if strings.HasPrefix(n, name) {
					found, names = o, append(names, n)
				}
			}
		}
		if len(names) > 1 {
			return mark{}, &Fault{"ambiguous option: " + w + " could match " + strings.Join(names, ", "), at}
		}
		if found != nil {
			return mark{option: true, known: found, explicit: value, joined: joined}, nil
		}
	}
	if negative(w) || strings.Contains(w, " ") {
		return mark{}, nil
	}
	return mark{option: true}, nil
}

// negative says that a word is a number below zero, which is no option.
func negative(w string) bool {
	whole, fraction, dot := strings.Cut(w[1:], ".")
	for _, c := range whole + fraction {
		if c < '0' || c > '9' {
			return false
		}
	}
	return dot && fraction != "" || !dot && whole != ""
}

func (r *reader) lastOption() int {
	for i := len(r.marks) - 1; i >= 0; i-- {
		if r.marks[i].option {
			return i
		}
	}
	return -1
}

// walk goes over the words: a run of plain words fills positional arguments,
// an option takes what it needs.
func (r *reader) walk() *Fault {
	at, last := 0, r.lastOption()
	for at <= last {
		next := at
		for !r.marks[next].option {
			next++
		}
		if next != at {
			end, f := r.fill(at)
			if f != nil {
				return f
			}
			if end > at {
				at = end
				continue
			}
			for ; at < next; at++ {
				r.out.Extra = append(r.out.Extra, at)
			}
		}
		end, f := r.option(at)
		if f != nil {
			return f
		}
		at = end
	}
	at, f := r.fill(at)
	if f != nil {
		return f
	}
	for ; at < len(r.words); at++ {
		r.out.Extra = append(r.out.Extra, at)
	}
	return nil
}

// option reads an option with its value and gives the index behind them.
func (r *reader) option(at int) (int, *Fault) {
	m := r.marks[at]
	o := m.known
	switch {
	case o == nil:
		r.out.Extra = append(r.out.Extra, at)
		return at + 1, nil
	case !o.TakesValue():
		if m.joined {
			return 0, &Fault{"argument " + name(o) + ": ignored explicit argument " + quote(m.explicit), at}
		}
		r.seen[o] = true
		r.flag(o, at)
		return at + 1, nil
	case m.joined:
		return at + 1, r.take(o, m.explicit, at)
	case at+1 < len(r.words) && !r.marks[at+1].option && at+1 != r.dashes:
		return at + 2, r.take(o, r.words[at+1], at+1)
	case o.Nargs == "?":
		r.seen[o] = true
		r.out.Values[o.Dest] = Value{Kind: Flag, True: true, Given: true, At: at}
		return at + 1, nil
	}
	return 0, &Fault{"argument " + name(o) + ": expected one argument", at}
}

func name(o *table.Option) string {
	if len(o.Names) == 0 {
		return "<" + o.Dest + ">"
	}
	return strings.Join(o.Names, "/")
}

func (r *reader) flag(o *table.Option, at int) {
	v := Value{Kind: Flag, Given: true, At: at, True: o.Action == table.StoreTrue}
	switch o.Action {
	case table.StoreConst:
		v.Kind, v.Text = Text, o.Names[0]
	case table.AppendConst:
		old, add := r.out.Values[o.Dest].List, constants[o.Dest][o.Names[0]]
		v.Kind = List
		if len(add) > 1 { // a list goes before what is there
			v.List = append(append([]string{}, add...), old...)
		} else {
			v.List = append(append([]string{}, old...), add...)
		}
	}
	r.out.Values[o.Dest] = v
}

// take gives an option its value.
func (r *reader) take(o *table.Option, word string, at int) *Fault {
	r.seen[o] = true
	v, why := convert(o, word)
	if why != "" {
		return &Fault{"argument " + name(o) + ": " + why, at}
	}
	v.At = at
	old := r.out.Values[o.Dest].List
	switch o.Action {
	case table.Append:
		v.List, v.Kind = append(append([]string{}, old...), word), List
	case table.Extend:
		v.List = append(append([]string{}, old...), v.List...)
	}
	r.out.Values[o.Dest] = v
	return nil
}

// fill gives the plain words from index at on to as many positional arguments
// as they are enough for, and gives the index behind them. The first "--" goes
// to the argument whose words it stands among, and is none of them.
func (r *reader) fill(at int) (int, *Fault) {
	end := at
	for end < len(r.words) && !r.marks[end].option {
		end++
	}
	n := end - at
	if r.dashes >= at && r.dashes < end {
		n--
	}
	counts := share(r.positionals, n)
	for i, n := range counts {
		o, from := r.positionals[i], at
		for n > 0 || at == r.dashes {
			if at != r.dashes {
				n--
			}
			at++
		}
		if f := r.give(o, from, at); f != nil {
			return from, f
		}
	}
	r.positionals = r.positionals[len(counts):]
	return at, nil
}

// give makes the words from one index to another the values of a positional argument.
func (r *reader) give(o *table.Option, from, to int) *Fault {
	r.seen[o] = true
	v := Value{Kind: List, At: from, List: []string{}}
	dashes := false
	for _, w := range r.words[from:to] {
		if w == "--" && !dashes {
			dashes = true
			continue
		}
		got, why := convert(o, w)
		if why != "" {
			return &Fault{"argument " + name(o) + ": " + why, from}
		}
		v.List, v.Text, v.Given = append(v.List, got.Text), got.Text, true
	}
	r.out.Values[o.Dest] = v
	return nil
}

// share says how many of n words each positional argument gets: the earlier
// takes what it can, but leaves what the later ones must have. Those for which
// nothing is left are not in the answer.
func share(positionals []*table.Option, n int) []int {
	for k := len(positionals); k > 0; k-- {
		need := 0
		for _, o := range positionals[:k] {
			need += least(o)
		}
		if need > n {
			continue
		}
		counts, spare := make([]int, k), n-need
		for i, o := range positionals[:k] {
			counts[i] = least(o)
			switch o.Nargs {
			case "*", "+":
				counts[i], spare = counts[i]+spare, 0
			case "?":
				if spare > 0 {
					counts[i], spare = 1, spare-1
				}
			}
		}
		return counts
	}
	return nil
}

func least(o *table.Option) int {
	if o.Nargs == "*" || o.Nargs == "?" {
		return 0
	}
	return 1
}

// required says which arguments are missing.
func (r *reader) required() *Fault {
	var missing []string
	for _, o := range append(append([]*table.Option{}, r.cmd.Positional...), r.cmd.Options...) {
		if o.Required && !r.seen[o] {
			missing = append(missing, name(o))
		}
	}
	if missing == nil {
		return nil
	}
	return &Fault{"the following arguments are required: " + strings.Join(missing, ", "), -1}
}
