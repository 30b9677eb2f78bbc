package tree

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"seedbed/internal/fault"
)

// Progress is told how far a long work is: bytes done, bytes in all (0 when
// unknown) and what is being done, as "unpacking netboot.tar.gz". It is called
// from the working goroutine and must not block.
type Progress func(done, total int64, what string)

// counted tells the progress of a file being read, and stops when the context
// does.
type counted struct {
	ctx   context.Context
	r     io.Reader
	done  int64
	total int64
	what  string
	tell  Progress
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.done += int64(n)
	if c.tell != nil {
		c.tell(c.done, c.total, c.what)
	}
	return n, err
}

// stream is the tar archive inside a file. Finish reads what is left, so that a
// checksum at the end is compared, and says what went wrong; close stops it.
type stream struct {
	io.Reader
	finish func() error
	close  func()
}

// openStream unpacks the outer layer: none, gzip, xz or a Debian package. The
// last two have no reader in the standard library and go through the programs
// xz and dpkg-deb, which hosts that have such files have too.
func openStream(ctx context.Context, path string, tell Progress) (*stream, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, unreadable(path, err)
	}
	in := bufio.NewReaderSize(&counted{ctx: ctx, r: f, total: st.Size(), what: "unpacking " + filepath.Base(path), tell: tell}, 1<<18)
	head, _ := in.Peek(8)
	switch {
	case bytes.HasPrefix(head, []byte("!<arch>\n")):
		return through(ctx, in, f, "dpkg-deb", "unpack the package with dpkg -x and give the directory", "--fsys-tarfile", "-")
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return through(ctx, in, f, "xz", "install xz-utils, or unpack the file first and give the directory", "-dc")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(in)
		if err != nil {
			f.Close()
			return nil, fault.Wrap(err, fault.Invalid, hintDownload, "reading the gzip archive")
		}
		return &stream{Reader: z, finish: func() error { return drain(z) }, close: func() { f.Close() }}, nil
	}
	return &stream{Reader: in, finish: func() error { return nil }, close: func() { f.Close() }}, nil
}

// through pipes the file through a program of the host.
func through(ctx context.Context, in io.Reader, f *os.File, program, hint string, args ...string) (*stream, error) {
	bin, err := exec.LookPath(program)
	if err != nil {
		f.Close()
		return nil, fault.Wrap(err, fault.Unavailable, hint, "reading %q needs the program %s", f.Name(), program)
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, bin, args...)
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr, cmd.Env = in, &complaint, []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		f.Close()
		return nil, fault.Wrap(err, fault.Unavailable, hint, "starting %s", program)
	}
	waited := false
	finish := func() error {
		err := drain(out)
		waited = true
		if werr := cmd.Wait(); werr != nil && err == nil {
			err = fault.Wrap(errors.Join(werr, errors.New(strings.TrimSpace(complaint.String()))), fault.Invalid, hintDownload,
				"the archive is truncated or damaged")
		}
		return err
	}
	return &stream{Reader: out, finish: finish, close: func() {
		cancel()
		if !waited {
			cmd.Wait() // reaps it; that it was stopped is no news
		}
		f.Close()
	}}, nil
}

// drain reads the padding behind an archive.
func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, io.LimitReader(r, 64<<20))
	return err
}
