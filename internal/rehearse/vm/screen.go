package vm

import (
	"bufio"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
)

// Screen keeps a picture of the screen as a PNG.
func (g *Guest) Screen(png string) error {
	ppm := filepath.Join(g.dir, "screen.ppm")
	defer os.Remove(ppm)
	if err := g.qmp.screen(ppm); err != nil {
		return err
	}
	return convert(ppm, png)
}

// convert writes a PPM file as PNG, which browsers show.
func convert(ppm, to string) error {
	in, err := os.Open(ppm)
	if err != nil {
		return err
	}
	defer in.Close()
	img, err := readPPM(bufio.NewReader(in))
	if err != nil {
		return fmt.Errorf("reading the emulator's picture: %w", err)
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	err = png.Encode(out, img)
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}

// largest is the most pixels that a side may have.
const largest = 8192

// readPPM reads the binary form of a portable pixmap, P6 with 8 bits a colour,
// as QEMU's screendump writes it.
func readPPM(in *bufio.Reader) (*image.RGBA, error) {
	var w, h, depth int
	var head string
	for range 3 {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		head += line
	}
	if _, err := fmt.Sscanf(head, "P6\n%d %d\n%d\n", &w, &h, &depth); err != nil {
		return nil, err
	}
	if w <= 0 || h <= 0 || w > largest || h > largest || depth != 255 {
		return nil, fmt.Errorf("%d by %d pixels with %d shades is no screen", w, h, depth)
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	row := make([]byte, 3*w)
	for y := range h {
		if _, err := io.ReadFull(in, row); err != nil {
			return nil, err
		}
		for x := range w {
			p := img.Pix[y*img.Stride+4*x:]
			p[0], p[1], p[2], p[3] = row[3*x], row[3*x+1], row[3*x+2], 255
		}
	}
	return img, nil
}
