package iso

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"seedbed/internal/disk/udf"
	"seedbed/internal/disk/volume"
	"seedbed/internal/fault"
)

// Image is an ISO 9660 or UDF image as a file system. It implements fs.FS,
// fs.ReadDirFS, fs.StatFS and fs.ReadLinkFS and is safe for concurrent use.
//
// Errors are *fs.PathError around fs.ErrNotExist, fs.ErrInvalid or a
// *fault.Fault that says what is wrong with the image.
type Image struct {
	*volume.FS
	src   volume.Source
	file  *os.File
	vol   Volume
	block int64 // bytes of a logical block: 512, 1024 or 2048
	skip  int   // bytes before the system use entries of a record (SUSP 5.3)
	root  *volume.Node

	bootCatalog int64 // byte offset, 0: none
}

// Open reads the descriptors of the image at path. It reads a few sectors,
// whatever the size of the image; directories are read when they are asked for.
//
// The error is a *fault.Fault: NotFound or Unavailable when the file cannot be
// had, Invalid when it is no ISO 9660 image (the message says what it looks
// like) or when it is shorter than its volume.
func Open(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, openFault(path, err)
	}
	if !st.Mode().IsRegular() {
		f.Close()
		return nil, fault.New(fault.Invalid, "give the path of an .iso file",
			"reading medium %q: it is a %s, not a file", path, kindOf(st.Mode()))
	}
	m, err := New(f, st.Size())
	if err != nil {
		f.Close()
		return nil, named(path, err)
	}
	return m, nil
}

// New reads the descriptors of the image in r, which holds size bytes. The
// error is a *fault.Fault, see Open. When r is an
// *os.File, the image owns it from then on.
func New(r io.ReaderAt, size int64) (*Image, error) {
	m := &Image{src: volume.Source{R: r, Size: size}}
	m.file, _ = r.(*os.File)
	withUDF := udf.Present(r, size)
	if withUDF && !m.hasISO() {
		return m, m.useUDF()
	}
	d, err := m.readDescriptors()
	if err != nil {
		return nil, err
	}
	if d.volume > size {
		return nil, fault.New(fault.Invalid, volume.HintTruncated,
			"the image is truncated: the volume says %d bytes, the file has %d", d.volume, size)
	}
	m.vol = d.labels
	m.vol.Size = d.volume
	m.bootCatalog = d.bootCatalog
	if err := m.chooseTree(d); err != nil {
		return nil, err
	}
	if withUDF && m.vol.Naming != RockRidge {
		// Windows media show a readme on this side and all they have on UDF's.
		err := m.useUDF()
		if err == nil || m.vol.Naming == Plain {
			return m, err
		}
	}
	// Only Rock Ridge has names that differ in case alone.
	if m.FS, err = volume.New(reader{m}, m.root, m.vol.Naming != RockRidge); err != nil {
		return nil, asFault(err)
	}
	return m, nil
}

// useUDF shows the image's UDF side. Where the ISO 9660 side gave labels, they
// stay.
func (m *Image) useUDF() error {
	u, err := udf.New(m.src.R, m.src.Size, m.file)
	if err != nil {
		return asFault(err)
	}
	if m.vol.ID == "" {
		m.vol = Volume{ID: u.Labels.ID, Application: u.Labels.Application, Created: u.Labels.Created, Size: u.Labels.Size}
	}
	m.FS, m.vol.Naming = u.FS, UDF
	return nil
}

// Volume gives the labels of the volume.
func (m *Image) Volume() Volume { return m.vol }

// Backing is the open image file, nil for an image that is none. It belongs to
// the Image and is shared: read it by offset only (pread, sendfile with an
// offset), never seek in it, and do not use it after Close.
func (m *Image) Backing() *os.File { return m.file }

// Whole opens the image itself as one file, for installers that fetch it so.
// Its name is that of the file, or "image.iso".
func (m *Image) Whole() fs.File {
	n := &volume.Node{ID: "image.iso", Type: 0o444, Bytes: m.src.Size, Runs: []volume.Run{{Off: 0, N: m.src.Size}}}
	if m.file != nil {
		n.ID = filepath.Base(m.file.Name())
		if st, err := m.file.Stat(); err == nil {
			n.Time = st.ModTime()
		}
	}
	return volume.Loose(n, &volume.File{R: m.src.R, Runs: n.Runs, Size: n.Bytes, Backing: m.file})
}

// Close closes the file that the image is read from, if it is one. Files of
// the image cannot be read after it.
func (m *Image) Close() error {
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}

// asFault makes sure that what leaves New is a *fault.Fault.
func asFault(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f
	}
	return fault.Wrap(err, fault.Unavailable, "", "reading the image")
}

// named puts the medium's path in front of the fault's public message.
func named(path string, err error) error {
	f, ok := asFault(err).(*fault.Fault)
	if !ok {
		return err
	}
	return &fault.Fault{Kind: f.Kind, Hint: f.Hint, Err: f.Err,
		Msg: fmt.Sprintf("reading medium %q: %s", path, f.Msg)}
}

func openFault(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.Wrap(err, fault.NotFound, "check the path", "reading medium %q", path)
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "make the file readable for the user who runs seedbed",
			"reading medium %q", path)
	}
	return fault.Wrap(err, fault.Unavailable, "", "reading medium %q", path)
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
