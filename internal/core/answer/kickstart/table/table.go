package table

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// Status is how a version stands to a command.
type Status int

// The statuses: supported; accepted, said to be of no effect; refused.
const (
	Supported Status = iota
	Deprecated
	Removed
)

// String is the status as docs and messages name it.
func (s Status) String() string { return [...]string{"ok", "deprecated", "removed"}[s] }

// Action is what an option does with its value, in the words of Python's argparse.
type Action int

// The actions. Append and Extend gather values; Extend's value is a list.
const (
	Store Action = iota
	StoreTrue
	StoreFalse
	StoreConst
	AppendConst
	Append
	Extend
)

var actions = map[string]Action{
	"true": StoreTrue, "false": StoreFalse, "const": StoreConst, "append-const": AppendConst, "append": Append, "extend": Extend,
}

// Option is an option of a command, or one of its positional arguments.
type Option struct {
	Names      []string // "--ondisk", "--ondrive"; none for a positional argument
	Dest       string   // what the value is called
	Action     Action
	Type       string   // "" for text, int, ksboolean, commaSplit, or a check of the command's own
	Choices    []string // the values allowed, where they are few
	Nargs      string   // of a positional argument: "" for one, "1", "*", "+"
	Required   bool
	Deprecated bool // accepted, without effect, with a warning
}

// TakesValue says that the option is followed by a value.
func (o *Option) TakesValue() bool {
	return o.Action == Store || o.Action == Append || o.Action == Extend
}

// Command is a command as one version knows it.
type Command struct {
	Name       string
	Syntax     string // the name of its syntax, as "F41_Partition"
	Status     Status
	Options    []*Option
	Positional []*Option
	byName     map[string]*Option
}

// Option finds an option by one of its names; nil where there is none.
func (c *Command) Option(name string) *Option { return c.byName[name] }

//go:embed table.txt
var text string

//go:embed section.txt
var sectionText string

// entry is a line of the table: what it says and of which versions.
type entry struct {
	words []string
	in    []span
}

// block is one command of the table, under one or more names.
type block struct {
	names   []string
	in      []span
	entries []entry
}

// Set is what one version knows.
type Set struct {
	Version  Version
	commands map[string]*Command
	sections map[string]*Command
	names    []string
}

// content is what the two texts say.
type content struct{ commands, sections []block }

var blocks = sync.OnceValue(func() content {
	commands, err := read(text)
	if err != nil {
		panic(err) // the table is part of the program and tested
	}
	sections, err := read(sectionText)
	if err != nil {
		panic(err)
	}
	return content{commands, sections}
})

var sets sync.Map // Version -> *Set

// For gives the commands of a version.
func For(v Version) *Set {
	if s, ok := sets.Load(v); ok {
		return s.(*Set)
	}
	s := &Set{Version: v, commands: map[string]*Command{}, sections: map[string]*Command{}}
	for _, b := range blocks().sections {
		for _, name := range b.names {
			s.sections[name] = b.command(name, v)
		}
	}
	for _, b := range blocks().commands {
		if !within(b.in, v) {
			continue
		}
		for _, name := range b.names {
			s.commands[name] = b.command(name, v)
			s.names = append(s.names, name)
		}
	}
	got, _ := sets.LoadOrStore(v, s)
	return got.(*Set)
}

// Command finds a command; nil where the version does not know it.
func (s *Set) Command(name string) *Command { return s.commands[name] }

// Section finds the options of a section, named as "%post"; nil for one whose
// header is its own affair.
func (s *Set) Section(name string) *Command { return s.sections[name] }

// Names are the commands' names, removed ones too, in alphabetical order.
func (s *Set) Names() []string { return s.names }

func (b block) command(name string, v Version) *Command {
	c := &Command{Name: name, byName: map[string]*Option{}}
	for _, e := range b.entries {
		if len(e.in) > 0 && !within(e.in, v) {
			continue
		}
		switch first := e.words[0]; {
		case first == "syntax":
			c.Syntax = e.words[1]
		case first == "ok":
		case first == "deprecated":
			c.Status = Deprecated
		case first == "removed":
			c.Status = Removed
		default:
			c.add(option(e.words))
		}
	}
	return c
}

func (c *Command) add(o *Option) {
	if len(o.Names) == 0 {
		c.Positional = append(c.Positional, o)
		return
	}
	c.Options = append(c.Options, o)
	for _, n := range o.Names {
		c.byName[n] = o
	}
}

// option reads a line as `--ondisk|--ondrive dest=disk required`.
func option(words []string) *Option {
	o := &Option{}
	if name, ok := strings.CutPrefix(words[0], "<"); ok {
		o.Dest = strings.TrimSuffix(name, ">")
	} else {
		o.Names = strings.Split(words[0], "|")
		o.Dest = strings.ReplaceAll(strings.TrimLeft(o.Names[0], "-"), "-", "_")
	}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "dest":
			o.Dest = value
		case "type":
			o.Type = value
		case "choices":
			o.Choices = strings.Split(value, ",")
		case "nargs":
			o.Nargs = value
		case "required":
			o.Required = true
		case "deprecated":
			o.Deprecated = true
		default:
			o.Action = actions[key]
		}
	}
	return o
}

// read reads the table's text: `command NAMES` begins a block, `in VERSIONS`
// says who knows it, and of each further line `@ VERSIONS` says where it holds
// if not in all of them.
func read(text string) ([]block, error) {
	var out []block
	for i, line := range strings.Split(text, "\n") {
		body, versions, _ := strings.Cut(line, " @ ")
		words := strings.Fields(body)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if words[0] == "command" {
			out = append(out, block{names: words[1:]})
			continue
		}
		b := &out[len(out)-1]
		if words[0] == "in" {
			versions = words[1]
		}
		var in []span
		if versions != "" {
			var err error
			if in, err = parseSpans(versions); err != nil {
				return nil, fmt.Errorf("table.txt:%d: %w", i+1, err)
			}
		}
		if words[0] == "in" {
			b.in = in
		} else {
			b.entries = append(b.entries, entry{words, in})
		}
	}
	return out, nil
}
