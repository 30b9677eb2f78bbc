package volume

import (
	"io/fs"
	"sort"
	"strings"
)

// Limits of one directory. The largest real ones hold some 50,000 entries.
const (
	MaxDirectory = 64 << 20 // bytes of its records, and of what they lead to
	MaxEntries   = 250_000
	NodeCost     = 192 // about what a Node takes in memory, without its texts
)

// Directory is the content of one directory: nodes sorted by name, each name
// once.
type Directory struct {
	nodes []Node
	cost  int64
}

// NewDirectory sorts nodes and drops repeated names, the first of each stays.
// cost is what the directory takes in memory, in bytes.
func NewDirectory(nodes []Node, cost int64) *Directory {
	sort.SliceStable(nodes, func(i, j int) bool { return nodes[i].ID < nodes[j].ID })
	out := nodes[:0]
	for i := range nodes {
		if len(out) == 0 || out[len(out)-1].ID != nodes[i].ID {
			out = append(out, nodes[i])
		}
	}
	return &Directory{nodes: out, cost: cost + NodeCost}
}

// find gives the index of name, or -1. With fold a name in another case will
// do where there is no exact one.
func (d *Directory) find(name string, fold bool) int {
	i := sort.Search(len(d.nodes), func(i int) bool { return d.nodes[i].ID >= name })
	if i < len(d.nodes) && d.nodes[i].ID == name {
		return i
	}
	if fold {
		for i := range d.nodes {
			if strings.EqualFold(d.nodes[i].ID, name) {
				return i
			}
		}
	}
	return -1
}

// CheckName refuses names that would mean something else in a path.
func CheckName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return Damaged("an entry is named %q", name)
	case strings.ContainsAny(name, "/\x00"):
		return Damaged("the name %q holds a slash or a NUL", name)
	}
	return nil
}

// entries gives n entries from index from.
func (d *Directory) entries(from, n int) []fs.DirEntry {
	out := make([]fs.DirEntry, n)
	for i := range out {
		out[i] = entry{&d.nodes[from+i]}
	}
	return out
}

// entry is a node as an fs.DirEntry.
type entry struct{ n *Node }

func (e entry) Name() string               { return e.n.ID }
func (e entry) IsDir() bool                { return e.n.IsDir() }
func (e entry) Type() fs.FileMode          { return e.n.Type.Type() }
func (e entry) Info() (fs.FileInfo, error) { return e.n, nil }
func (e entry) String() string             { return fs.FormatDirEntry(e) }
