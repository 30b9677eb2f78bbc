package tree

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

// tempPrefix marks what a stopped run left behind; Sweep removes it.
const tempPrefix = ".unpacking-"

// limits of an archive. Debian 13's package, the largest in use, has some 1,300
// entries and 250 MB.
type limits struct {
	entries int
	bytes   int64
	depth   int
	name    int
}

var netbootLimits = limits{entries: 20_000, bytes: 2 << 30, depth: 32, name: 1024}

// UnpackNetboot unpacks a netboot archive (tar, plain or with gzip or xz, or a
// Debian package) into the new directory dest, whole or not at all: it is made
// beside dest and renamed. The archive is not trusted: names and links that
// lead outside, devices, and more than 20,000 entries or 2 GiB end it. Owners,
// setuid bits and times are not kept. The error is a *fault.Fault: Conflict
// when dest is there, Invalid for the archive's faults, Unavailable when the
// disk is full or cannot be written, or ctx is over.
func UnpackNetboot(ctx context.Context, file, dest string, tell Progress) error {
	if _, err := os.Lstat(dest); err == nil {
		return fault.New(fault.Conflict, "choose another name", "%q is there already", dest)
	}
	temp, err := unpackTemp(ctx, file, filepath.Dir(dest), tell)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, dest); err != nil {
		os.RemoveAll(temp)
		return writeFault(err, dest)
	}
	return nil
}

// Sweep removes what an unpacking left in dir when the machine or the program
// stopped in the middle of it. Call it when nothing unpacks there.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// unpackTemp unpacks into a new directory in dir and gives its path.
func unpackTemp(ctx context.Context, file, dir string, tell Progress) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", writeFault(err, dir)
	}
	in, err := openStream(ctx, file, tell)
	if err != nil {
		return "", err
	}
	defer in.close()
	temp, err := os.MkdirTemp(dir, tempPrefix)
	if err != nil {
		return "", writeFault(err, dir)
	}
	if err := unpackInto(ctx, in, temp); err != nil {
		os.RemoveAll(temp)
		return "", named(file, err)
	}
	return temp, nil
}

// unpackInto unpacks and makes sure the bytes are on the disk.
func unpackInto(ctx context.Context, in *stream, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return writeFault(err, dir)
	}
	defer root.Close()
	u := &unpacker{ctx: ctx, root: root, max: netbootLimits}
	if err := u.run(in); err != nil {
		return err
	}
	if err := in.finish(); err != nil {
		return readFault(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // MkdirTemp's 0700 would shut out a server of another user
		return writeFault(err, dir)
	}
	d, err := root.Open(".")
	if err != nil {
		return writeFault(err, dir)
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return writeFault(err, dir)
	}
	return nil
}

// unpacker writes one archive into one directory.
type unpacker struct {
	ctx     context.Context
	root    *os.Root
	max     limits
	entries int
	files   int
	bytes   int64
	links   []string
	create  func(name string) (io.WriteCloser, error) // nil: a new file in root; tests put a full disk here
}

func (u *unpacker) run(r io.Reader) error {
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return readFault(err)
		}
		if err := u.entry(h, archive); err != nil {
			return err
		}
	}
	if u.files == 0 {
		return fault.New(fault.Invalid, hintGive, "the archive holds no file")
	}
	// A chain of links, each harmless by its text, can lead outside together.
	for _, l := range u.links {
		if _, err := u.root.Stat(l); err != nil && escapes(err) {
			return hostile(l, "is a link that leads outside the archive")
		}
	}
	return nil
}

func hostile(name, what string) error {
	return fault.New(fault.Invalid, "do not use this archive: no publisher makes such", "entry %.200q %s", name, what)
}

func (u *unpacker) entry(h *tar.Header, r io.Reader) error {
	if err := u.ctx.Err(); err != nil {
		return err
	}
	if u.entries++; u.entries > u.max.entries {
		return fault.New(fault.Invalid, hintGive, "the archive has more than %d entries", u.max.entries)
	}
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name, err := u.inside(h.Name)
	if err != nil {
		return err
	}
	if name == "." || graphical(name) {
		return nil
	}
	if h.Typeflag == tar.TypeDir {
		return u.wrote(u.root.MkdirAll(name, 0o755), name)
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return u.wrote(err, name)
	}
	switch h.Typeflag {
	case tar.TypeReg:
		return u.file(name, h.Size, r)
	case tar.TypeSymlink:
		return u.symlink(name, h.Linkname)
	case tar.TypeLink:
		return u.link(name, h.Linkname)
	}
	return hostile(h.Name, "is a device, a FIFO or of an unknown type")
}

// graphical is the second installer in Debian's package, 160 MB of its 250: the
// same kernel, an initrd with a desktop that no unattended install shows.
func graphical(name string) bool {
	rest, ok := strings.CutPrefix(name, "usr/lib/debian-installer/images/")
	parts := strings.SplitN(rest, "/", 4) // 13/amd64/gtk/…
	return ok && len(parts) > 2 && parts[2] == "gtk"
}

// inside cleans the name of an entry.
func (u *unpacker) inside(raw string) (string, error) {
	name := path.Clean(raw)
	switch {
	case len(raw) > u.max.name || strings.Count(name, "/") >= u.max.depth:
		return "", hostile(raw, "has too long a name or lies too deep")
	case raw == "" || !fs.ValidPath(name) || strings.ContainsRune(name, 0):
		return "", hostile(raw, "lies outside the archive")
	}
	for part := range strings.SplitSeq(raw, "/") {
		if part == ".." { // "a/../b" is clean, yet a may be a link by now
			return "", hostile(raw, "has .. in its name")
		}
	}
	return name, nil
}

func (u *unpacker) file(name string, size int64, r io.Reader) error {
	if size > u.max.bytes-u.bytes {
		return fault.New(fault.Invalid, hintGive, "the archive unpacks to more than %d MB", u.max.bytes>>20)
	}
	w, err := u.newFile(name)
	if err != nil {
		return u.wrote(err, name)
	}
	track := &readError{r: r}
	n, err := io.Copy(w, io.LimitReader(track, u.max.bytes-u.bytes+1))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	u.bytes += n
	u.files++
	switch {
	case track.err != nil:
		return readFault(track.err)
	case err != nil:
		return u.wrote(err, name)
	case u.bytes > u.max.bytes:
		return fault.New(fault.Invalid, hintGive, "the archive unpacks to more than %d MB", u.max.bytes>>20)
	}
	return u.ctx.Err()
}

func (u *unpacker) newFile(name string) (io.WriteCloser, error) {
	if u.create != nil {
		return u.create(name)
	}
	return u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

func (u *unpacker) symlink(name, target string) error {
	to := path.Join(path.Dir(name), target)
	if target == "" || path.IsAbs(target) || !fs.ValidPath(to) || strings.ContainsRune(target, 0) || len(target) > u.max.name {
		return hostile(name, "is a link that leads outside the archive")
	}
	u.links = append(u.links, name)
	return u.wrote(u.root.Symlink(target, name), name)
}

func (u *unpacker) link(name, target string) error {
	to, err := u.inside(target)
	if err != nil {
		return hostile(name, "is a link that leads outside the archive")
	}
	st, err := u.root.Lstat(to)
	if err != nil || !st.Mode().IsRegular() {
		return hostile(name, "is a hard link to no file of the archive")
	}
	return u.wrote(u.root.Link(to, name), name)
}

// wrote sorts errors of writing: the archive's fault or the disk's.
func (u *unpacker) wrote(err error, name string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), escapes(err), errors.Is(err, syscall.ELOOP):
		return hostile(name, "is there twice, or leads through a file or a link")
	case errors.Is(err, syscall.ENAMETOOLONG):
		return hostile(name, "has too long a name or lies too deep")
	}
	return writeFault(err, path.Base(name))
}

// readError remembers that it was reading, not writing, that failed.
type readError struct {
	r   io.Reader
	err error
}

func (t *readError) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && err != io.EOF {
		t.err = err
	}
	return n, err
}

func readFault(err error) error {
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Wrap(err, fault.Invalid, hintDownload, "the archive is truncated")
	case errors.Is(err, tar.ErrHeader):
		return fault.Wrap(err, fault.Invalid, hintGive, "it holds no tar archive, or a damaged one")
	}
	return fault.Wrap(err, fault.Invalid, hintDownload, "the archive is damaged")
}

func writeFault(err error, where string) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fault.Wrap(err, fault.Unavailable, "make room, or choose another state directory with --state", "the disk is full")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.Wrap(err, fault.Unavailable, "run it as the user who owns the state directory, or choose another with --state", "writing %q", where)
	}
	return fault.Wrap(err, fault.Unavailable, "", "writing %q", where)
}

// named says which archive it was; a stop that was asked for is said as such.
func named(file string, err error) error {
	base := filepath.Base(file)
	var f *fault.Fault
	if errors.As(err, &f) {
		return &fault.Fault{Kind: f.Kind, Hint: f.Hint, Err: f.Err, Msg: fmt.Sprintf("unpacking %q: %s", base, f.Msg)}
	}
	return fault.Wrap(err, fault.Unavailable, "", "unpacking %q", base)
}
