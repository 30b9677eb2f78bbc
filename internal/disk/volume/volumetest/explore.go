package volumetest

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"seedbed/internal/fault"
)

// Patience is how long one image may take.
const Patience = 10 * time.Second

// Explore opens an image of size bytes and everything in it, and gives the
// first error. The test fails on an error that is no fault, on more names or
// bytes than the image can hold, on a path that no tree has, and on slowness.
// more, which may be nil, looks at what is not in the tree.
func Explore[T fs.FS](t testing.TB, open func() (T, error), size int, more func(T) error) error {
	t.Helper()
	begin := time.Now()
	m, err := open()
	if err != nil {
		if !errors.As(err, new(*fault.Fault)) {
			t.Errorf("opening: %v is no fault", err)
		}
		return err
	}
	var first error
	note := func(err error) {
		if first == nil && err != nil && !errors.Is(err, fs.ErrNotExist) {
			first = err
		}
	}
	if more != nil {
		note(more(m))
	}
	names := 0
	_ = fs.WalkDir(m, ".", func(p string, d fs.DirEntry, err error) error {
		if names++; names > size {
			t.Fatalf("%d names in %d bytes", names, size)
		}
		note(err)
		if err != nil || d.IsDir() {
			return nil
		}
		if strings.ContainsAny(d.Name(), "/\x00") || !fs.ValidPath(p) {
			t.Errorf("the path %q got out", p)
		}
		n, err := read(m, p)
		note(err)
		if n > int64(size) {
			t.Errorf("%s: %d bytes out of %d", p, n, size)
		}
		return nil
	})
	if took := time.Since(begin); took > Patience {
		t.Errorf("it took %v", took)
	}
	return first
}

// read takes a whole file; a link may lead to a directory, which has no bytes.
func read(m fs.FS, p string) (int64, error) {
	f, err := m.Open(p)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || st.IsDir() {
		return 0, err
	}
	return io.Copy(io.Discard, f)
}

// Refused fails the test unless an error is a fault of the image's, and says
// what to do.
func Refused(t testing.TB, err error) {
	t.Helper()
	if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
		t.Errorf("%v: kind %v, hint %q", err, fault.KindOf(err), fault.HintOf(err))
	}
}
