package iso

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf16"

	"seedbed/internal/disk/volume"
	"seedbed/internal/fault"
)

// sector is the logical sector of ECMA-119 6.1.2: descriptors are one each,
// and no directory record crosses the end of one.
const sector = 2048

// Volume descriptor types, ECMA-119 8.1.1, and where the set starts.
const (
	descriptorBoot          = 0
	descriptorPrimary       = 1
	descriptorSupplementary = 2
	descriptorTerminator    = 255

	descriptorStart = 16 * sector
	maxDescriptors  = 64
)

// Naming says which of an image's name trees is read.
type Naming string

// The naming schemes, best first.
const (
	RockRidge Naming = "Rock Ridge"
	UDF       Naming = "UDF"
	Joliet    Naming = "Joliet"
	Plain     Naming = "ISO 9660"
)

// Volume is what the volume says about itself. Texts are trimmed and as the
// publisher wrote them: untrusted.
type Volume struct {
	ID          string
	Publisher   string
	Application string
	Created     time.Time // UTC; zero: not given
	Size        int64     // bytes of the volume; the file may be longer
	Naming      Naming
}

// descriptors is what the volume descriptor set holds.
type descriptors struct {
	labels      Volume
	volume      int64
	block       int64
	root        []byte // directory record of the root, primary
	jolietBlock int64
	jolietRoot  []byte // nil: no Joliet tree
	bootCatalog int64
}

// readDescriptors reads the volume descriptor set (ECMA-119 8).
func (m *Image) readDescriptors() (*descriptors, error) {
	d := &descriptors{}
	buf := make([]byte, sector)
	for i := range int64(maxDescriptors) {
		off := descriptorStart + i*sector
		if m.src.Size < off+sector {
			if i == 0 {
				return nil, m.notAnImage()
			}
			return nil, fault.New(fault.Invalid, volume.HintTruncated,
				"the image is truncated: it ends at byte %d, inside the volume descriptors", m.src.Size)
		}
		if err := m.src.ReadAt(buf, off, "the volume descriptors"); err != nil {
			return nil, err
		}
		if string(buf[1:6]) != "CD001" {
			if i == 0 {
				return nil, m.notAnImage()
			}
			break // no terminator: some writers leave it out
		}
		if buf[0] == descriptorTerminator {
			break
		}
		if err := d.add(buf); err != nil {
			return nil, err
		}
	}
	if d.root == nil {
		return nil, volume.Damaged("it has no primary volume descriptor")
	}
	return d, nil
}

func (d *descriptors) add(buf []byte) error {
	switch buf[0] {
	case descriptorPrimary:
		if d.root != nil {
			return nil // a copy of the first (ECMA-119 8.4 allows several)
		}
		return d.addPrimary(buf)
	case descriptorSupplementary:
		return d.addSupplementary(buf)
	case descriptorBoot:
		// El Torito 1.0, figure 7: the catalogue's sector at 0x47.
		if strings.TrimRight(string(buf[7:39]), "\x00 ") == "EL TORITO SPECIFICATION" && d.bootCatalog == 0 {
			d.bootCatalog = int64(binary.LittleEndian.Uint32(buf[0x47:])) * sector
		}
	}
	return nil
}

func (d *descriptors) addPrimary(buf []byte) error {
	block, err := blockSize(buf)
	if err != nil {
		return err
	}
	d.block = block
	d.volume = int64(binary.LittleEndian.Uint32(buf[80:])) * block
	d.root = append([]byte(nil), buf[156:190]...)
	d.labels = Volume{
		ID:          label(buf[40:72]),
		Publisher:   label(buf[318:446]),
		Application: label(buf[574:702]),
		Created:     longTime(buf[813:830]),
	}
	return nil
}

// addSupplementary keeps the Joliet tree. Version 2 is the enhanced descriptor
// of ISO 9660:1999, whose tree is the primary's.
func (d *descriptors) addSupplementary(buf []byte) error {
	if buf[6] != 1 || d.jolietRoot != nil {
		return nil
	}
	// Joliet specification, escape sequences: UCS-2 level 1, 2 and 3.
	switch string(buf[88:91]) {
	case "%/@", "%/C", "%/E":
	default:
		return nil
	}
	block, err := blockSize(buf)
	if err != nil {
		return err
	}
	d.jolietBlock = block
	d.jolietRoot = append([]byte(nil), buf[156:190]...)
	return nil
}

// blockSize reads the logical block size, ECMA-119 8.4.12.
func blockSize(buf []byte) (int64, error) {
	switch n := binary.LittleEndian.Uint16(buf[128:]); n {
	case 512, 1024, 2048:
		return int64(n), nil
	default:
		return 0, volume.Damaged("its logical blocks are said to be %d bytes long", n)
	}
}

// chooseTree picks the tree with the best names and sets root, block and skip.
func (m *Image) chooseTree(d *descriptors) error {
	m.block = d.block
	root, err := m.rootNode(d.root)
	if err != nil {
		return err
	}
	rock, err := m.detectRockRidge(root)
	if err != nil {
		return err
	}
	m.root, m.vol.Naming = root, Plain
	switch {
	case rock:
		m.vol.Naming = RockRidge
	case d.jolietRoot != nil:
		m.block, m.vol.Naming = d.jolietBlock, Joliet
		m.root, err = m.rootNode(d.jolietRoot)
	}
	return err
}

func (m *Image) rootNode(raw []byte) (*volume.Node, error) {
	rec, err := parseRecord(raw)
	if err != nil {
		return nil, volume.Damaged("its root directory record: %s", err)
	}
	if !rec.isDir() {
		return nil, volume.Damaged("its root is not a directory")
	}
	n := m.newNode(rec)
	n.ID = "."
	return &n, nil
}

// label is a text field of a descriptor, without its padding.
func label(b []byte) string {
	return strings.ToValidUTF8(strings.Trim(string(b), " \x00"), "\uFFFD")
}

// ucs2 decodes a Joliet name: big-endian UCS-2, in practice UTF-16.
func ucs2(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}
