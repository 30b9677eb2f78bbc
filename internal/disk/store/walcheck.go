package store

import (
	"encoding/binary"
	"io"
	"os"
)

// SQLite reads a write-ahead log up to the first frame that is not as it was
// written, and takes what follows for never written. That is right after a
// crash amidst a commit, and loses what was acknowledged where the file was
// damaged since. The format: sqlite.org/fileformat2.html section 4 and
// sqlite.org/walformat.html.
const (
	walHeader   = 32
	frameHeader = 24
	walMagic    = 0x377f0682 // the lowest bit: its sums are of big-endian words
)

// walDamage looks at PATH-wal before SQLite does, and says in a few words
// what is wrong with it; "" if nothing, as with one that is not there.
func walDamage(path string) (string, error) {
	f, err := os.Open(path + "-wal")
	if err != nil {
		if os.IsNotExist(err) {
			err = nil
		}
		return "", err
	}
	defer f.Close()
	w := wal{from: f}
	if err := w.begin(); err != nil {
		return "", err
	}
	if w.page == 0 {
		return "its beginning is damaged", nil
	}
	last, after, err := w.frames()
	switch {
	case err != nil:
		return "", err
	case after > 0:
		return "it is damaged in its midst", nil
	case indexed(path+"-shm", w.salt) > last:
		return "its end is missing", nil
	}
	return "", nil
}

type wal struct {
	from  io.Reader
	order binary.ByteOrder
	page  int // bytes; 0: the header is not as it was written
	salt  [8]byte
	sum   [2]uint32
}

func (w *wal) begin() error {
	var h [walHeader]byte
	if _, err := io.ReadFull(w.from, h[:]); err != nil {
		return err
	}
	magic := binary.BigEndian.Uint32(h[:])
	w.order = binary.LittleEndian
	if magic&1 == 1 {
		w.order = binary.BigEndian
	}
	copy(w.salt[:], h[16:24])
	w.add(h[:24])
	page := binary.BigEndian.Uint32(h[8:])
	if magic&^1 == walMagic && page >= 512 && page <= 65536 && w.sum == sums(h[24:]) {
		w.page = int(page)
	}
	return nil
}

// frames gives the frame that ends the last transaction that SQLite will find,
// and how many transactions end after the first frame that is not as it was
// written. Frames with another salt are of an earlier round of the log.
func (w *wal) frames() (last, after int, err error) {
	b := make([]byte, frameHeader+w.page)
	for n, good := 1, true; ; n++ {
		if _, err := io.ReadFull(w.from, b); err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF {
				err = nil
			}
			return last, after, err
		}
		ours := [8]byte(b[8:16]) == w.salt
		if good && ours {
			w.add(b[:8])
			w.add(b[frameHeader:])
		}
		good = good && ours && w.sum == sums(b[16:])
		switch commit := binary.BigEndian.Uint32(b[4:]) != 0; {
		case commit && good:
			last = n
		case commit && ours:
			after++
		}
	}
}

// add counts bytes, a multiple of eight, into the sum.
func (w *wal) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		w.sum[0] += w.order.Uint32(b) + w.sum[1]
		w.sum[1] += w.order.Uint32(b[4:]) + w.sum[0]
	}
}

func sums(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// indexed is how many frames of the log with that salt were committed, as
// its index knows, which a killed process leaves; 0: it does not say.
func indexed(path string, salt [8]byte) int {
	const header = 48
	b := make([]byte, 2*header)
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	if _, err := io.ReadFull(f, b); err != nil || string(b[:header]) != string(b[header:]) || [8]byte(b[32:40]) != salt {
		return 0
	}
	w := wal{order: binary.NativeEndian}
	w.add(b[:40])
	if w.sum != [2]uint32{binary.NativeEndian.Uint32(b[40:]), binary.NativeEndian.Uint32(b[44:])} {
		return 0
	}
	return int(binary.NativeEndian.Uint32(b[16:]))
}
