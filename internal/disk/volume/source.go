package volume

import (
	"io"

	"seedbed/internal/fault"
)

// HintTruncated is what to do about an image that ends too early.
const HintTruncated = "the file is incomplete: download it again and compare its checksum"

// Source is the bytes of an image, Size of them.
type Source struct {
	R    io.ReaderAt
	Size int64
}

// ReadAt fills p from the image at off; what names the thing being read. The
// error is a *fault.Fault: Invalid for a truncated image, Unavailable for a
// disk that cannot be read.
func (s Source) ReadAt(p []byte, off int64, what string) error {
	if err := s.Within(off, int64(len(p)), what); err != nil {
		return err
	}
	n, err := s.R.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || err == io.EOF:
		return fault.Wrap(io.ErrUnexpectedEOF, fault.Invalid, HintTruncated, "reading %s", what)
	}
	return fault.Wrap(err, fault.Unavailable, "check the disk that holds the image", "reading %s", what)
}

// Within says whether n bytes at off lie inside the image.
func (s Source) Within(off, n int64, what string) error {
	if off < 0 || n < 0 || off > s.Size || n > s.Size-off {
		return Damaged("%s lies at byte %d, %d bytes long, but the image ends at byte %d", what, off, n, s.Size)
	}
	return nil
}
