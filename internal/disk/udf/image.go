package udf

import (
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf16"

	"seedbed/internal/disk/volume"
	"seedbed/internal/fault"
)

// Labels are what the volume says about itself, untrusted.
type Labels struct {
	ID          string
	Application string
	Created     time.Time
	Size        int64 // bytes up to the end of its last partition
}

// Image is a UDF volume as a file system, safe for concurrent use.
type Image struct {
	*volume.FS
	Labels Labels

	src        volume.Source
	file       *os.File
	block      int64 // bytes of a block: 512 to 4096
	partitions []partition
}

const (
	recognitionStart = 32 << 10 // ECMA-167 2/8.3, the sectors behind ISO 9660's system area
	recognitionStep  = 2 << 10
	maxRecognition   = 64
)

// Present says whether an image has UDF's volume recognition sequence.
func Present(r io.ReaderAt, size int64) bool {
	var b [6]byte
	for i := range int64(maxRecognition) {
		off := recognitionStart + i*recognitionStep
		if off+int64(len(b)) > size {
			return false
		}
		if _, err := r.ReadAt(b[:], off); err != nil {
			return false
		}
		switch string(b[1:]) {
		case "NSR02", "NSR03":
			return true
		case "CD001", "BEA01", "BOOT2", "CDW02", "\x00\x00\x00\x00\x00":
		default:
			return false
		}
	}
	return false
}

// New reads the descriptors of the volume in r, which holds size bytes. file
// is r when it is a file, for volume.File's Section; else nil. The error is a
// *fault.Fault of kind Invalid, or Unavailable when r cannot be read.
func New(r io.ReaderAt, size int64, file *os.File) (*Image, error) {
	m := &Image{src: volume.Source{R: r, Size: size}, file: file}
	anchor, err := m.anchor()
	if err != nil {
		return nil, err
	}
	d := &descriptors{}
	// The second extent is the reserve copy of the first, ECMA-167 3/10.2.
	for _, off := range []int{16, 24} {
		d = &descriptors{}
		if err = m.sequence(d, le.Uint32(anchor[off+4:]), le.Uint32(anchor[off:])); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	root, err := m.mount(d)
	if err != nil {
		return nil, err
	}
	if m.FS, err = volume.New(reader{m}, root, true); err != nil {
		return nil, err
	}
	return m, nil
}

// anchor finds the anchor and, with it, the size of a block.
func (m *Image) anchor() ([]byte, error) {
	for _, block := range []int64{2048, 512, 4096, 1024} {
		last := m.src.Size/block - 1
		for _, at := range []int64{256, last, last - 256, 512} {
			if at < 16 || at > last {
				continue
			}
			b := make([]byte, block)
			if err := m.src.ReadAt(b, at*block, "the anchor"); err != nil {
				return nil, err
			}
			if id, err := tag(b, uint32(at), "the anchor"); err == nil && id == tagAnchor {
				m.block = block
				return b, nil
			}
		}
	}
	return nil, fault.New(fault.Invalid, volume.HintTruncated, "the image is truncated or damaged: it has no UDF anchor")
}

// descriptors is what the volume descriptor sequence holds, each kept with the
// highest sequence number (ECMA-167 3/8.4.2).
type descriptors struct {
	primary, logical []byte
	partitions       map[uint16][]byte
}

const (
	maxSequence = 256 // blocks of a volume descriptor sequence, and of those it leads to
	maxParts    = 8
)

// sequence reads the volume descriptor sequence at a block, n bytes long.
func (m *Image) sequence(d *descriptors, at, n uint32) error {
	left := int64(n) / m.block
	for range maxSequence {
		if left == 0 {
			break
		}
		b := make([]byte, m.block)
		if err := m.src.ReadAt(b, int64(at)*m.block, "the volume descriptors"); err != nil {
			return err
		}
		id, err := tag(b, at, "a volume descriptor")
		if err != nil {
			return err
		}
		at, left = at+1, left-1
		switch id {
		case tagTerminator:
			left = 0
		case tagPointer:
			left, at = int64(le.Uint32(b[20:]))/m.block, le.Uint32(b[24:])
		case tagPrimary:
			d.primary = newer(d.primary, b)
		case tagLogicalVolume:
			d.logical = newer(d.logical, b)
		case tagPartition:
			if d.partitions == nil {
				d.partitions = map[uint16][]byte{}
			}
			number := le.Uint16(b[22:])
			if d.partitions[number] = newer(d.partitions[number], b); len(d.partitions) > maxParts {
				return volume.Damaged("it has more than %d partitions", maxParts)
			}
		}
	}
	if d.primary == nil || d.logical == nil || len(d.partitions) == 0 {
		return volume.Damaged("its UDF side lacks a volume descriptor")
	}
	return nil
}

func newer(old, b []byte) []byte {
	if old != nil && le.Uint32(old[16:]) >= le.Uint32(b[16:]) {
		return old
	}
	return b
}

// mount finds the partitions and the root directory.
func (m *Image) mount(d *descriptors) (*volume.Node, error) {
	if n := int64(le.Uint32(d.logical[212:])); n != m.block {
		return nil, volume.Damaged("its logical blocks are said to be %d bytes long, its sectors are %d", n, m.block)
	}
	if err := m.mapPartitions(d); err != nil {
		return nil, err
	}
	m.Labels = Labels{
		ID: text(d.primary[24:56]), Created: stamp(d.primary[376:]), Size: m.Labels.Size,
		Application: strings.Trim(strings.ToValidUTF8(string(d.primary[345:368]), "\uFFFD"), "\x00 *"),
	}
	set := longAD(d.logical[248:])
	b, err := m.blockAt(set.ref, set.at, "the file set")
	if err != nil {
		return nil, err
	}
	if id, err := tag(b, set.at, "the file set"); err != nil || id != tagFileSet {
		return nil, orDamaged(err, "where the file set should be is something else")
	}
	icb := longAD(b[400:])
	root, err := m.entry(icb)
	if err != nil {
		return nil, err
	}
	if root.kind != kindDirectory {
		return nil, volume.Damaged("its root is not a directory")
	}
	n := root.node()
	n.ID = "."
	return &n, nil
}

// orDamaged gives err, or when it is nil a fault with that text.
func orDamaged(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return volume.Damaged(format, args...)
}

// text is a dstring, UDF 2.60 2.1.3: the last byte is its length.
func text(b []byte) string {
	n := int(b[len(b)-1])
	if n < 1 || n >= len(b) {
		return ""
	}
	s, ok := characters(b[:n])
	if !ok {
		return ""
	}
	return strings.Trim(s, " \x00")
}

// characters decodes OSTA compressed Unicode, UDF 2.60 2.1.1: 8 or 16 bits
// each, as the first byte says.
func characters(b []byte) (string, bool) {
	if len(b) == 0 {
		return "", false
	}
	switch b[0] {
	case 8, 254:
		r := make([]rune, len(b)-1)
		for i, c := range b[1:] {
			r[i] = rune(c)
		}
		return string(r), true
	case 16, 255:
		u := make([]uint16, (len(b)-1)/2)
		for i := range u {
			u[i] = uint16(b[1+2*i])<<8 | uint16(b[2+2*i])
		}
		return string(utf16.Decode(u)), true
	}
	return "", false
}
