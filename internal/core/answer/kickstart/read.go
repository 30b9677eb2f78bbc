package kickstart

import "strings"

// Name is the command or the section, as "part" or "%post"; "" where there is none.
func (n *Node) Name() string {
	if n.Kind < Command || len(n.Tokens) == 0 {
		return ""
	}
	return n.Tokens[0].Text
}

// Args are the words behind the name.
func (n *Node) Args() []Token {
	if len(n.Tokens) == 0 {
		return nil
	}
	return n.Tokens[1:]
}

// Option is an option as it stands in a line.
type Option struct {
	Token           // the word with the option's name
	Name     string // as "--ondisk"
	Value    string // behind "=", or the next word
	HasValue bool   // there is a value; without "=" it may as well be a word of its own
	Joined   bool   // written with "="
}

// Option finds the last of the options with one of these names ("--ondisk",
// "--ondrive"). It knows no table: a word behind an option without "=" is taken
// for its value. Use check.Values where that matters.
func (n *Node) Option(names ...string) (Option, bool) {
	args := n.Args()
	for i := len(args) - 1; i >= 0; i-- {
		name, value, joined := strings.Cut(args[i].Text, "=")
		for _, want := range names {
			if name != want {
				continue
			}
			o := Option{Token: args[i], Name: name, Value: value, HasValue: joined, Joined: joined}
			if !joined && i+1 < len(args) && !strings.HasPrefix(args[i+1].Text, "-") {
				o.Value, o.HasValue = args[i+1].Text, true
			}
			return o, true
		}
	}
	return Option{}, false
}

// Has says whether a line carries one of the options.
func (n *Node) Has(names ...string) bool {
	_, ok := n.Option(names...)
	return ok
}

// Commands are the lines with one of these commands ("part", "partition"), in order.
func (f *File) Commands(names ...string) []*Node { return f.pick(Command, names) }

// Command is the last line with one of these commands, which is the one that
// counts for most of them; nil where there is none.
func (f *File) Command(names ...string) *Node {
	if found := f.pick(Command, names); len(found) > 0 {
		return found[len(found)-1]
	}
	return nil
}

// Sections are the sections of these names ("%post"), in order.
func (f *File) Sections(names ...string) []*Node { return f.pick(Section, names) }

func (f *File) pick(kind Kind, names []string) []*Node {
	var out []*Node
	for _, n := range f.Nodes {
		if n.Kind != kind {
			continue
		}
		for _, name := range names {
			if n.Name() == name {
				out = append(out, n)
				break
			}
		}
	}
	return out
}

// Header is what the file says of its own version in a "#version=" comment, as
// "RHEL9", with its line; "" where it says nothing.
func (f *File) Header() (version string, line int) {
	for _, n := range f.Nodes {
		if n.Kind == Comment {
			if v, ok := strings.CutPrefix(n.raw, "#version="); ok {
				return strings.TrimSpace(v), n.Line
			}
		}
	}
	return "", 0
}

// Script is a section's body as one text, as the installer hands it to the interpreter.
func (n *Node) Script() string {
	var b strings.Builder
	for _, l := range n.Body {
		b.WriteString(l.raw)
	}
	return b.String()
}
