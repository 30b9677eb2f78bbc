package archive

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/control"
)

// Index is a package index on this machine.
type Index struct {
	File   string // compressed as its name's end says
	SHA256 string // of that file
	Signed bool   // it is the one that the signed Release names
}

// Index fetches the package index of a component, such as main or
// main/debian-installer, for amd64. When the mirror's file is not the one that
// the Release names, that is an error, unless unsigned allows it: then the file
// is taken as it is, with Signed false.
func (m *Mirror) Index(ctx context.Context, r Release, suite, component string, unsigned bool) (Index, error) {
	dir := component + "/binary-amd64/"
	var last error
	lost := false
	for _, ext := range []string{".xz", ".gz"} {
		s, ok := r.sums[dir+"Packages"+ext]
		if !ok {
			continue
		}
		x := Index{File: filepath.Join(m.cache, "lists", s.sha256+ext), SHA256: s.sha256, Signed: true}
		if sum, err := Sum(x.File); err == nil && sum == s.sha256 {
			return x, nil
		}
		paths := []string{dir + "Packages" + ext}
		if r.Get("Acquire-By-Hash") == "yes" {
			paths = append([]string{dir + "by-hash/SHA256/" + s.sha256}, paths...)
		}
		for _, p := range paths {
			last = m.fetchOne(ctx, Item{Path: "dists/" + suite + "/" + p, Dest: x.File, SHA256: s.sha256})
			if last == nil {
				return x, nil
			}
			lost = lost || !errors.Is(last, errGone) && !errors.Is(last, errDiffers)
		}
	}
	switch {
	case ctx.Err() != nil:
		return Index{}, ctx.Err()
	case unsigned:
		return m.unsignedIndex(ctx, suite, component, lost)
	case lost:
		return Index{}, fault.Wrap(last, fault.Unavailable, "run it again", "fetching the package index of %s", component)
	}
	return Index{}, fault.Wrap(last, fault.Unavailable,
		"the mirror is stale or being updated: try later, another one with --mirror, or, for the installer's index, without --require-signed-index",
		"the mirror's package index of %s is not the one that the signed Release names", component)
}

// unsignedIndex takes the index that the mirror serves, whatever it is. When the
// network lost the signed one, only that of an earlier run will do: a bad line
// must not be what makes an unsigned index acceptable.
func (m *Mirror) unsignedIndex(ctx context.Context, suite, component string, lost bool) (Index, error) {
	file := filepath.Join(m.cache, "lists", "unsigned_"+suite+"_"+strings.ReplaceAll(component, "/", "_")+".xz")
	fresh := file + ".new"
	var err error
	if !lost {
		err = m.fetchOne(ctx, Item{Path: "dists/" + suite + "/" + component + "/binary-amd64/Packages.xz", Dest: fresh})
		if err == nil {
			err = os.Rename(fresh, file)
		}
	}
	sum, e := Sum(file)
	if e != nil || errors.Is(err, errGone) {
		return Index{}, fault.Wrap(cmp.Or(err, e), fault.Unavailable, "run it again, or try another mirror with --mirror",
			"fetching the package index of %s", component)
	}
	return Index{File: file, SHA256: sum}, nil
}

// Read gives the stanzas of the index.
func (x Index) Read(ctx context.Context) ([]control.Stanza, error) {
	text, err := decompress(ctx, x.File)
	if err != nil {
		return nil, fmt.Errorf("unpacking the package index: %w", err)
	}
	out, err := control.Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading the package index: %w", err)
	}
	return out, check(out)
}

var hexSum = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check refuses names and sums that could lead out of the pool: the index may be
// one that nobody signed.
func check(stanzas []control.Stanza) error {
	for _, s := range stanzas {
		f := s.Get("Filename")
		if !fs.ValidPath(f) || !strings.HasPrefix(f, "pool/") || !hexSum.MatchString(s.Get("SHA256")) {
			return fault.New(fault.Invalid, "try another mirror with --mirror", "the package index has a bad entry: package %.60q, file %.200q", s.Get("Package"), f)
		}
	}
	return nil
}

func decompress(ctx context.Context, file string) ([]byte, error) {
	if strings.HasSuffix(file, ".xz") {
		return exec.CommandContext(ctx, "xz", "-dc", file).Output()
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// Item says where a package's file is and where in the cache it belongs: below a
// name that begins with its checksum, so that a changed file is another file.
func (m *Mirror) Item(s control.Stanza) Item {
	it := Item{Path: s.Get("Filename"), SHA256: s.Get("SHA256")}
	fmt.Sscan(s.Get("Size"), &it.Size)
	if hexSum.MatchString(it.SHA256) {
		it.Dest = filepath.Join(m.cache, "pool", it.SHA256[:12]+"-"+filepath.Base(it.Path))
	}
	return it
}
