package deb

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Repack writes src's contents to dst with the quickest gzip instead of xz, which
// an emulated processor unpacks several times faster. Members that are not xz
// stay as they are. dst appears whole or not at all.
func Repack(ctx context.Context, src, dst string) (err error) {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(dst + ".part")
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err == nil {
			err = os.Rename(out.Name(), dst)
		}
		if err != nil {
			os.Remove(out.Name())
			err = fmt.Errorf("repacking %s: %w", src, err)
		}
	}()
	if _, err := io.WriteString(out, arMagic); err != nil {
		return err
	}
	return eachMember(in, func(m member) error {
		if base, ok := strings.CutSuffix(m.name, ".xz"); ok {
			return gzipMember(ctx, out, base+".gz", m.r)
		}
		body, err := io.ReadAll(m.r)
		if err != nil {
			return err
		}
		return writeMember(out, m.name, body)
	})
}

// gzipMember turns xz data into a gzip member. Its size is known only afterwards,
// so that the header is written twice.
func gzipMember(ctx context.Context, out *os.File, name string, xz io.Reader) error {
	start, err := out.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if err := writeHeader(out, name, 0); err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "xz", "-dc")
	cmd.Stdin, cmd.Stdout = xz, z
	if err := errors.Join(cmd.Run(), z.Close()); err != nil {
		return fmt.Errorf("unpacking xz: %w", err)
	}
	end, err := out.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := out.Seek(start, io.SeekStart); err != nil {
		return err
	}
	size := end - start - 60
	if err := writeHeader(out, name, size); err != nil {
		return err
	}
	if _, err := out.Seek(end, io.SeekStart); err != nil {
		return err
	}
	if size&1 == 1 {
		_, err = out.Write([]byte{'\n'})
	}
	return err
}
