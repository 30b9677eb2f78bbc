// Command kickstart-table writes the table of Kickstart commands and options
// per version that internal/core/answer/kickstart/table embeds.
//
//	go run ./tools/kickstart-table < facts.jsonl > internal/core/answer/kickstart/table/table.txt
//
// Its input are facts, one JSON object a line for each version and command:
//
//	{"version": "F43", "command": "part", "cls": "F41_Partition", "status": "ok",
//	 "options": [{"names": ["--size"], "dest": "size", "action": "_StoreAction",
//	              "type": "int", "choices": [], "required": false, "deprecated": ""}],
//	 "positional": [{"dest": "mntpoint", "nargs": 1, "required": true}]}
//
// version, command, status (ok, deprecated, removed) and cls (the name of the
// syntax, made of the version that brought it and the command) are said of a
// command; names, action (of Python's argparse), type and choices of an option.
// They are what Pykickstart's parsers answer when asked for their own actions.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"seedbed/internal/core/answer/kickstart/table"
)

type option struct {
	Names      []string `json:"names"`
	Dest       string   `json:"dest"`
	Action     string   `json:"action"`
	Type       string   `json:"type"`
	Choices    []string `json:"choices"`
	Required   bool     `json:"required"`
	Deprecated string   `json:"deprecated"`
	Nargs      any      `json:"nargs"`
}

type fact struct {
	Version    string   `json:"version"`
	Command    string   `json:"command"`
	Class      string   `json:"cls"`
	Status     string   `json:"status"`
	Options    []option `json:"options"`
	Positional []option `json:"positional"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kickstart-table:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	commands := map[string][]fact{}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var f fact
		if err := json.Unmarshal(in.Bytes(), &f); err != nil {
			return err
		}
		commands[f.Command] = append(commands[f.Command], f)
	}
	if err := in.Err(); err != nil {
		return err
	}
	texts := map[string][]string{}
	for name, facts := range commands {
		text, err := describe(facts)
		if err != nil {
			return fmt.Errorf("describing %q: %w", name, err)
		}
		texts[text] = append(texts[text], name)
	}
	var blocks []string
	for text, names := range texts {
		slices.Sort(names)
		blocks = append(blocks, "command "+strings.Join(names, " ")+"\n"+text)
	}
	slices.Sort(blocks)
	_, err := io.WriteString(w, header+strings.Join(blocks, "\n"))
	return err
}

const header = `# Kickstart commands and options, and the versions that know them.
# Made by tools/kickstart-table; what the words mean stands in table.go.

`

// lines collects, for each line of a description, the versions it is true of.
type lines struct {
	order    []string
	versions map[string]table.Versions
}

func (l *lines) add(text string, v table.Version) {
	if _, ok := l.versions[text]; !ok {
		l.order = append(l.order, text)
	}
	l.versions[text] = append(l.versions[text], v)
}

func (l *lines) write(b *strings.Builder, all string) {
	for _, text := range l.order {
		b.WriteString("  " + text)
		if r := l.versions[text].String(); r != all {
			b.WriteString(" @ " + r)
		}
		b.WriteString("\n")
	}
}

func describe(facts []fact) (string, error) {
	class, status, opts := lines{versions: map[string]table.Versions{}}, lines{versions: map[string]table.Versions{}}, lines{versions: map[string]table.Versions{}}
	var all table.Versions
	for _, f := range facts {
		v, err := table.ParseVersion(f.Version)
		if err != nil {
			return "", err
		}
		all = append(all, v)
		class.add("syntax "+f.Class, v)
		status.add(f.Status, v)
		for _, o := range f.Positional {
			opts.add(o.describe(true), v)
		}
		for _, o := range f.Options {
			opts.add(o.describe(false), v)
		}
	}
	slices.SortStableFunc(opts.order, func(a, b string) int { return cmp.Compare(word(a), word(b)) })
	var b strings.Builder
	range0 := all.String()
	b.WriteString("  in " + range0 + "\n")
	class.write(&b, range0)
	status.write(&b, range0)
	opts.write(&b, range0)
	return b.String(), nil
}

func word(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

// actions are argparse's, in our words.
var actions = map[string]string{
	"_StoreAction": "", "_StoreTrueAction": "true", "_StoreFalseAction": "false", "_StoreConstAction": "const",
	"_AppendConstAction": "append-const", "ExtendConstAction": "append-const", "_AppendAction": "append", "ExtendAction": "extend",
}

func (o option) describe(positional bool) string {
	words := []string{strings.Join(o.Names, "|")}
	if positional {
		words[0] = "<" + o.Dest + ">"
	} else if o.Dest != strings.ReplaceAll(strings.TrimLeft(o.Names[0], "-"), "-", "_") {
		words = append(words, "dest="+o.Dest)
	}
	if a := actions[o.Action]; a != "" {
		words = append(words, a)
	}
	if o.Type != "" {
		words = append(words, "type="+strings.Trim(o.Type, "_"))
	}
	if len(o.Choices) > 0 {
		words = append(words, "choices="+strings.Join(o.Choices, ","))
	}
	if o.Nargs != nil {
		words = append(words, fmt.Sprintf("nargs=%v", o.Nargs))
	}
	if o.Required {
		words = append(words, "required")
	}
	if o.Deprecated != "" {
		words = append(words, "deprecated")
	}
	return strings.Join(words, " ")
}
