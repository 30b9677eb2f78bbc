package check

import (
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/rule"
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
	calls    []*rule.Call
	sections []*rule.Call
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

// File reads a file as a version does. Where that would stop at the first
// error, this goes on: every problem is in the report, in the file's order.
func File(f *kickstart.File, v table.Version) *Report {
	r := &Report{version: v, packages: f.Packages()}
	s, set := rule.NewState(), table.For(v)
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
			r.section(set, s, n)
		}
	}
	return r
}

func (r *Report) add(v Verdict, line, column int, msg string) {
	r.Problems = append(r.Problems, Problem{v, msg, line, column})
}

func (r *Report) command(set *table.Set, s *rule.State, n *kickstart.Node) {
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
		r.add(Deprecated, n.Line, n.Tokens[0].Column, "The "+name+" command"+rule.Ignored)
		return
	}
	c := rule.New(cmd, r.version, n, s)
	msg := c.Check()
	r.notes(c)
	if msg != "" {
		r.add(Error, n.Line, c.Column(), msg)
		return
	}
	r.calls = append(r.calls, c)
}

func (r *Report) notes(c *rule.Call) {
	for _, note := range c.Notes {
		v := Deprecated
		if note.Warning {
			v = Warning
		}
		r.add(v, c.Node.Line, note.Column, note.Msg)
	}
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
