package kickstart

import "strings"

// Kind says what a node is.
type Kind int

// The kinds of nodes.
const (
	Blank    Kind = iota // an empty line
	Comment              // a line that begins with #
	Command              // a command with its words
	Include              // %include FILE, between commands
	KSAppend             // %ksappend URL: expanded before the file is read
	Section              // %packages, %post … up to its %end
	Stray                // a %end that ends nothing
)

// Node is one line of a file, or one section with all its lines.
type Node struct {
	Kind   Kind
	Line   int          // of its first line, from 1
	Tokens []Token      // the words of the line; of a section, of its header
	Err    *SyntaxError // why the line could not be split; Tokens holds what precedes
	Body   []BodyLine   // of a section: the lines between header and %end
	Closed bool         // of a section: it has its %end

	raw string // the line, or the header, with its end
	end string // the line of %end
}

// BodyLine is a line within a section.
type BodyLine struct {
	Text string // without its end
	Line int    // from 1
	raw  string
}

// File is a Kickstart file: its nodes in order.
type File struct {
	Nodes []*Node
}

// sections are those that every release accepts; others are refused.
var sections = map[string]bool{
	"%packages": true, "%pre": true, "%pre-install": true, "%post": true, "%onerror": true,
	"%traceback": true, "%addon": true, "%anaconda": true, "%certificate": true,
}

// KnownSection says whether an installer knows a section, named as "%post".
func KnownSection(name string) bool { return sections[name] }

// Parse reads any text; it never fails. Print gives the same bytes again.
func Parse(text string) *File {
	f := &File{}
	lines := splitLines(text)
	for i := 0; i < len(lines); {
		n := parseLine(lines[i], i+1)
		i++
		if n.Kind == Section {
			i = n.readBody(lines, i)
		}
		f.Nodes = append(f.Nodes, n)
	}
	return f
}

func parseLine(line string, number int) *Node {
	n := &Node{Line: number, raw: line}
	if blank(line) {
		return n
	}
	if strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
		n.Kind = Comment
		return n
	}
	n.Kind = Command
	n.Tokens, _, n.Err = split(line, number)
	if len(n.Tokens) == 0 {
		return n
	}
	switch name := n.Tokens[0].Text; {
	case name == "%include":
		n.Kind = Include
	case name == "%ksappend":
		n.Kind = KSAppend
	case name == "%end":
		n.Kind = Stray
	case strings.HasPrefix(name, "%"):
		n.Kind = Section
	}
	return n
}

// readBody takes the lines of a section from index i on and gives the index
// behind it. A section without %end goes to the next known section's header.
func (n *Node) readBody(lines []string, i int) int {
	for ; i < len(lines); i++ {
		if name := sectionWord(lines[i]); name == "%end" {
			n.Closed, n.end = true, lines[i]
			return i + 1
		} else if KnownSection(name) {
			return i
		}
		text, _ := cutLineEnd(lines[i])
		n.Body = append(n.Body, BodyLine{Text: text, Line: i + 1, raw: lines[i]})
	}
	return i
}

// sectionWord is the first word of a line that begins with %, else "".
func sectionWord(line string) string {
	line = strings.TrimLeft(line, " \t")
	if !strings.HasPrefix(line, "%") {
		return ""
	}
	word, _, _ := strings.Cut(line, " ")
	word, _, _ = strings.Cut(word, "\t")
	word, _ = cutLineEnd(word)
	return word
}

// Print is the text of the file: what was not edited is as it was read.
func (f *File) Print() string {
	var b strings.Builder
	for _, n := range f.Nodes {
		n.print(&b)
	}
	return b.String()
}

func (n *Node) print(b *strings.Builder) {
	b.WriteString(n.raw)
	for _, l := range n.Body {
		b.WriteString(l.raw)
	}
	b.WriteString(n.end)
}

// Raw is the node's text as it stands in the file.
func (n *Node) Raw() string {
	var b strings.Builder
	n.print(&b)
	return b.String()
}
