package kickstart

import (
	"slices"
	"strings"
)

// Replace puts text, one or more lines, in a node's place.
func (f *File) Replace(n *Node, text string) {
	if i := slices.Index(f.Nodes, n); i >= 0 {
		f.splice(i, i+1, text)
	}
}

// InsertBefore puts text, one or more lines, before a node; nil means the end of
// the file.
func (f *File) InsertBefore(n *Node, text string) {
	i := slices.Index(f.Nodes, n)
	if i < 0 {
		i = len(f.Nodes)
	}
	f.splice(i, i, text)
}

// InsertAfter puts text, one or more lines, behind a node.
func (f *File) InsertAfter(n *Node, text string) {
	i := slices.Index(f.Nodes, n)
	f.splice(i+1, i+1, text)
}

// InsertCommand puts a command behind the last command of the file, so that it
// stands before the sections.
func (f *File) InsertCommand(text string) {
	at := 0
	for i, n := range f.Nodes {
		if n.Kind == Command || n.Kind == Include {
			at = i + 1
		}
	}
	f.splice(at, at, text)
}

// Remove takes a node away.
func (f *File) Remove(n *Node) {
	if i := slices.Index(f.Nodes, n); i >= 0 {
		f.splice(i, i+1, "")
	}
}

// splice puts the nodes of text in the place of those from i to j. The text is
// read for itself, so it cannot be swallowed by a section that stands before;
// lines end as the file's first line does.
func (f *File) splice(i, j int, text string) {
	eol := f.eol()
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if eol != "\n" {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", eol)
	}
	if i > 0 && text != "" {
		f.Nodes[i-1].endLine(eol)
	}
	f.Nodes = slices.Replace(f.Nodes, i, j, Parse(text).Nodes...)
	f.renumber()
}

func (f *File) eol() string {
	if len(f.Nodes) > 0 {
		if _, end := cutLineEnd(f.Nodes[0].raw); end != "" {
			return end
		}
	}
	return "\n"
}

// endLine gives the node's last line an end where the file stopped short of one.
func (n *Node) endLine(eol string) {
	last := &n.raw
	if n.end != "" {
		last = &n.end
	} else if len(n.Body) > 0 {
		last = &n.Body[len(n.Body)-1].raw
	}
	if _, end := cutLineEnd(*last); end == "" {
		*last += eol
	}
}

// renumber counts the lines again.
func (f *File) renumber() {
	line := 1
	for _, n := range f.Nodes {
		n.Line = line
		for i := range n.Tokens {
			n.Tokens[i].Line = line
		}
		if n.Err != nil {
			n.Err.Line = line
		}
		line++
		for i := range n.Body {
			n.Body[i].Line = line
			line++
		}
		if n.end != "" {
			line++
		}
	}
}

// rewrite sets the node's line, keeping its end.
func (n *Node) rewrite(text string) {
	_, end := cutLineEnd(n.raw)
	n.raw = text + end
	n.Tokens, _, n.Err = split(n.raw, n.Line)
}

// AddOption appends words, as `--ondisk=sda`, behind the last word of a line
// and before its comment. A section's header is a line too.
func (n *Node) AddOption(words string) {
	text, _ := cutLineEnd(n.raw)
	at := len(text)
	if _, comment, err := split(n.raw, n.Line); err == nil && comment >= 0 {
		at = comment
	}
	head := strings.TrimRight(text[:at], " \t")
	tail := text[len(head):]
	if strings.TrimSpace(tail) == "" {
		tail = ""
	} else if !strings.HasPrefix(tail, " ") && !strings.HasPrefix(tail, "\t") {
		tail = " " + tail
	}
	n.rewrite(head + " " + words + tail)
}

// SetOption gives an option a value, where it stands or else at the end.
// It is false where the value cannot be written in one line.
func (n *Node) SetOption(name, value string) bool {
	word, ok := Quote(value)
	if !ok {
		return false
	}
	n.RemoveOption(name, true)
	n.AddOption(name + "=" + word)
	return true
}

// RemoveOption takes away every use of an option. takesValue says that a word
// of its own behind it is its value.
func (n *Node) RemoveOption(name string, takesValue bool) {
	text, _ := cutLineEnd(n.raw)
	for i := len(n.Tokens) - 1; i > 0; i-- {
		got, _, joined := strings.Cut(n.Tokens[i].Text, "=")
		if got != name {
			continue
		}
		last := i
		if takesValue && !joined && i+1 < len(n.Tokens) && !strings.HasPrefix(n.Tokens[i+1].Text, "-") {
			last++
		}
		from := n.offset(text, n.Tokens[i])
		to := n.offset(text, n.Tokens[last]) + len(n.Tokens[last].Raw)
		from = len(strings.TrimRight(text[:from], " \t"))
		text = text[:from] + text[min(to, len(text)):]
	}
	n.rewrite(text)
}

// ReplaceToken writes another word in a word's place; raw is written as it is.
func (n *Node) ReplaceToken(t Token, raw string) {
	text, _ := cutLineEnd(n.raw)
	at := n.offset(text, t)
	n.rewrite(text[:at] + raw + text[min(at+len(t.Raw), len(text)):])
}

// Close gives a section its %end.
func (n *Node) Close() {
	if n.Kind == Section && !n.Closed {
		n.endLine("\n")
		n.Closed, n.end = true, "%end\n"
	}
}

// offset is where a word begins, in bytes.
func (n *Node) offset(text string, t Token) int {
	column := 1
	for i := range text {
		if column == t.Column {
			return i
		}
		column++
	}
	return len(text)
}
