package image

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"slices"
	"strings"
)

// kernelHead holds the real-mode part of a bzImage, at most 64 sectors and the
// version string in it.
const kernelHead = 128 << 10

// Offsets in a bzImage, Documentation/arch/x86/boot.rst.
const (
	headerMagic   = 0x202 // "HdrS"
	headerVersion = 0x206 // boot protocol
	kernelVersion = 0x20e // where the version string lies, less 0x200
	loadFlags     = 0x236 // xloadflags, from protocol 2.12; bit 0: a 64-bit kernel
)

func bzImage(head []byte) bool {
	return len(head) > loadFlags+2 && bytes.Equal(head[headerMagic:headerMagic+4], []byte("HdrS"))
}

// versionInKernel is the release of an x86 kernel, as uname -r prints it, ""
// when the file does not say.
func versionInKernel(head []byte) string {
	if !bzImage(head) {
		return ""
	}
	off := int(binary.LittleEndian.Uint16(head[kernelVersion:]))
	if off == 0 || off+0x200 >= len(head) {
		return ""
	}
	s := head[off+0x200:]
	if i := bytes.IndexAny(s, " \x00"); i > 0 && i < 128 {
		return clip(string(s[:i]), 128)
	}
	return ""
}

// kernelCPU tells x86's two widths apart, "" for anything else.
func kernelCPU(head []byte) string {
	switch {
	case len(head) > 0x3c && bytes.Equal(head[0x38:0x3c], []byte("ARM\x64")):
		return "arm64"
	case !bzImage(head):
		return ""
	case binary.LittleEndian.Uint16(head[headerVersion:]) >= 0x20c && head[loadFlags]&1 == 0:
		return "i386"
	}
	return "amd64"
}

// matchKernel warns when the medium's installer parts are for another kernel
// than the one that will run: debian-installer then stops with the question
// anna/no_kernel_modules.
func (p *probe) matchKernel() {
	k, ok := p.img.Find(Kernel)
	if !ok || !p.img.Mirror {
		return
	}
	t := p.med
	if k.Side == Netboot {
		t = p.net
	}
	runs := versionInKernel(t.head(k.Path, kernelHead))
	has := p.med.udebKernels(p.index(under(p.img.MirrorDir, "dists/"+p.img.Codename+"/main/debian-installer/binary-"+p.img.CPU)))
	if runs == "" || len(has) == 0 || slices.Contains(has, runs) {
		return
	}
	p.warn("anna/no_kernel_modules: kernel ", runs, " is not on the medium, which has modules for ", clip(strings.Join(has, ", "), 120),
		": give the netboot tree of the medium's own point release")
}

// maxIndex bounds an installer index once unpacked; Debian 13's has 1 MB.
const maxIndex = 64 << 20

// udebKernels lists the Kernel-Version fields of an index of installer parts;
// none when it is absent or compressed in a way the standard library lacks.
func (t *tree) udebKernels(index string) []string {
	if index == "" {
		return nil
	}
	f := t.open(index)
	if f == nil {
		return nil
	}
	defer f.Close()
	var r io.Reader = f
	switch {
	case strings.HasSuffix(index, ".gz"):
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil
		}
		r = z
	case !strings.HasSuffix(index, "/Packages"):
		return nil
	}
	var found []string
	lines := bufio.NewScanner(io.LimitReader(r, maxIndex))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		v, ok := bytes.CutPrefix(lines.Bytes(), []byte("Kernel-Version: "))
		if s := string(bytes.TrimSpace(v)); ok && !slices.Contains(found, s) && len(found) < 16 {
			found = append(found, s)
		}
	}
	return found
}
