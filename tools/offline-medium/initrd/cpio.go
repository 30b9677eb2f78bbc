package initrd

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"slices"
)

const (
	kindFile   = 0o100000 // of a mode (inode(7))
	kindFolder = 0o040000
	kindLink   = 0o120000

	magic   = "070701"
	header  = 110
	trailer = "TRAILER!!!"
)

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
