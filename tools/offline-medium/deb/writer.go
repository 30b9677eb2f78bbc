package deb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"time"

	"seedbed/tools/offline-medium/control"
)

// Writer makes a package file. All of its entries belong to root and bear the
// same time, so that the same contents make the same bytes.
type Writer struct {
	data  bytes.Buffer
	z     *gzip.Writer
	t     *tar.Writer
	dirs  map[string]bool
	files int
}

var epoch = time.Unix(1, 0)

// NewWriter begins an empty package.
func NewWriter() *Writer {
	w := &Writer{dirs: map[string]bool{}}
	w.z, _ = gzip.NewWriterLevel(&w.data, gzip.BestSpeed)
	w.t = tar.NewWriter(w.z)
	return w
}

// Files is the number of files and links added.
func (w *Writer) Files() int { return w.files }

// Add puts a regular file or a symbolic link into the package, after the folders
// above it. name is relative, such as usr/bin/x; target is a link's, else "".
func (w *Writer) Add(name string, mode int64, target string, size int64, body io.Reader) error {
	if err := w.folders(path.Dir(name)); err != nil {
		return err
	}
	w.files++
	h := &tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeReg, Name: "./" + name, Mode: mode & 0o7777,
		Size: size, ModTime: epoch, Uname: "root", Gname: "root"}
	if target != "" {
		h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		return w.t.WriteHeader(h)
	}
	if err := w.t.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(w.t, body)
	return err
}

func (w *Writer) folders(dir string) error {
	if w.dirs[dir] {
		return nil
	}
	name := "./"
	if dir != "." {
		if err := w.folders(path.Dir(dir)); err != nil {
			return err
		}
		name += dir + "/"
	}
	w.dirs[dir] = true
	return w.t.WriteHeader(&tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeDir, Name: name, Mode: 0o755,
		ModTime: epoch, Uname: "root", Gname: "root"})
}

// Close writes the package with the given control file to dst.
func (w *Writer) Close(dst string, ctl control.Stanza) error {
	if err := errors.Join(w.folders("."), w.t.Close(), w.z.Close()); err != nil {
		return err
	}
	text := ctl.String()
	var ctlTar bytes.Buffer
	z := gzip.NewWriter(&ctlTar)
	t := tar.NewWriter(z)
	err := t.WriteHeader(&tar.Header{Format: tar.FormatGNU, Typeflag: tar.TypeReg, Name: "./control", Mode: 0o644,
		Size: int64(len(text)), ModTime: epoch, Uname: "root", Gname: "root"})
	_, werr := io.WriteString(t, text)
	if err := errors.Join(err, werr, t.Close(), z.Close()); err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString(arMagic)
	err = errors.Join(writeMember(&out, "debian-binary", []byte("2.0\n")),
		writeMember(&out, "control.tar.gz", ctlTar.Bytes()), writeMember(&out, "data.tar.gz", w.data.Bytes()))
	if err != nil {
		return err
	}
	return os.WriteFile(dst, out.Bytes(), 0o644)
}
