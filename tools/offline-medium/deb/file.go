package deb

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
)

// Each calls f for every entry of a package file, in its order, names without
// "./" before them and without a slash at their end. The reader is valid during
// the call.
func Each(ctx context.Context, file string, f func(*tar.Header, io.Reader) error) (err error) {
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", file)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		io.Copy(io.Discard, pipe)
		if err = errors.Join(err, cmd.Wait()); err != nil {
			err = fmt.Errorf("reading %s: %w", file, err)
		}
	}()
	t := tar.NewReader(pipe)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		h.Name = strings.TrimPrefix(path.Clean(h.Name), "./")
		if err := f(h, t); err != nil {
			return err
		}
	}
}
