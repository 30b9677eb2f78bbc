package udf

import (
	"bytes"

	"seedbed/internal/disk/volume"
	"seedbed/internal/fault"
)

// partition is what a partition reference of the logical volume means.
type partition struct {
	off, n int64        // bytes of the image, of a physical one
	runs   []volume.Run // of a metadata one: where its file lies; else nil
}

// mapPartitions reads the partition maps of the logical volume (ECMA-167
// 3/10.7, UDF 2.60 2.2.10).
func (m *Image) mapPartitions(d *descriptors) error {
	n, count := int64(le.Uint32(d.logical[264:])), le.Uint32(d.logical[268:])
	const maps = 440
	if n > m.block-maps || count > maxParts {
		return volume.Damaged("it has %d partition maps, %d bytes long", count, n)
	}
	b := d.logical[maps : maps+n]
	var later []func() error
	for range count {
		if len(b) < 6 || int(b[1]) < 6 || int(b[1]) > len(b) {
			return volume.Damaged("a partition map is longer than its table")
		}
		e := b[:b[1]]
		b = b[b[1]:]
		switch {
		case e[0] == 1:
			p, err := m.physical(d, le.Uint16(e[4:]))
			if err != nil {
				return err
			}
			m.partitions = append(m.partitions, p)
		case e[0] == 2 && len(e) >= 64 && bytes.HasPrefix(e[5:], []byte("*UDF Metadata Partition")):
			index := len(m.partitions)
			m.partitions = append(m.partitions, partition{})
			later = append(later, func() error { return m.metadata(d, index, e) })
		case e[0] == 2 && len(e) >= 64:
			return fault.New(fault.Invalid, "unpack the medium and import the directory",
				"a UDF volume with a %q: packet-written and write-once discs are not read", bytes.Trim(e[5:28], "\x00"))
		default:
			return volume.Damaged("a partition map of type %d, %d bytes long", e[0], len(e))
		}
	}
	for _, f := range later { // the partitions they lie in are known now
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// physical finds a partition by its number.
func (m *Image) physical(d *descriptors, number uint16) (partition, error) {
	b, ok := d.partitions[number]
	if !ok {
		return partition{}, volume.Damaged("its logical volume wants partition %d, which is not there", number)
	}
	p := partition{off: int64(le.Uint32(b[188:])) * m.block, n: int64(le.Uint32(b[192:])) * m.block}
	m.Labels.Size = max(m.Labels.Size, p.off+p.n)
	if p.off+p.n > m.src.Size {
		return p, fault.New(fault.Invalid, volume.HintTruncated,
			"the image is truncated: the volume says %d bytes, the file has %d", p.off+p.n, m.src.Size)
	}
	return p, nil
}

// metadata fills a metadata partition (UDF 2.60 2.2.10): it is a file, kept
// twice, in the physical partition of the number that the map names.
func (m *Image) metadata(d *descriptors, index int, e []byte) error {
	p, err := m.physical(d, le.Uint16(e[38:]))
	if err != nil {
		return err
	}
	under := -1
	for i := range m.partitions {
		if q := m.partitions[i]; q.runs == nil && q.n != 0 && q.off == p.off {
			under = i
		}
	}
	if under < 0 { // no map of its own: it gets one that no file can name
		under = len(m.partitions)
		m.partitions = append(m.partitions, p)
	}
	for _, off := range []int{40, 44} {
		var f *entry
		if f, err = m.entry(address{ref: uint16(under), at: le.Uint32(e[off:]), n: uint32(m.block)}); err != nil {
			continue
		}
		var runs []volume.Run
		if runs, err = m.content(f); err != nil {
			continue
		}
		if len(runs) == 0 || f.adType == 3 {
			err = volume.Damaged("its metadata partition is empty")
			continue
		}
		m.partitions[index].runs = runs
		return nil
	}
	return err
}

// address is a long_ad, ECMA-167 4/14.14.2: an extent of a partition.
type address struct {
	ref  uint16 // index of the partition map
	at   uint32 // block in the partition
	n    uint32 // bytes
	kind uint32 // of the extent: the two highest bits of its length
}

// Kinds of extents, ECMA-167 4/14.14.1.1.
const (
	extentRecorded = 0
	extentMore     = 3 // further allocation descriptors
)

const lengthMask = 1<<30 - 1

func longAD(b []byte) address {
	n := le.Uint32(b)
	return address{ref: le.Uint16(b[8:]), at: le.Uint32(b[4:]), n: n & lengthMask, kind: n >> 30}
}

// locate appends to runs where n bytes from a block of a partition lie.
func (m *Image) locate(runs []volume.Run, ref uint16, at uint32, n int64) ([]volume.Run, error) {
	if int(ref) >= len(m.partitions) {
		return nil, volume.Damaged("an extent lies in partition %d of %d", ref, len(m.partitions))
	}
	p, off := m.partitions[ref], int64(at)*m.block
	if p.runs == nil {
		if off > p.n || n > p.n-off {
			return nil, volume.Damaged("an extent of %d bytes at block %d lies beyond its partition", n, at)
		}
		return join(runs, volume.Run{Off: p.off + off, N: n}), nil
	}
	for _, r := range p.runs {
		if off >= r.N {
			off -= r.N
			continue
		}
		part := min(n, r.N-off)
		if part > 0 && r.Off < 0 {
			return nil, volume.Damaged("an extent lies in a hole of the metadata")
		}
		runs = join(runs, volume.Run{Off: r.Off + off, N: part})
		if n -= part; n == 0 {
			return runs, nil
		}
		off = 0
	}
	return nil, volume.Damaged("an extent of %d bytes at block %d lies beyond the metadata", n, at)
}

// join appends a run, or makes the last one longer.
func join(runs []volume.Run, r volume.Run) []volume.Run {
	if k := len(runs); k > 0 && (r.Off < 0 && runs[k-1].Off < 0 || r.Off >= 0 && runs[k-1].Off >= 0 && runs[k-1].Off+runs[k-1].N == r.Off) {
		runs[k-1].N += r.N
		return runs
	}
	return append(runs, r)
}

// blockAt reads one block of a partition.
func (m *Image) blockAt(ref uint16, at uint32, what string) ([]byte, error) {
	runs, err := m.locate(nil, ref, at, m.block)
	if err != nil {
		return nil, err
	}
	b := make([]byte, m.block)
	done := int64(0)
	for _, r := range runs {
		if err := m.src.ReadAt(b[done:done+r.N], r.Off, what); err != nil {
			return nil, err
		}
		done += r.N
	}
	return b, nil
}
