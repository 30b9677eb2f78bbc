package iso

import (
	"bytes"
	"fmt"
	"strings"

	"seedbed/internal/disk/volume"
	"seedbed/internal/fault"
)

// reader reads an Image's directories and files for its volume.FS.
type reader struct{ m *Image }

// List reads the directory n.
func (r reader) List(n *volume.Node) (*volume.Directory, error) {
	return r.m.scanDirectory(n.Runs[0])
}

// Content opens the regular file n.
func (r reader) Content(n *volume.Node) (*volume.File, error) {
	for _, e := range n.Runs {
		if err := r.m.src.Within(e.Off, e.N, "the file"); err != nil {
			return nil, err
		}
	}
	f := &volume.File{R: r.m.src.R, Runs: n.Runs, Size: n.Bytes, Backing: r.m.file}
	if n.Key == 0 {
		return f, nil
	}
	return r.m.unpacked(f, n)
}

// scan turns records into nodes.
type scan struct {
	m      *Image
	budget int64
	nodes  []volume.Node
	cost   int64
	first  bool
	open   *volume.Node // a file whose further extents are still to come
	openID []byte       // its identifier
}

// scanDirectory reads all records of the directory that lies at e.
func (m *Image) scanDirectory(e volume.Run) (*volume.Directory, error) {
	what := fmt.Sprintf("the directory at byte %d", e.Off)
	if e.N > volume.MaxDirectory {
		return nil, volume.Damaged("%s claims %d bytes, more than %d", what, e.N, volume.MaxDirectory)
	}
	if err := m.src.Within(e.Off, e.N, what); err != nil {
		return nil, err
	}
	s := &scan{m: m, budget: volume.MaxDirectory, first: true}
	buf := make([]byte, min(e.N, 32*sector))
	for pos, end := e.Off, e.Off+e.N; pos < end; {
		n := end - pos
		if n > int64(len(buf)) {
			n = int64(len(buf)) - pos%sector // end with a sector, as records do
		}
		chunk := buf[:n]
		if err := m.src.ReadAt(chunk, pos, what); err != nil {
			return nil, err
		}
		if err := s.chunk(chunk, pos); err != nil {
			return nil, err
		}
		pos += n
	}
	if s.first {
		return nil, volume.Damaged("%s is empty", what)
	}
	if s.open != nil {
		return nil, volume.Damaged("%s ends before the last extent of a file", what)
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
		return volume.Damaged("%s (directory record at byte %d)", err, pos)
	}
	return &fault.Fault{Kind: f.Kind, Hint: f.Hint, Err: f.Err,
		Msg: fmt.Sprintf("%s (directory record at byte %d)", f.Msg, pos)}
}

// record takes one record.
func (s *scan) record(rec *record) error {
	if s.first {
		s.first = false
		if !rec.isSelf() || !rec.isDir() {
			return volume.Damaged("what should be a directory does not start with its own record")
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
		n.ID = jolietName(rec.id)
	default:
		n.ID = plainName(rec.id)
	}
	if err := volume.CheckName(n.ID); err != nil {
		return err
	}
	if len(s.nodes) == volume.MaxEntries {
		return volume.Damaged("a directory has more than %d entries", volume.MaxEntries)
	}
	s.nodes = append(s.nodes, n)
	s.cost += volume.NodeCost + int64(len(n.ID)+len(n.Link))
	if rec.flags&flagMore != 0 && !rec.isDir() {
		s.open = &s.nodes[len(s.nodes)-1]
		s.openID = bytes.Clone(rec.id)
	}
	return nil
}

// further takes another extent of the open file, ECMA-119 6.5.1.
func (s *scan) further(rec *record) error {
	if !bytes.Equal(rec.id, s.openID) || rec.isDir() {
		return volume.Damaged("the file %q lacks its last extent", s.open.ID)
	}
	n := s.open
	if rec.size > 0 {
		next := volume.Run{Off: rec.lba * s.m.block, N: rec.size}
		if k := len(n.Runs); k > 0 && n.Runs[k-1].Off+n.Runs[k-1].N == next.Off {
			n.Runs[k-1].N += next.N
		} else {
			n.Runs = append(n.Runs, next)
			s.cost += 16
		}
		n.Bytes += rec.size
	}
	// Extents may overlap, so that a small image holds a file without end.
	if n.Bytes > s.m.src.Size {
		return volume.Damaged("the file %q claims %d bytes, more than the image has", n.ID, n.Bytes)
	}
	if len(n.Runs) > volume.MaxEntries {
		return volume.Damaged("the file %q has more than %d extents", n.ID, volume.MaxEntries)
	}
	if rec.flags&flagMore == 0 {
		s.open = nil
	}
	return nil
}

// rock reads the Rock Ridge entries of rec into n; keep is false for a
// directory that is shown elsewhere.
func (s *scan) rock(rec *record, n *volume.Node) (keep bool, err error) {
	n.ID = plainName(rec.id)
	if len(rec.use) <= s.m.skip {
		return true, nil
	}
	rk, err := s.m.parseRock(rec.use[s.m.skip:], &s.budget)
	if err != nil || rk.relocated {
		return false, err
	}
	if rk.child >= 0 {
		name := n.ID
		if *n, err = s.child(rk); err != nil {
			return false, err
		}
		n.ID = name
		if rk.hasName {
			n.ID = string(rk.name)
		}
		n.ID = strings.ToValidUTF8(n.ID, "\uFFFD")
		return true, nil
	}
	rk.apply(n)
	return true, nil
}

// child makes the node of a relocated directory (RRIP 4.1.5.1): its own "."
// record says how long it is.
func (s *scan) child(rk *rock) (volume.Node, error) {
	var none volume.Node
	s.budget -= sector
	if s.budget < 0 {
		return none, volume.Damaged("a directory has too many relocated children")
	}
	off := rk.child * s.m.block
	buf := make([]byte, sector-off%sector)
	if err := s.m.src.ReadAt(buf, off, "a relocated directory"); err != nil {
		return none, err
	}
	if buf[0] == 0 {
		return none, volume.Damaged("a relocated directory is empty")
	}
	rec, err := parseRecord(buf)
	if err != nil {
		return none, volume.Damaged("a relocated directory: %s", err)
	}
	if !rec.isSelf() || !rec.isDir() {
		return none, volume.Damaged("a CL entry does not lead to a directory")
	}
	n := s.m.newNode(rec)
	n.Runs[0].Off, n.At = off, off
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

// finish makes the directory: of versions of a file the highest stands first
// (ECMA-119 9.3), and stays.
func (s *scan) finish() *volume.Directory { return volume.NewDirectory(s.nodes, s.cost) }

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
