package initrd

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// archived gives an archive of regular files, as pairs of name and contents.
func archived(pairs ...string) []byte {
	var b bytes.Buffer
	add := func(name, body string, mode int) {
		fmt.Fprintf(&b, "%s%08x%08x%s%08x%s%08x%08x%s\x00", magic, 1, mode, strings.Repeat("0", 32), len(body), strings.Repeat("0", 32), len(name)+1, 0, name)
		b.Write(make([]byte, pad(header+int64(len(name))+1)))
		b.WriteString(body)
		b.Write(make([]byte, pad(int64(len(body)))))
	}
	for i := 0; i < len(pairs); i += 2 {
		add(pairs[i], pairs[i+1], kindFile|0o644)
	}
	add(trailer, "", 0)
	return b.Bytes()
}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func list(data []byte) (got []string, err error) {
	err = Each(bytes.NewReader(data), func(e Entry, r io.Reader) error {
		b, err := io.ReadAll(r)
		got = append(got, fmt.Sprintf("%s %o %s", e.Name, e.Mode, b))
		return err
	})
	return got, err
}

// Archives stand one behind the other: plain ones (microcode) and gzipped
// ones, in one member of gzip or several, with zeros between them.
func TestAllArchivesAreRead(t *testing.T) {
	zeros := make([]byte, 515)
	one, two, three := archived("./kernel/x", "1"), archived("bin/sh", "22", "lib/a", ""), archived("bin/sh", "4444")
	for name, data := range map[string][]byte{
		"plain and two members":     bytes.Join([][]byte{one, zeros, zipped(two), zeros, zipped(three), zeros}, nil),
		"members without a gap":     bytes.Join([][]byte{zipped(one), zipped(two), zipped(three)}, nil),
		"three in one member":       zipped(bytes.Join([][]byte{one, zeros, two, three, zeros}, nil)),
		"plain ones":                bytes.Join([][]byte{one, two, zeros, three}, nil),
		"zeros at the member's end": bytes.Join([][]byte{zipped(append(append([]byte{}, one...), zeros...)), zipped(two), three}, nil),
	} {
		got, err := list(data)
		if d := cmp.Diff([]string{"kernel/x 100644 1", "bin/sh 100644 22", "lib/a 100644 ", "bin/sh 100644 4444"}, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
}

// An initrd cut anywhere is an error, except between two archives.
func TestACutInitrdIsAnError(t *testing.T) {
	first, second := zipped(archived("a", "1")), zipped(archived("b", strings.Repeat("2", 300)))
	data := append(append([]byte{}, first...), second...)
	for n := 1; n < len(data); n++ {
		_, err := list(data[:n])
		if n == len(first) && err != nil || n != len(first) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the first %d of %d bytes: %v", n, len(data), err)
		}
	}
	plain := archived("a", "12345")
	for n := 1; n < len(plain)-int(pad(header+int64(len(trailer))+1)); n++ {
		if _, err := list(plain[:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the first %d of %d plain bytes: %v", n, len(plain), err)
		}
	}
}

func TestWhatIsNoInitrd(t *testing.T) {
	huge := []byte(magic + "00000001" + "000081a4" + strings.Repeat("0", 32) + "ffffffff" + strings.Repeat("0", 32) + "00000002" + "00000000" + "a\x00")
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"text":            {[]byte("hello"), "neither gzip nor"},
		"zstd":            {[]byte{0x28, 0xb5, 0x2f, 0xfd}, "neither gzip nor"},
		"gzip of text":    {zipped([]byte(strings.Repeat("hello ", 30))), "not a newc header"},
		"no length":       {[]byte(magic + strings.Repeat("0", 104)), "bad newc header"},
		"a name too long": {[]byte(magic + strings.Repeat("0", 88) + "0000ffff" + "00000000"), "bad newc header"},
		"more than 2 GiB": {huge, "more than 2 GiB"},
	} {
		if _, err := list(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	stop := errors.New("enough")
	err := Each(bytes.NewReader(archived("a", "1", "b", "2")), func(Entry, io.Reader) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("the caller's error: %v", err)
	}
}

func FuzzEach(f *testing.F) {
	plain := archived("usr/share/a", "one")
	f.Add(plain)
	f.Add(zipped(plain))
	f.Add([]byte(magic + strings.Repeat("f", 104)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, in := range [][]byte{data, zipped(data)} {
			Each(bytes.NewReader(in), func(e Entry, r io.Reader) error {
				n, err := io.Copy(io.Discard, r)
				if n > e.Size {
					t.Errorf("%d bytes of %d", n, e.Size)
				}
				return err
			})
		}
	})
}
