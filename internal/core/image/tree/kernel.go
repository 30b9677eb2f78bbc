package tree

import (
	"bytes"
	"encoding/binary"
)

// KernelHead holds the real-mode part of a bzImage, at most 64 sectors and the
// version string in it.
const KernelHead = 128 << 10

// Offsets in a bzImage, Documentation/arch/x86/boot.rst.
const (
	headerMagic   = 0x202 // "HdrS"
	headerVersion = 0x206 // boot protocol
	versionAt     = 0x20e // where the version string lies, less 0x200
	loadFlags     = 0x236 // xloadflags, from protocol 2.12; bit 0: a 64-bit kernel
)

// IsKernel says that a file begins as a bzImage does.
func IsKernel(head []byte) bool {
	return len(head) > loadFlags+2 && bytes.Equal(head[headerMagic:headerMagic+4], []byte("HdrS"))
}

// KernelVersion is the release of an x86 kernel, as uname -r prints it, ""
// when the file does not say.
func KernelVersion(head []byte) string {
	if !IsKernel(head) {
		return ""
	}
	off := int(binary.LittleEndian.Uint16(head[versionAt:]))
	if off == 0 || off+0x200 >= len(head) {
		return ""
	}
	s := head[off+0x200:]
	if i := bytes.IndexAny(s, " \x00"); i > 0 && i < 128 {
		return Clip(string(s[:i]), 128)
	}
	return ""
}

// KernelCPU tells x86's two widths apart, "" for anything else.
func KernelCPU(head []byte) string {
	switch {
	case len(head) > 0x3c && bytes.Equal(head[0x38:0x3c], []byte("ARM\x64")):
		return "arm64"
	case !IsKernel(head):
		return ""
	case binary.LittleEndian.Uint16(head[headerVersion:]) >= 0x20c && head[loadFlags]&1 == 0:
		return "i386"
	}
	return "amd64"
}
