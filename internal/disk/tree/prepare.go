package tree

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// Order is what somebody wants to import.
type Order struct {
	Medium  string   // path: an ISO file, a directory, a netboot archive; may be empty when Netboot is not
	Netboot string   // path of a netboot tree, archive or image to join, or empty
	Dir     string   // where archives are unpacked: made when it is not there; on it, names are images'
	Tell    Progress // may be nil
}

// Prepared is an opened order: the trees to recognise, not yet an image. Close
// it; what was not kept is then gone.
type Prepared struct {
	Medium  fs.FS // nil when there is none
	Netboot fs.FS // nil when there is none
	sources map[image.Side]image.Source
	closers []io.Closer
	dir     string
	temp    string // the unpacked netboot tree, until it is kept
}

// Prepare opens an order's trees. A medium that is an archive is taken for a
// netboot tree. The error is a *fault.Fault (see Detect, Open, UnpackNetboot)
// and leaves nothing behind.
//
//	p, err := tree.Prepare(ctx, order)
//	defer p.Close()
//	img, err := image.Recognise(p.Medium, p.Netboot)
//	err = p.Keep(name, func(sources) error { img.Sources = sources; return store.PutImage(img) })
func Prepare(ctx context.Context, o Order) (*Prepared, error) {
	p := &Prepared{sources: map[image.Side]image.Source{}, dir: o.Dir}
	err := p.side(ctx, image.Medium, o.Medium, o.Tell)
	if err == nil && o.Netboot != "" {
		if _, ok := p.sources[image.Netboot]; ok {
			err = fault.New(fault.Invalid, "give the medium first and the archive with --netboot", "%q is a netboot archive already", o.Medium)
		} else {
			err = p.side(ctx, image.Netboot, o.Netboot, o.Tell)
		}
	}
	if err == nil && len(p.sources) == 0 {
		err = fault.New(fault.Invalid, hintGive, "there is no medium to import")
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// side opens one path for one side.
func (p *Prepared) side(ctx context.Context, side image.Side, given string, tell Progress) error {
	if given == "" {
		return nil
	}
	kind, err := Detect(given)
	if err != nil {
		return err
	}
	abs, err := filepath.Abs(given)
	if err != nil {
		return unreadable(given, err)
	}
	src := image.Source{Kind: kindTree, Path: abs}
	switch kind {
	case ISO:
		st, err := os.Stat(abs)
		if err != nil {
			return unreadable(given, err)
		}
		src = image.Source{Kind: kindISO, Path: abs, Size: st.Size(), Mod: st.ModTime()}
	case Tarball, Package:
		side = image.Netboot
		if p.dir == "" {
			return fault.New(fault.Internal, "", "no directory to unpack %q in", given)
		}
		if p.temp, err = unpackTemp(ctx, abs, p.dir, tell); err != nil {
			return err
		}
		src = image.Source{Kind: kindUnpacked, Path: p.temp}
	}
	fsys, c, err := Open(src)
	if err != nil {
		return err
	}
	p.closers = append(p.closers, c)
	p.sources[side] = src
	if side == image.Netboot {
		p.Netboot = fsys
	} else {
		p.Medium = fsys
	}
	return nil
}

// Source is where one side was opened from.
func (p *Prepared) Source(side image.Side) (image.Source, bool) {
	s, ok := p.sources[side]
	return s, ok
}

// Keep gives an unpacked tree its place, Dir/name, and calls register with the
// sources to put into the image. When register fails, all is as before. A tree
// that stood there (an image that is imported anew, or left by a run that was
// stopped) is replaced. The name must be valid (image.ValidName).
func (p *Prepared) Keep(name string, register func(map[image.Side]image.Source) error) error {
	if err := image.ValidName(name); err != nil {
		return err
	}
	sources := maps.Clone(p.sources)
	if p.temp == "" {
		return register(sources)
	}
	dest, err := filepath.Abs(filepath.Join(p.dir, name))
	if err != nil {
		return writeFault(err, name)
	}
	old := filepath.Join(filepath.Dir(dest), tempPrefix+"old-"+name)
	if err := os.RemoveAll(old); err != nil {
		return writeFault(err, name)
	}
	if err := os.Rename(dest, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeFault(err, name)
	}
	if err := os.Rename(p.temp, dest); err != nil {
		return errors.Join(writeFault(err, name), back(old, dest))
	}
	sources[image.Netboot] = image.Source{Kind: kindUnpacked, Path: dest}
	if err := register(sources); err != nil {
		if rerr := os.Rename(dest, p.temp); rerr != nil { // Close removes it there
			return errors.Join(err, os.RemoveAll(dest), back(old, dest))
		}
		return errors.Join(err, back(old, dest))
	}
	p.temp = ""
	os.RemoveAll(old) // a rest is swept at the next start
	return nil
}

// back puts a replaced tree where it was, if there was one.
func back(old, dest string) error {
	if err := os.Rename(old, dest); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeFault(err, filepath.Base(dest))
	}
	return nil
}

// Close closes the trees and removes what was unpacked and not kept.
func (p *Prepared) Close() error {
	var errs []error
	for _, c := range p.closers {
		errs = append(errs, c.Close())
	}
	p.closers = nil
	if p.temp != "" {
		errs = append(errs, os.RemoveAll(p.temp))
		p.temp = ""
	}
	return errors.Join(errs...)
}

// Discard removes the unpacked tree of a dropped image; other sources are the
// user's own and stay.
func Discard(i image.Image) error {
	var err error
	for _, src := range i.Sources {
		if src.Kind == kindUnpacked {
			err = errors.Join(err, os.RemoveAll(src.Path))
		}
	}
	return err
}

// InstalledNetboot is the netboot tree for a Debian image that the host has
// installed as a package (debian-installer-13-netboot-amd64).
func InstalledNetboot(i image.Image) (string, bool) { return installedNetboot("/", i) }

func installedNetboot(root string, i image.Image) (string, bool) {
	number, ok := strings.CutPrefix(i.Release, "debian-")
	if !ok || i.CPU == "" || !filepath.IsLocal(number) || !filepath.IsLocal(i.CPU) {
		return "", false
	}
	dir := filepath.Join(root, "usr/lib/debian-installer/images", number, i.CPU, "text")
	st, err := os.Stat(filepath.Join(dir, "debian-installer", i.CPU, "linux"))
	return dir, err == nil && st.Mode().IsRegular()
}
