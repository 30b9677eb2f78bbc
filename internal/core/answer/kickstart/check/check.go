package check

import (
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/table"
)

// Verdict is what a version's reader makes of a file, worst last.
type Verdict int

// The verdicts. With a warning or a deprecation the installer goes on.
const (
	OK Verdict = iota
	Warning
	Deprecated
	Error
)

// String is the verdict as reports name it.
func (v Verdict) String() string { return [...]string{"ok", "warning", "deprecated", "error"}[v] }

// Problem is one thing that a version's reader says of a file.
type Problem struct {
	Verdict Verdict
	Msg     string
	Line    int // from 1
	Column  int // from 1; 0 is the whole line
}

// Report is what there is to say of a file.
type Report struct {
	Problems []Problem
	version  table.Version
	calls    []*call
	sections []*call
	packages []kickstart.Package
}

// Verdict is the worst of the problems.
func (r *Report) Verdict() Verdict {
	worst := OK
	for _, p := range r.Problems {
		worst = max(worst, p.Verdict)
	}
	return worst
}

// rule is what the commands of a family ask beyond their options.
type rule struct {
	plain bool                 // its words are not sorted into options
	takes bool                 // words that no option wants are its own affair
	check func(c *call) string // what is wrong, or ""
	write func(c *call) string // how it is written, where form.txt does not do
}

// rules are filled in by the files of the families.
var rules = map[string]rule{}

func family(more map[string]rule) {
	for names, r := range more {
		for _, name := range strings.Fields(names) {
			rules[name] = r
		}
	}
}

// File reads a file as a version does. Where that would stop at the first
// error, this goes on: every problem is in the report, in the file's order.
func File(f *kickstart.File, v table.Version) *Report {
	r := &Report{version: v, packages: f.Packages()}
	s := &state{v: v, seen: map[string]bool{}, names: map[string]map[string]bool{}}
	set := table.For(v)
	for _, n := range f.Nodes {
		switch {
		case n.Err != nil:
			r.add(Error, n.Err.Line, n.Err.Column, n.Err.Msg)
		case n.Kind == kickstart.Command:
			r.command(set, s, n)
		case n.Kind == kickstart.Include && (len(n.Args()) == 0 || n.Args()[0].Text == ""):
			r.add(Error, n.Line, 0, "%include needs the name of a file")
		case n.Kind == kickstart.Stray:
			r.add(Error, n.Line, 0, "Unknown kickstart section: %end")
		case n.Kind == kickstart.Section:
			r.section(s, n)
		}
	}
	return r
}

func (r *Report) add(v Verdict, line, column int, msg string) {
	r.Problems = append(r.Problems, Problem{v, msg, line, column})
}

const ignored = " has been deprecated and no longer has any effect. It may be removed from future releases, which will be a fatal error then."

func (r *Report) command(set *table.Set, s *state, n *kickstart.Node) {
	name := n.Name()
	cmd := set.Command(name)
	switch {
	case cmd == nil:
		r.add(Error, n.Line, n.Tokens[0].Column, "Unknown command: "+name)
		return
	case cmd.Status == table.Removed:
		r.add(Error, n.Line, n.Tokens[0].Column, name+" has been removed.")
		return
	case cmd.Status == table.Deprecated:
		r.add(Deprecated, n.Line, n.Tokens[0].Column, "The "+name+" command"+ignored)
		return
	}
	c := &call{cmd: cmd, v: s.v, node: n, at: -1, file: s, vals: map[string]argument.Value{}}
	for _, t := range n.Args() {
		c.words = append(c.words, t.Text)
	}
	ru := rules[name]
	msg := r.read(c, ru)
	if msg == "" && ru.check != nil {
		msg = ru.check(c)
	}
	s.seen[firstName(name)] = true
	if msg != "" {
		column := 0
		if c.at >= 0 && c.at < len(n.Args()) {
			column = n.Args()[c.at].Column
		}
		r.add(Error, n.Line, column, msg)
		return
	}
	r.calls = append(r.calls, c)
	r.warn(c)
}

// read sorts the words of a line and gives what is wrong with them.
func (r *Report) read(c *call, ru rule) string {
	if ru.plain {
		return ""
	}
	args, f := argument.Read(c.cmd, c.words)
	for _, used := range args.Deprecated {
		r.add(Deprecated, c.node.Line, c.node.Args()[used.At].Column, "The "+used.Option.Names[0]+" option"+ignored)
	}
	if f != nil {
		c.at = f.At
		return f.Msg
	}
	c.vals, c.where = args.Values, args.Extra
	for _, i := range args.Extra {
		c.extra = append(c.extra, c.words[i])
	}
	if len(c.extra) > 0 && !ru.takes {
		c.at = args.Extra[0]
		return "unrecognized arguments: " + strings.Join(c.extra, " ")
	}
	return ""
}

// firstName makes one name of those under which a command goes.
func firstName(name string) string {
	switch name {
	case "authconfig":
		return "auth"
	case "partition":
		return "part"
	case "poweroff", "reboot", "shutdown":
		return "halt"
	case "graphical", "text":
		return "cmdline"
	}
	return name
}

// Values reads one command's line by the options that a version gives it: what
// each was given, by the names that table.txt calls dest. ok is false where the
// version does not know the command, or cannot read the line.
func Values(n *kickstart.Node, v table.Version) (values map[string]argument.Value, ok bool) {
	cmd := table.For(v).Command(n.Name())
	if n.Kind == kickstart.Section {
		cmd = table.For(v).Section(n.Name())
	}
	if cmd == nil || n.Err != nil {
		return nil, false
	}
	words := make([]string, 0, len(n.Tokens))
	for _, t := range n.Args() {
		words = append(words, t.Text)
	}
	args, f := argument.Read(cmd, words)
	return args.Values, f == nil
}
