package udf

import (
	"io/fs"
	"strings"

	"seedbed/internal/disk/volume"
)

// File characteristics, ECMA-167 4/14.4.3.
const (
	markDirectory = 0x02
	markDeleted   = 0x04
	markParent    = 0x08
	markStream    = 0x10
)

const fileIDHead = 38

// List reads the directory n: its content is file identifiers, one after
// another (ECMA-167 4/14.4).
func (r reader) List(n *volume.Node) (*volume.Directory, error) {
	e, err := r.entry(n)
	if err != nil {
		return nil, err
	}
	if e.kind != kindDirectory {
		return nil, volume.Damaged("a directory is none any more")
	}
	if e.size > volume.MaxDirectory {
		return nil, volume.Damaged("a directory claims %d bytes, more than %d", e.size, volume.MaxDirectory)
	}
	f, err := r.file(e)
	if err != nil {
		return nil, err
	}
	b := make([]byte, e.size)
	if len(b) > 0 {
		if _, err := f.ReadAt(b, 0); err != nil {
			return nil, volume.Damaged("a directory ends early")
		}
	}
	return r.identifiers(b)
}

// identifiers takes the content of a directory apart.
func (r reader) identifiers(b []byte) (*volume.Directory, error) {
	var nodes []volume.Node
	var cost int64
	for len(b) > 0 {
		if len(b) < fileIDHead {
			return nil, volume.Damaged("a directory ends inside a file identifier")
		}
		// Its tag's block number is that of the directory's extent: nothing to
		// find it by, so that it is not compared. Linux does not either.
		if id, err := tag(b[:min(len(b), tagLength+1<<16)], le.Uint32(b[12:]), "a file identifier"); err != nil || id != tagFileID {
			return nil, orDamaged(err, "a directory holds a descriptor of type %d", id)
		}
		nameLen, useLen := int(b[19]), int(le.Uint16(b[36:]))
		n := (fileIDHead + nameLen + useLen + 3) &^ 3
		if n > len(b) {
			return nil, volume.Damaged("a file identifier is longer than its directory")
		}
		marks, icb, raw := b[18], longAD(b[20:]), b[fileIDHead+useLen:][:nameLen]
		b = b[n:]
		if marks&(markDeleted|markParent|markStream) != 0 {
			continue
		}
		node, err := r.named(raw, icb, marks)
		if err != nil {
			return nil, err
		}
		if len(nodes) == volume.MaxEntries {
			return nil, volume.Damaged("a directory has more than %d entries", volume.MaxEntries)
		}
		nodes = append(nodes, node)
		cost += volume.NodeCost + int64(len(node.ID))
	}
	return volume.NewDirectory(nodes, cost), nil
}

// named reads the entry behind a file identifier.
func (r reader) named(raw []byte, icb address, marks byte) (volume.Node, error) {
	name, ok := characters(raw)
	if !ok {
		return volume.Node{}, volume.Damaged("a name is encoded in a way that UDF does not know")
	}
	name = strings.ToValidUTF8(name, "\uFFFD")
	if err := volume.CheckName(name); err != nil {
		return volume.Node{}, err
	}
	e, err := r.m.entry(icb)
	if err != nil {
		return volume.Node{}, err
	}
	if (e.kind == kindDirectory) != (marks&markDirectory != 0) {
		return volume.Node{}, volume.Damaged("%q is a directory in one place and none in another", name)
	}
	n := e.node()
	n.ID = name
	return n, nil
}

// maxTarget is PATH_MAX of every system that wrote links.
const maxTarget = 4096

// Target reads a symbolic link: path components (ECMA-167 4/14.16.1), each
// type, length, version, name.
func (r reader) Target(n *volume.Node) (string, error) {
	e, err := r.entry(n)
	if err != nil {
		return "", err
	}
	if e.kind != kindLink || e.size > maxTarget {
		return "", volume.Damaged("the target of a symbolic link is %d bytes long", e.size)
	}
	f, err := r.file(e)
	if err != nil {
		return "", err
	}
	b := make([]byte, e.size)
	if len(b) > 0 {
		if _, err := f.ReadAt(b, 0); err != nil {
			return "", volume.Damaged("the target of a symbolic link ends early")
		}
	}
	var parts []string
	for len(b) > 0 {
		if len(b) < 4 || 4+int(b[1]) > len(b) {
			return "", volume.Damaged("a component of a symbolic link is longer than its file")
		}
		kind, raw := b[0], b[4:4+int(b[1])]
		b = b[4+int(b[1]):]
		switch kind {
		case 1, 2: // the root of the system, or of the volume: both lead out
			parts = []string{""}
		case 3:
			parts = append(parts, "..")
		case 4:
			parts = append(parts, ".")
		case 5:
			name, ok := characters(raw)
			if !ok || strings.ContainsAny(name, "/\x00") {
				return "", volume.Damaged("a component of a symbolic link has an impossible name")
			}
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, "/"), nil
}

var _ fs.FS = (*Image)(nil)
