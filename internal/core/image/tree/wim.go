package tree

import (
	"encoding/binary"
	"io"
	"regexp"
	"unicode/utf16"
)

// WIM is what the description of a Windows image file says of its first
// image.
type WIM struct{ Name, CPU, Build string }

const (
	wimHead    = 208 // bytes of the header; the description's place is at 72
	wimMaxText = 4 << 20
)

var (
	wimName  = regexp.MustCompile(`<(?:DISPLAYNAME|NAME)>([^<]{1,120})</`)
	wimArch  = regexp.MustCompile(`<ARCH>(\d+)</ARCH>`)
	wimBuild = regexp.MustCompile(`<BUILD>(\d+)</BUILD>`)
)

// WIM reads the XML description at the end of a Windows image file (Microsoft,
// "Windows Imaging File Format", header and RESHDR_DISK_SHORT): UTF-16, never
// compressed.
func (t *Tree) WIM(name string) WIM {
	var w WIM
	head := t.Head(name, wimHead)
	if len(head) < wimHead || string(head[:8]) != "MSWIM\x00\x00\x00" {
		return w
	}
	le := binary.LittleEndian
	size, off := int64(le.Uint64(head[72:])&(1<<56-1)), int64(le.Uint64(head[80:]))
	if size <= 0 || size > wimMaxText || off < 0 {
		return w
	}
	f := t.Open(name)
	if f == nil {
		return w
	}
	defer f.Close()
	at, ok := f.(io.ReaderAt)
	if !ok {
		return w
	}
	b := make([]byte, size)
	if n, err := at.ReadAt(b, off); n < len(b) {
		if err != io.EOF { // a description beyond the end is a damaged file, not a damaged medium
			t.note(err, true)
		}
		return w
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = le.Uint16(b[2*i:])
	}
	text := string(utf16.Decode(u))
	if m := wimName.FindStringSubmatch(text); m != nil {
		w.Name = Clip(m[1], 120)
	}
	if m := wimArch.FindStringSubmatch(text); m != nil {
		// PROCESSOR_ARCHITECTURE_… of winnt.h
		w.CPU = map[string]string{"0": "i386", "9": "amd64", "12": "arm64"}[m[1]]
	}
	if m := wimBuild.FindStringSubmatch(text); m != nil {
		w.Build = m[1]
	}
	return w
}
