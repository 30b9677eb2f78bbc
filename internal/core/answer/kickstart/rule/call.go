package rule

import (
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/form"
	"seedbed/internal/core/answer/kickstart/table"
)

// Call is one command of a file, as it is read.
type Call struct {
	Cmd     *table.Command
	Version table.Version
	Node    *kickstart.Node
	Words   []string
	Values  map[string]argument.Value
	Extra   []string // words that no option wanted
	Where   []int    // of Extra: their indexes in Words
	At      int      // index of the word at fault, or -1: the whole line
	File    *State
	Notes   []Note
}

// Note is what a version says of a line that it accepts.
type Note struct {
	Msg     string
	Column  int  // from 1; 0 is the whole line
	Warning bool // a name given twice; else something deprecated
}

// State is what the lines before have said.
type State struct {
	Seen  map[string]bool            // commands, by the first of their names
	names map[string]map[string]bool // what was defined, by kind
}

// NewState is the state before a file's first line.
func NewState() *State {
	return &State{Seen: map[string]bool{}, names: map[string]map[string]bool{}}
}

// define notes a name and says whether it was there before.
func (s *State) define(kind, name string) (again bool) {
	if s.names[kind] == nil {
		s.names[kind] = map[string]bool{}
	}
	again = s.names[kind][name]
	s.names[kind][name] = true
	return again
}

// The values by destination: text, on, given, number, list.

// Text is the value as given.
func (c *Call) Text(dest string) string { return c.Values[dest].Text }

// On says that a flag is on.
func (c *Call) On(dest string) bool { return c.Values[dest].True }

// Given says that the line gives the value.
func (c *Call) Given(dest string) bool { return c.Values[dest].Given }

// Num is the value as a number.
func (c *Call) Num(dest string) int { return c.Values[dest].Int }

// List is the value as a list.
func (c *Call) List(dest string) []string { return c.Values[dest].List }

// Has says that there is a value which is neither empty nor 0 nor off.
func (c *Call) Has(dest string) bool { return !c.Values[dest].Empty() }

// Since says whether the version is at least one of these; see table.Version.
func (c *Call) Since(fedora, rhel int) bool { return c.Version.Since(fedora, rhel) }

// Column is the place of the word at fault, or 0 for the whole line.
func (c *Call) Column() int {
	if args := c.Node.Args(); c.At >= 0 && c.At < len(args) {
		return args[c.At].Column
	}
	return 0
}

// form writes the line by the form alone.
func (c *Call) form() string { return form.Line(c.Cmd, c.Version, c.Values) }

func (c *Call) set(dest, text string) {
	v := c.Values[dest]
	v.Kind, v.Text = argument.Text, text
	c.Values[dest] = v
}

func (c *Call) setList(dest string, list []string) {
	c.Values[dest] = argument.Value{Kind: argument.List, List: list}
}

func (c *Call) setFlag(dest string, on bool) {
	c.Values[dest] = argument.Value{Kind: argument.Flag, True: on}
}

// assume gives a value where the line gives none, if the version has the option.
func (c *Call) assume(option, text string) {
	if o := c.Cmd.Option(option); o != nil && !c.Given(o.Dest) {
		c.set(o.Dest, text)
	}
}

func (c *Call) assumeInt(option string, n int) {
	if o := c.Cmd.Option(option); o != nil && o.Type == "int" && !c.Given(o.Dest) {
		c.Values[o.Dest] = argument.Value{Kind: argument.Int, Int: n}
	}
}

// blame names the value at fault, for the position, and gives the message back.
func (c *Call) blame(dest, msg string) string {
	if v := c.Values[dest]; v.Given {
		c.At = v.At
	}
	return msg
}

// unexpected is the message for words that nothing wants, or "".
func (c *Call) unexpected() string {
	if len(c.Extra) == 0 {
		return ""
	}
	c.At = c.Where[0]
	return "Unexpected arguments to " + c.Cmd.Name + " command: " + argument.Repr(c.Extra)
}

// dashed is unexpected, where one of the words looks like an option.
func (c *Call) dashed() string {
	for i, w := range c.Extra {
		if strings.HasPrefix(w, "-") {
			msg := c.unexpected()
			c.At = c.Where[i]
			return msg
		}
	}
	return ""
}

// line is the command's line behind its name, quotes and all.
func (c *Call) line() string {
	_, rest, _ := strings.Cut(c.Node.Raw(), c.Node.Tokens[0].Raw)
	return strings.TrimSpace(rest)
}

// exclusive says which of some options stand together that may not: each is
// named by its destination and itself. needed asks for at least one.
func (c *Call) exclusive(needed bool, options ...[2]string) string {
	var used, all []string
	for _, o := range options {
		if c.Cmd.Option(o[1]) == nil {
			continue
		}
		all = append(all, o[1])
		if c.Has(o[0]) {
			used = append(used, o[1])
			c.At = c.Values[o[0]].At
		}
	}
	switch {
	case needed && len(used) == 0:
		return "One of " + strings.Join(all, ", ") + " options must be specified for " + c.Cmd.Name + " command."
	case len(used) > 1:
		return "Only one of " + strings.Join(used, ", ") + " options may be specified for " + c.Cmd.Name + " command."
	}
	c.At = -1
	return ""
}
