package rule

import (
	"strings"

	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/table"
)

// rule is what the commands of a family ask beyond their options.
type rule struct {
	plain bool                 // its words are not sorted into options
	takes bool                 // words that no option wants are its own affair
	check func(c *Call) string // what is wrong, or ""
	write func(c *Call) string // how it is written, where form.txt does not do
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

// New is a command's line as it stands.
func New(cmd *table.Command, v table.Version, n *kickstart.Node, file *State) *Call {
	c := &Call{Cmd: cmd, Version: v, Node: n, At: -1, File: file, Values: map[string]argument.Value{}}
	for _, t := range n.Args() {
		c.Words = append(c.Words, t.Text)
	}
	return c
}

// Check reads the line and gives what is wrong with it, or "". It notes the
// line in the file's state.
func (c *Call) Check() string {
	ru, msg := rules[c.Cmd.Name], ""
	if !ru.plain {
		msg = c.Read(ru.takes)
	}
	if msg == "" && ru.check != nil {
		msg = ru.check(c)
	}
	c.File.Seen[FirstName(c.Cmd.Name)] = true
	if msg == "" {
		c.warn()
	}
	return msg
}

// Ignored is what is said of what a version has no more use for.
const Ignored = " has been deprecated and no longer has any effect. It may be removed from future releases, which will be a fatal error then."

// Read sorts the words and gives what is wrong with them. takes says that words
// of no use are no fault.
func (c *Call) Read(takes bool) string {
	args, f := argument.Read(c.Cmd, c.Words)
	for _, used := range args.Deprecated {
		c.Notes = append(c.Notes, Note{Msg: "The " + used.Option.Names[0] + " option" + Ignored, Column: c.Node.Args()[used.At].Column})
	}
	if f != nil {
		c.At = f.At
		return f.Msg
	}
	c.Values, c.Where = args.Values, args.Extra
	for _, i := range args.Extra {
		c.Extra = append(c.Extra, c.Words[i])
	}
	if len(c.Extra) > 0 && !takes {
		c.At = args.Extra[0]
		return "unrecognized arguments: " + strings.Join(c.Extra, " ")
	}
	return ""
}

// Write gives the line in its canonical form; "" where it is not written.
func (c *Call) Write() string {
	if write := rules[c.Cmd.Name].write; write != nil {
		return write(c)
	}
	return c.form()
}

// FirstName makes one name of those under which a command goes.
func FirstName(name string) string {
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
