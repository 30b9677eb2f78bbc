package vm

import (
	"bufio"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScreenAsPNG(t *testing.T) {
	dir := t.TempDir()
	ppm, out := filepath.Join(dir, "a.ppm"), filepath.Join(dir, "a.png")
	// The first pixel begins with a byte that looks like a blank.
	if err := os.WriteFile(ppm, []byte("P6\n2 1\n255\n\x20\x0a\x09\xff\x00\x80"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := convert(ppm, out); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	r, g, b, _ := img.At(0, 0).RGBA()
	r2, g2, b2, _ := img.At(1, 0).RGBA()
	if img.Bounds().Dx() != 2 || img.Bounds().Dy() != 1 || r>>8 != 0x20 || g>>8 != 0x0a || b>>8 != 0x09 || r2>>8 != 0xff || g2 != 0 || b2>>8 != 0x80 {
		t.Errorf("pixels %x %x %x, %x %x %x in %v", r, g, b, r2, g2, b2, img.Bounds())
	}
}

func TestNoScreen(t *testing.T) {
	for _, text := range []string{"", "P5\n1 1\n255\n.", "P6\n1 1\n65535\n......", "P6\n0 1\n255\n", "P6\n99999 99999\n255\n", "P6\n2 2\n255\nabc", "P6\n-1 4\n255\n"} {
		if _, err := readPPM(bufio.NewReader(strings.NewReader(text))); err == nil {
			t.Errorf("%q is taken for a screen", text)
		}
	}
}
