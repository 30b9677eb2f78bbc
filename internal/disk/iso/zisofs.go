package iso

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"

	"seedbed/internal/disk/volume"
)

// zisofs, as mkzftree writes it (zisofs-tools, zf.h; RRIP's ZF entry): a header of
// 16 bytes or more, a table of 32-bit offsets, one a block and one more, and
// the blocks, each a zlib stream. A block whose offsets are equal is zeros.
const (
	zisofsMagic   = "\x37\xE4\x53\x96\xC9\xDB\xD6\x07"
	zisofsHead    = 16
	zisofsMinimum = 15 // 32 KiB blocks
	zisofsMaximum = 17
)

// packedEntry takes ZF: "pz", header size in words, log2 of the block, size
// unpacked.
func (rk *rock) packedEntry(e []byte) {
	if len(e) < 16 || string(e[4:6]) != "pz" || e[7] < zisofsMinimum || e[7] > zisofsMaximum {
		rk.refusal = "it is compressed inside the image in a way that is not known"
		return
	}
	rk.packed, rk.unpacked = int(e[7]), int64(binary.LittleEndian.Uint32(e[8:]))
}

// unpacked opens a compressed file. Its blocks are inflated as they are read.
func (m *Image) unpacked(f *volume.File, n *volume.Node) (*volume.File, error) {
	var stored int64
	for _, e := range f.Runs {
		stored += e.N
	}
	z := &zisofs{in: &volume.File{R: f.R, Runs: f.Runs, Size: stored}, block: 1 << n.Key, size: n.Bytes}
	head := make([]byte, zisofsHead)
	if _, err := z.in.ReadAt(head, 0); err != nil {
		return nil, volume.Damaged("the compressed file %q has no header", n.ID)
	}
	z.table = int64(head[12]) * 4
	count := (z.size + z.block - 1) / z.block
	switch {
	case string(head[:8]) != zisofsMagic || z.table < zisofsHead || uint64(head[13]) != n.Key || int64(binary.LittleEndian.Uint32(head[8:])) != z.size:
		return nil, volume.Damaged("the header of the compressed file %q is not the one its directory promises", n.ID)
	case z.table+4*(count+1) > stored:
		return nil, volume.Damaged("the compressed file %q is too short for its table", n.ID)
	case z.size > stored*maxInflation:
		return nil, volume.Damaged("the compressed file %q claims %d bytes out of %d", n.ID, z.size, stored)
	}
	out := &volume.File{R: z, Size: z.size}
	if z.size > 0 {
		out.Runs = []volume.Run{{Off: 0, N: z.size}}
	}
	return out, nil
}

// maxInflation bounds what a byte can become: a block of zeros costs 4 bytes
// of the table.
const maxInflation = 1 << zisofsMaximum / 4

// zisofs reads a compressed file at any offset.
type zisofs struct {
	in          io.ReaderAt
	table       int64 // where the offsets are
	block, size int64
}

// ReadAt inflates the blocks that p needs, see io.ReaderAt.
func (z *zisofs) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) && off < z.size {
		b, err := z.inflate(off / z.block)
		if err != nil {
			return done, err
		}
		n := copy(p[done:], b[off%z.block:])
		done += n
		off += int64(n)
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// inflate gives the block of that index, whole.
func (z *zisofs) inflate(index int64) ([]byte, error) {
	var at [8]byte
	if _, err := z.in.ReadAt(at[:], z.table+4*index); err != nil {
		return nil, err
	}
	from, to := int64(binary.LittleEndian.Uint32(at[:])), int64(binary.LittleEndian.Uint32(at[4:]))
	out := make([]byte, min(z.block, z.size-index*z.block))
	if from == to {
		return out, nil
	}
	if from > to || to-from > 2*z.block {
		return nil, volume.Damaged("a block of a compressed file is %d bytes long", to-from)
	}
	in := make([]byte, to-from)
	if _, err := z.in.ReadAt(in, from); err != nil {
		return nil, volume.Damaged("a block of a compressed file lies beyond its end")
	}
	r, err := zlib.NewReader(bytes.NewReader(in))
	if err == nil {
		_, err = io.ReadFull(r, out)
	}
	if err != nil {
		return nil, errors.Join(volume.Damaged("a block of a compressed file cannot be inflated"), err)
	}
	return out, nil
}
