package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/archive"
	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/medium"
	"seedbed/tools/offline-medium/progress"
	"seedbed/tools/offline-medium/udeb"
)

// rebuilder makes the udebs that the mirror lists and lacks.
type rebuilder struct {
	mirror *archive.Mirror
	board  *progress.Board
	debs   *control.Index
	in     *installer
	work   string
	made   string // the folder of what is made
	kernel *udeb.Kernel
}

// all rebuilds what it can, and tells of what it leaves out.
func (r *rebuilder) all(ctx context.Context, lacking []control.Stanza) (made []*medium.Package, err error) {
	if err := r.fetchSources(ctx, lacking); err != nil {
		return nil, err
	}
	if err := r.unpackKernel(ctx, lacking); err != nil {
		return nil, err
	}
	var left []control.Stanza
	step := r.board.Step("rebuilding installer packages that the mirror lacks", progress.Items, int64(len(lacking)), nil)
	for _, s := range lacking {
		p, ok, err := r.one(ctx, s)
		if err != nil {
			step.Done(err)
			return nil, err
		}
		if ok {
			made = append(made, &p)
		} else {
			left = append(left, s)
		}
		step.Add(1)
	}
	step.Done(nil)
	return made, r.leftOut(left)
}

// leftOut judges what could not be rebuilt. What the initrd holds is not missed;
// without the rest of the standard packages no install would come to its end.
func (r *rebuilder) leftOut(left []control.Stanza) error {
	var odd, vital []string
	for _, s := range left {
		name := s.Get("Package")
		switch p := s.Get("Priority"); {
		case r.in.versions[name] != "":
		case p == "required" || p == "important" || p == "standard":
			vital = append(vital, name)
		default:
			odd = append(odd, name)
		}
	}
	if len(vital) > 0 {
		return fault.New(fault.Unavailable, "try another mirror with --mirror", "%s lacks %d installer packages that an install needs: %s",
			r.mirror.URI, len(vital), shorten(vital))
	}
	if len(odd) > 0 {
		r.board.Warn("left out, for the mirror lacks them and there is no recipe: %s", strings.Join(odd, ", "))
	}
	return nil
}

// unpackKernel makes the kernel's modules ready if a module udeb is lacking.
func (r *rebuilder) unpackKernel(ctx context.Context, lacking []control.Stanza) (err error) {
	i := image(r.debs, r.in.kernel)
	if i == nil || !slices.ContainsFunc(lacking, func(s control.Stanza) bool { return s.Get("Kernel-Version") != "" }) {
		return nil
	}
	r.board.Say("unpacking the kernel %s for its modules", i.Get("Version"))
	r.kernel, err = udeb.NewKernel(ctx, r.mirror.Item(i).Dest, r.in.kernel, r.work, r.in.modules)
	return err
}

// image is the stanza of the installer's kernel's normal package, nil if the
// archive has no longer one.
func image(debs *control.Index, kernel string) control.Stanza {
	return debs.Lookup("linux-image-" + kernel)
}

// sources are the normal packages from which a udeb is rebuilt.
func (r *rebuilder) sources(s control.Stanza) []control.Stanza {
	if s.Get("Kernel-Version") != "" {
		if i := image(r.debs, r.in.kernel); i != nil {
			return []control.Stanza{i}
		}
		return nil
	}
	recipe, _ := udeb.RecipeFor(s.Get("Package"), func(n string) bool { return r.debs.Lookup(n) != nil })
	var out []control.Stanza
	for _, n := range recipe.From {
		d := r.debs.Lookup(n)
		if d == nil {
			return nil
		}
		out = append(out, d)
	}
	return out
}

func (r *rebuilder) fetchSources(ctx context.Context, lacking []control.Stanza) error {
	var items []archive.Item
	seen := map[string]bool{}
	for _, s := range lacking {
		for _, d := range r.sources(s) {
			if it := r.mirror.Item(d); !seen[it.Dest] {
				seen[it.Dest] = true
				items = append(items, it)
			}
		}
	}
	return fetchAll(ctx, r.mirror, "downloading what to rebuild from", items)
}

// one rebuilds one udeb; ok is false when there is no way to.
func (r *rebuilder) one(ctx context.Context, s control.Stanza) (p medium.Package, ok bool, err error) {
	dst := func(s control.Stanza) string { return filepath.Join(r.made, filepath.Base(s.Get("Filename"))) }
	from := r.sources(s)
	if s.Get("Kernel-Version") != "" {
		if r.kernel == nil || !r.kernel.Knows(s) {
			return p, false, nil
		}
		return medium.Package{Stanza: s, File: dst(s), Changed: true}, true, r.kernel.Rebuild(s, dst(s))
	}
	recipe, found := udeb.RecipeFor(s.Get("Package"), func(n string) bool { return r.debs.Lookup(n) != nil })
	version := r.in.versions[s.Get("Package")]
	switch {
	case !found:
		return p, false, nil
	case recipe.From == nil && version != "":
		s, err = udeb.FromInitrd(recipe, s, version, r.in.files, dst)
	case from != nil:
		var files []string
		for _, d := range from {
			files = append(files, r.mirror.Item(d).Dest)
		}
		s, err = udeb.FromPackages(ctx, recipe, s, from[0], files, dst)
	default:
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	return medium.Package{Stanza: s, File: dst(s), Changed: true}, true, nil
}

// fetchAll fetches what must be there.
func fetchAll(ctx context.Context, m *archive.Mirror, title string, items []archive.Item) error {
	lacking, err := m.Fetch(ctx, title, items)
	if err != nil || len(lacking) == 0 {
		return err
	}
	var names []string
	for n := range lacking {
		names = append(names, filepath.Base(n))
	}
	return fault.New(fault.Unavailable, "the mirror is being updated, or is stale: try again later, or another one with --mirror",
		"%s lacks %d packages that its signed index lists: %s", m.URI, len(names), shorten(names))
}
