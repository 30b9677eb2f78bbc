package initrd

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
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

	kindFolder = 0o040000
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
)

// Each calls f for each entry of the first archive of a gzipped initrd. The
// reader gives the entry's contents and is valid during the call.
func Each(gz io.Reader, f func(Entry, io.Reader) error) error {
	z, err := gzip.NewReader(gz)
	if err != nil {
		return fmt.Errorf("reading the initrd: %w", err)
	}
	in := bufio.NewReaderSize(z, 1<<18)
	for {
		e, err := readHeader(in)
		if err != nil {
			return fmt.Errorf("reading the initrd: %w", err)
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
			return fmt.Errorf("reading the initrd: %s: %w", e.Name, err)
		}
	}
}

func readHeader(in io.Reader) (Entry, error) {
	var h [header]byte
	if _, err := io.ReadFull(in, h[:]); err != nil {
		return Entry{}, err
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
		return Entry{}, err
	}
	return Entry{string(name[:length-1]), mode, int64(size)}, nil
}

func pad(n int64) int64 { return -n & 3 }

// File is one to be written: a folder, a link whose target is the body, or a
// regular file. Mode holds the bits of stat(2); 0 is a regular file, 0644.
type File struct {
	Mode uint32
	Body []byte
}

// Archive gives the gzipped archive of some regular files with mode 0644, by
// name. The folders above them are not in it: the archive before it has them.
func Archive(files map[string][]byte) ([]byte, error) {
	all := map[string]File{}
	for n, body := range files {
		all[n] = File{Body: body}
	}
	return ArchiveOf(all)
}

// ArchiveOf gives the gzipped archive of some files, by name. A folder that no
// archive before it has must be among them.
func ArchiveOf(files map[string]File) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(files))
	for n := range files {
		if !fs.ValidPath(n) {
			return nil, fmt.Errorf("bad name for an initrd: %q", n)
		}
		names = append(names, n)
	}
	slices.Sort(names) // a folder comes before what is in it
	for i, n := range append(names, trailer) {
		f := files[n]
		switch {
		case n == trailer:
			i = -1
		case f.Mode == 0:
			f.Mode = kindFile | 0o644
		}
		fmt.Fprintf(z, "%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00", magic,
			i+1, f.Mode, 0, 0, 1, 0, len(f.Body), 0, 0, 0, 0, len(n)+1, 0, n)
		z.Write(make([]byte, pad(int64(header+len(n)+1))))
		z.Write(f.Body)
		z.Write(make([]byte, pad(int64(len(f.Body)))))
	}
	err = z.Close()
	return out.Bytes(), err
}

// Append gives an initrd with an archive after it, where the kernel looks for
// one: at a multiple of four bytes.
func Append(initrd, archive []byte) []byte {
	out := make([]byte, 0, len(initrd)+4+len(archive))
	out = append(out, initrd...)
	out = append(out, make([]byte, pad(int64(len(initrd))))...)
	return append(out, archive...)
}
