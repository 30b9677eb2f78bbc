package initrd

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Entry is one file of an archive. Mode holds the bits of stat(2).
type Entry struct {
	Name string // without a slash or "./" before it
	Mode uint32
	Size int64 // of the contents; a symbolic link's contents are its target
}

// The kinds of Mode that matter here (inode(7)).
const (
	kindMask = 0o170000
	kindLink = 0o120000
	kindFile = 0o100000
)

// Regular says whether the entry is a regular file, Link a symbolic link.
func (e Entry) Regular() bool { return e.Mode&kindMask == kindFile }

// Link says whether the entry is a symbolic link.
func (e Entry) Link() bool { return e.Mode&kindMask == kindLink }

const (
	magic   = "070701"
	header  = 110
	trailer = "TRAILER!!!"
	maxName = 4096

	gzipMagic = 0x1f // its first byte (RFC 1952)

	maxBytes = 2 << 30 // unpacked: an initrd lies in memory whole
)

var (
	errTooLarge = errors.New("it unpacks to more than 2 GiB")
	errNeither  = errors.New("neither gzip nor a newc archive")
)

// Each calls f for each entry of all archives of an initrd, until f gives an
// error, which is then Each's. The reader gives the entry's contents and is
// valid during the call.
func Each(initrd io.Reader, f func(Entry, io.Reader) error) error {
	raw := bufio.NewReaderSize(initrd, 1<<16)
	left := int64(maxBytes)
	for {
		next, err := skipZeros(raw)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return reading(err)
		case next == magic[0]:
			err = archive(raw, &left, f)
		case next == gzipMagic:
			err = gzipped(raw, &left, f)
		default:
			err = reading(errNeither)
		}
		if err != nil {
			return err
		}
	}
}

// gzipped reads one member of gzip, and whatever archives are in it.
func gzipped(raw *bufio.Reader, left *int64, f func(Entry, io.Reader) error) error {
	z, err := gzip.NewReader(raw)
	if err != nil {
		return reading(err)
	}
	z.Multistream(false)
	in := bufio.NewReaderSize(z, 1<<18)
	for {
		if _, err := skipZeros(in); err == io.EOF {
			return nil
		} else if err != nil {
			return reading(err)
		}
		if err := archive(in, left, f); err != nil {
			return err
		}
	}
}

// archive reads one archive up to its trailer.
func archive(in *bufio.Reader, left *int64, f func(Entry, io.Reader) error) error {
	for {
		e, err := readHeader(in)
		if err != nil {
			return reading(err)
		}
		if *left -= header + e.Size; *left < 0 {
			return reading(errTooLarge)
		}
		if e.Name == trailer {
			return nil
		}
		e.Name = strings.TrimPrefix(path.Clean("/"+e.Name), "/")
		body := &io.LimitedReader{R: in, N: e.Size}
		if err := f(e, body); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, in, body.N+pad(e.Size)); err != nil {
			return fmt.Errorf("reading the initrd: %s: %w", e.Name, cut(err))
		}
	}
}

func reading(err error) error { return fmt.Errorf("reading the initrd: %w", err) }

// cut tells an end in the midst of something from an end.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// skipZeros goes to the next byte that is not 0, and gives it unread. The
// error is io.EOF where there is none.
func skipZeros(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != 0 {
			return b, in.UnreadByte()
		}
	}
}

func readHeader(in io.Reader) (Entry, error) {
	var h [header]byte
	if _, err := io.ReadFull(in, h[:]); err != nil {
		return Entry{}, cut(err)
	}
	if string(h[:6]) != magic {
		return Entry{}, fmt.Errorf("not a newc header: %.16q", h[:])
	}
	field := func(i int) (uint32, error) {
		n, err := strconv.ParseUint(string(h[6+8*i:14+8*i]), 16, 32)
		return uint32(n), err
	}
	mode, err1 := field(1)
	size, err2 := field(6)
	length, err3 := field(11)
	if err1 != nil || err2 != nil || err3 != nil || length == 0 || length > maxName {
		return Entry{}, fmt.Errorf("bad newc header: %.110q", h[:])
	}
	name := make([]byte, int64(length)+pad(header+int64(length)))
	if _, err := io.ReadFull(in, name); err != nil {
		return Entry{}, cut(err)
	}
	return Entry{string(name[:length-1]), mode, int64(size)}, nil
}

// pad is what follows n bytes up to a multiple of four.
func pad(n int64) int64 { return -n & 3 }
