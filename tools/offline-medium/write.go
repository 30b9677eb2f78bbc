package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/deb"
	"seedbed/tools/offline-medium/initrd"
	"seedbed/tools/offline-medium/medium"
	"seedbed/tools/offline-medium/progress"
)

// kickseedFiles are the packages that make the installer read Kickstart files.
func kickseedFiles(udebs []*medium.Package) (files []string) {
	for _, p := range udebs {
		if name := p.Stanza.Get("Package"); name == "kickseed-common" || name == "initrd-kickseed" {
			files = append(files, p.File)
		}
	}
	return files
}

// write rebuilds and repacks packages, and lays out, signs and writes the medium.
func (m *maker) write(ctx context.Context) error {
	made := filepath.Join(m.work, "made")
	if err := os.Mkdir(made, 0o755); err != nil {
		return err
	}
	p := medium.Plan{Edition: medium.Edition{Suite: m.suite, Archive: m.release.Get("Suite"), Codename: m.release.Get("Codename"),
		Version: m.release.Get("Version")}, Netboot: m.in.tree, Boot: bootDir, ID: m.mark, Built: time.Now()}
	var err error
	if p.Date, err = time.Parse(time.RFC1123, m.release.Get("Date")); err != nil {
		p.Date = p.Built
	}
	if len(m.lackingUdebs) > 0 {
		r := rebuilder{mirror: m.mirror, board: m.board, debs: m.debIndex, in: m.in, work: m.work, made: made}
		if p.Udebs, err = r.all(ctx, m.lackingUdebs); err != nil {
			return err
		}
	}
	p.Debs, p.Udebs = m.files(m.debs), append(p.Udebs, m.files(m.udebs)...)
	slices.SortFunc(p.Udebs, func(a, b *medium.Package) int {
		return strings.Compare(a.Stanza.Get("Package"), b.Stanza.Get("Package"))
	})
	m.board.Say("making the medium's key")
	key, err := medium.NewKey(ctx, p.Date)
	if err != nil {
		return err
	}
	defer key.Close()
	if p.Initrd, err = m.in.withKey(key); err != nil {
		return err
	}
	if m.kickseed {
		if p.Initrd, err = initrd.Install(ctx, p.Initrd, kickseedFiles(p.Udebs)...); err != nil {
			return err
		}
	}
	if err := m.repack(ctx, slices.Concat(p.Debs, p.Udebs)); err != nil {
		return err
	}
	if err := m.keyring(ctx, p.Debs, made, key); err != nil {
		return err
	}
	root := filepath.Join(m.work, "iso")
	if err := p.Lay(ctx, root, key, m.board); err != nil {
		return err
	}
	if err := medium.WriteISO(ctx, root, p.Label(), m.out, m.board); err != nil {
		return err
	}
	m.board.Say("%s is ready", m.out)
	return os.WriteFile(m.stamp(), []byte(m.stamped(m.mark)), 0o644)
}

// files pairs stanzas with their downloaded files.
func (m *maker) files(list []control.Stanza) []*medium.Package {
	var out []*medium.Package
	for _, s := range list {
		out = append(out, &medium.Package{Stanza: s, File: m.mirror.Item(s).Dest})
	}
	return out
}

// keyring replaces the keyring package by one that knows the medium's key.
func (m *maker) keyring(ctx context.Context, ps []*medium.Package, dir string, key *medium.Key) error {
	for _, p := range ps {
		if p.Stanza.Get("Package") == "debian-archive-keyring" {
			dst := filepath.Join(dir, filepath.Base(p.Stanza.Get("Filename")))
			src := m.mirror.Item(p.Stanza).Dest
			p.File, p.Changed = dst, true
			return medium.KeyringPackage(ctx, src, dst, m.work, key)
		}
	}
	return nil
}

// repack has the packages' files packed anew for speed, those in the cache apart.
func (m *maker) repack(ctx context.Context, ps []*medium.Package) (err error) {
	if m.keep {
		return nil
	}
	var todo []*medium.Package
	var total int64
	for _, p := range ps {
		if p.Changed {
			continue // made here, with gzip
		}
		src := p.File
		p.File, p.Changed = filepath.Join(m.cache, "fast", filepath.Base(src)), true
		if _, err := os.Stat(p.File); err != nil {
			todo = append(todo, p)
			total += m.mirror.Item(p.Stanza).Size
		}
	}
	if len(todo) == 0 {
		return nil
	}
	step := m.board.Step("repacking for quick unpacking", progress.Bytes, total, nil)
	defer func() { step.Done(err) }()
	jobs := make(chan *medium.Package)
	errs := make(chan error, runtime.NumCPU())
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			var first error
			for p := range jobs {
				if first != nil {
					continue
				}
				it := m.mirror.Item(p.Stanza)
				first = deb.Repack(ctx, it.Dest, p.File)
				step.Add(it.Size)
			}
			errs <- first
		})
	}
	for _, p := range todo {
		jobs <- p
	}
	close(jobs)
	wg.Wait()
	for range cap(errs) {
		if e := <-errs; e != nil {
			err = e
		}
	}
	return err
}
