package iso

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"seedbed/internal/fault"
)

// Limits of one directory. The largest real ones hold some 50,000 entries.
const (
	maxDirectory = 64 << 20 // bytes of records and continuation areas
	maxEntries   = 250_000
	nodeCost     = 192 // about what a node takes in memory, without its texts
)

// directory is the content of one directory: nodes sorted by name, each name
// once.
type directory struct {
	nodes []node
	cost  int64
}

// find gives the index of name, or -1.
func (d *directory) find(name string) int {
	i := sort.Search(len(d.nodes), func(i int) bool { return d.nodes[i].name >= name })
	if i == len(d.nodes) || d.nodes[i].name != name {
		return -1
	}
	return i
}

// scan turns records into nodes.
type scan struct {
	m      *Image
	budget int64
	nodes  []node
	cost   int64
	first  bool
	open   *node  // a file whose further extents are still to come
	openID []byte // its identifier
}

// scanDirectory reads all records of the directory that lies at e.
func (m *Image) scanDirectory(e extent) (*directory, error) {
	what := fmt.Sprintf("the directory at byte %d", e.off)
	if e.n > maxDirectory {
		return nil, damaged("%s claims %d bytes, more than %d", what, e.n, maxDirectory)
	}
	if err := m.within(e.off, e.n, what); err != nil {
		return nil, err
	}
	s := &scan{m: m, budget: maxDirectory, first: true}
	buf := make([]byte, min(e.n, 32*sector))
	for pos, end := e.off, e.off+e.n; pos < end; {
		n := end - pos
		if n > int64(len(buf)) {
			n = int64(len(buf)) - pos%sector // end with a sector, as records do
		}
		chunk := buf[:n]
		if err := m.readAt(chunk, pos, what); err != nil {
			return nil, err
		}
		if err := s.chunk(chunk, pos); err != nil {
			return nil, err
		}
		pos += n
	}
	if s.first {
		return nil, damaged("%s is empty", what)
	}
	if s.open != nil {
		return nil, damaged("%s ends before the last extent of a file", what)
	}
	return s.finish(), nil
}

// chunk takes the records in b, which lies at pos.
func (s *scan) chunk(b []byte, pos int64) error {
	s.budget -= int64(len(b))
	for len(b) > 0 {
		left := min(int64(len(b)), sector-pos%sector)
		step := s.m.block - pos%s.m.block
		if b[0] != 0 {
			rec, err := parseRecord(b[:left])
			if err == nil {
				err = s.record(rec)
			}
			if err != nil {
				return located(err, pos)
			}
			step = int64(b[0])
		}
		step = min(step, int64(len(b)))
		b = b[step:]
		pos += step
	}
	return nil
}

// located adds to an error where in the image the record lies.
func located(err error, pos int64) error {
	f, ok := err.(*fault.Fault)
	if !ok {
		return damaged("%s (directory record at byte %d)", err, pos)
	}
	return &fault.Fault{Kind: f.Kind, Hint: f.Hint, Err: f.Err,
		Msg: fmt.Sprintf("%s (directory record at byte %d)", f.Msg, pos)}
}

// record takes one record.
func (s *scan) record(rec *record) error {
	if s.first {
		s.first = false
		if !rec.isSelf() || !rec.isDir() {
			return damaged("what should be a directory does not start with its own record")
		}
		return nil
	}
	if rec.isSelf() || rec.isParent() || rec.flags&flagAssociated != 0 {
		return nil
	}
	if s.open != nil {
		return s.further(rec)
	}
	n := s.m.newNode(rec)
	switch s.m.vol.Naming {
	case RockRidge:
		keep, err := s.rock(rec, &n)
		if err != nil || !keep {
			return err
		}
	case Joliet:
		n.name = jolietName(rec.id)
	default:
		n.name = plainName(rec.id)
	}
	if err := checkName(n.name); err != nil {
		return err
	}
	if len(s.nodes) == maxEntries {
		return damaged("a directory has more than %d entries", maxEntries)
	}
	s.nodes = append(s.nodes, n)
	s.cost += nodeCost + int64(len(n.name)+len(n.link))
	if rec.flags&flagMore != 0 && !rec.isDir() {
		s.open = &s.nodes[len(s.nodes)-1]
		s.openID = bytes.Clone(rec.id)
	}
	return nil
}

// further takes another extent of the open file, ECMA-119 6.5.1.
func (s *scan) further(rec *record) error {
	if !bytes.Equal(rec.id, s.openID) || rec.isDir() {
		return damaged("the file %q lacks its last extent", s.open.name)
	}
	n := s.open
	if rec.size > 0 {
		next := extent{rec.lba * s.m.block, rec.size}
		if k := len(n.extents); k > 0 && n.extents[k-1].off+n.extents[k-1].n == next.off {
			n.extents[k-1].n += next.n
		} else {
			n.extents = append(n.extents, next)
			s.cost += 16
		}
		n.size += rec.size
	}
	// Extents may overlap, so that a small image holds a file without end.
	if n.size > s.m.size {
		return damaged("the file %q claims %d bytes, more than the image has", n.name, n.size)
	}
	if len(n.extents) > maxEntries {
		return damaged("the file %q has more than %d extents", n.name, maxEntries)
	}
	if rec.flags&flagMore == 0 {
		s.open = nil
	}
	return nil
}

// rock reads the Rock Ridge entries of rec into n; keep is false for a
// directory that is shown elsewhere.
func (s *scan) rock(rec *record, n *node) (keep bool, err error) {
	n.name = plainName(rec.id)
	if len(rec.use) <= s.m.skip {
		return true, nil
	}
	rk, err := s.m.parseRock(rec.use[s.m.skip:], &s.budget)
	if err != nil || rk.relocated {
		return false, err
	}
	if rk.child >= 0 {
		name := n.name
		if *n, err = s.child(rk); err != nil {
			return false, err
		}
		n.name = name
		if rk.hasName {
			n.name = string(rk.name)
		}
		n.name = strings.ToValidUTF8(n.name, "\uFFFD")
		return true, nil
	}
	rk.apply(n)
	return true, nil
}

// child makes the node of a relocated directory (RRIP 4.1.5.1): its own "."
// record says how long it is.
func (s *scan) child(rk *rock) (node, error) {
	var none node
	s.budget -= sector
	if s.budget < 0 {
		return none, damaged("a directory has too many relocated children")
	}
	off := rk.child * s.m.block
	buf := make([]byte, sector-off%sector)
	if err := s.m.readAt(buf, off, "a relocated directory"); err != nil {
		return none, err
	}
	if buf[0] == 0 {
		return none, damaged("a relocated directory is empty")
	}
	rec, err := parseRecord(buf)
	if err != nil {
		return none, damaged("a relocated directory: %s", err)
	}
	if !rec.isSelf() || !rec.isDir() {
		return none, damaged("a CL entry does not lead to a directory")
	}
	n := s.m.newNode(rec)
	n.extents[0].off = off
	if len(rec.use) > s.m.skip {
		own, err := s.m.parseRock(rec.use[s.m.skip:], &s.budget)
		if err != nil {
			return none, err
		}
		own.hasName = false
		own.apply(&n)
	}
	return n, nil
}

// finish sorts the nodes and drops repeated names: of versions of a file the
// highest stands first (ECMA-119 9.3).
func (s *scan) finish() *directory {
	sort.SliceStable(s.nodes, func(i, j int) bool { return s.nodes[i].name < s.nodes[j].name })
	out := s.nodes[:0]
	for i := range s.nodes {
		if len(out) == 0 || out[len(out)-1].name != s.nodes[i].name {
			out = append(out, s.nodes[i])
		}
	}
	return &directory{nodes: out, cost: s.cost + nodeCost}
}

// plainName is an ISO 9660 name as people expect it: lower case, without
// version and without the dot of an empty extension.
func plainName(id []byte) string {
	name := strings.ToValidUTF8(string(id), "\uFFFD")
	if i := strings.LastIndexByte(name, ';'); i > 0 {
		name = name[:i]
	}
	if len(name) > 1 {
		name = strings.TrimSuffix(name, ".")
	}
	return strings.ToLower(name)
}

// jolietName is a Joliet name without the version that some writers add.
func jolietName(id []byte) string {
	return strings.TrimSuffix(ucs2(id), ";1")
}

// checkName refuses names that would mean something else in a path.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return damaged("an entry is named %q", name)
	case strings.ContainsAny(name, "/\x00"):
		return damaged("the name %q holds a slash or a NUL", name)
	}
	return nil
}
