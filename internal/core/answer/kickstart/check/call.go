package check

import (
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/table"
)

// call is one command of the file, as it is read.
type call struct {
	cmd   *table.Command
	v     table.Version
	node  *kickstart.Node
	words []string
	vals  map[string]argument.Value
	extra []string
	where []int // of extra: indexes of the words
	at    int   // index of the word at fault, or -1: the whole line
	file  *state
}

// state is what the lines before have said.
type state struct {
	v     table.Version
	seen  map[string]bool            // commands, by the first of their names
	names map[string]map[string]bool // what was defined, by kind
}

// define notes a name and says whether it was there before.
func (s *state) define(kind, name string) (again bool) {
	if s.names[kind] == nil {
		s.names[kind] = map[string]bool{}
	}
	again = s.names[kind][name]
	s.names[kind][name] = true
	return again
}

func (c *call) text(dest string) string   { return c.vals[dest].Text }
func (c *call) on(dest string) bool       { return c.vals[dest].True }
func (c *call) given(dest string) bool    { return c.vals[dest].Given }
func (c *call) num(dest string) int       { return c.vals[dest].Int }
func (c *call) list(dest string) []string { return c.vals[dest].List }
func (c *call) since(f, r int) bool       { return c.v.Since(f, r) }

// has says that there is a value which is neither empty nor 0 nor off.
func (c *call) has(dest string) bool { return !empty(c.vals[dest]) }

func empty(v argument.Value) bool {
	switch v.Kind {
	case argument.Text:
		return v.Text == ""
	case argument.Int:
		return v.Int == 0
	case argument.List:
		return len(v.List) == 0
	case argument.Flag:
		return !v.True
	}
	return true
}

func (c *call) set(dest, text string) {
	v := c.vals[dest]
	v.Kind, v.Text = argument.Text, text
	c.vals[dest] = v
}

func (c *call) setList(dest string, list []string) {
	c.vals[dest] = argument.Value{Kind: argument.List, List: list}
}

func (c *call) setFlag(dest string, on bool) {
	c.vals[dest] = argument.Value{Kind: argument.Flag, True: on}
}

// assume gives a value where the line gives none, if the version has the option.
func (c *call) assume(option, text string) {
	if o := c.cmd.Option(option); o != nil && !c.given(o.Dest) {
		c.set(o.Dest, text)
	}
}

func (c *call) assumeInt(option string, n int) {
	if o := c.cmd.Option(option); o != nil && o.Type == "int" && !c.given(o.Dest) {
		c.vals[o.Dest] = argument.Value{Kind: argument.Int, Int: n}
	}
}

// blame names the value at fault, for the position, and gives the message back.
func (c *call) blame(dest, msg string) string {
	if v := c.vals[dest]; v.Given {
		c.at = v.At
	}
	return msg
}

// unexpected is the message for words that nothing wants, or "".
func (c *call) unexpected() string {
	if len(c.extra) == 0 {
		return ""
	}
	c.at = c.where[0]
	return "Unexpected arguments to " + c.cmd.Name + " command: " + argument.Repr(c.extra)
}

// dashed is unexpected, where one of the words looks like an option.
func (c *call) dashed() string {
	for i, w := range c.extra {
		if strings.HasPrefix(w, "-") {
			msg := c.unexpected()
			c.at = c.where[i]
			return msg
		}
	}
	return ""
}

// line is the command's line behind its name, quotes and all.
func (c *call) line() string {
	_, rest, _ := strings.Cut(c.node.Raw(), c.node.Tokens[0].Raw)
	return strings.TrimSpace(rest)
}

// exclusive says which of some options stand together that may not: each is
// named by its destination and itself. needed asks for at least one.
func (c *call) exclusive(needed bool, options ...[2]string) string {
	var used, all []string
	for _, o := range options {
		if c.cmd.Option(o[1]) == nil {
			continue
		}
		all = append(all, o[1])
		if c.has(o[0]) {
			used = append(used, o[1])
			c.at = c.vals[o[0]].At
		}
	}
	switch {
	case needed && len(used) == 0:
		return "One of " + strings.Join(all, ", ") + " options must be specified for " + c.cmd.Name + " command."
	case len(used) > 1:
		return "Only one of " + strings.Join(used, ", ") + " options may be specified for " + c.cmd.Name + " command."
	}
	c.at = -1
	return ""
}
