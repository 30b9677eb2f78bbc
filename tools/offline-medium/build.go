package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/archive"
	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/progress"
)

// maker is one run, its fields filled in by the steps.
type maker struct {
	options
	board  *progress.Board
	work   string
	mirror *archive.Mirror

	release     archive.Release
	main, extra archive.Index // of main, and of main/debian-installer
	mark        string

	debIndex     *control.Index
	in           *installer
	debs, udebs  []control.Stanza
	lackingUdebs []control.Stanza
}

// build makes the image, or finds that it is current.
func build(ctx context.Context, o options, board *progress.Board) error {
	if err := o.resolve(); err != nil {
		return err
	}
	work, done, err := openCache(o.cache)
	if err != nil {
		return err
	}
	defer done()
	m := &maker{options: o, board: board, work: work}
	if err := m.indexes(ctx); err != nil {
		return err
	}
	if m.current(m.mark) {
		board.Say("%s is current", m.out)
		return nil
	}
	if err := m.installer(ctx); err != nil {
		return err
	}
	if err := m.choose(ctx); err != nil {
		return err
	}
	if err := m.download(ctx); err != nil {
		return err
	}
	return m.write(ctx)
}

// indexes finds out what the mirror has, and whose word there is for it.
func (m *maker) indexes(ctx context.Context) (err error) {
	if m.options.mirror == "" {
		if m.options.mirror, err = archive.FindMirror("/", m.suite); err != nil {
			return err
		}
	}
	if m.mirror, err = archive.New(m.options.mirror, m.cache, m.board); err != nil {
		return err
	}
	if m.release, err = m.mirror.Release(ctx, m.suite); err != nil {
		return err
	}
	m.board.Say("Debian %s (%s) on %s, signature verified", m.release.Get("Version"), m.suite, m.mirror.URI)
	if m.main, err = m.mirror.Index(ctx, m.release, m.suite, "main", false); err != nil {
		return err
	}
	if m.extra, err = m.mirror.Index(ctx, m.release, m.suite, "main/debian-installer", !m.signedOnly); err != nil {
		return err
	}
	if !m.extra.Signed {
		m.board.Warn("the mirror's INSTALLER INDEX IS NOT THE ONE THAT THE SIGNED RELEASE NAMES.")
		m.board.Warn("Going on with what it serves: installer packages (udebs) that come from it are vouched for by nobody.")
		m.board.Warn("The installer itself and all packages of the target are verified. To refuse instead: --require-signed-index")
	}
	m.mark = mark(m.options, m.main.SHA256, m.extra.SHA256)
	return nil
}

// installer fetches the netboot installer and learns its kernel.
func (m *maker) installer(ctx context.Context) error {
	list, err := m.main.Read(ctx)
	if err != nil {
		return err
	}
	m.debIndex = control.NewIndex(list)
	major, _, _ := strings.Cut(m.release.Get("Version"), ".")
	name := "debian-installer-" + major + "-netboot-amd64"
	netboot := m.debIndex.Lookup(name)
	if netboot == nil {
		return fault.New(fault.NotFound, "choose a released suite, such as trixie", "the suite %s has no package %s", m.suite, name)
	}
	it := m.mirror.Item(netboot)
	if err := fetchAll(ctx, m.mirror, "downloading the installer", []archive.Item{it}); err != nil {
		return err
	}
	m.board.Say("unpacking the installer %s", netboot.Get("Version"))
	if m.in, err = unpackInstaller(ctx, it.Dest, major, filepath.Join(m.work, "netboot")); err != nil {
		return err
	}
	m.board.Say("the installer's kernel is %s; its initrd holds %d packages and %d modules", m.in.kernel, len(m.in.versions), len(m.in.modules))
	return nil
}

// choose decides which packages the medium holds.
func (m *maker) choose(ctx context.Context) error {
	chosen, err := chooseDebs(m.debIndex, m.packages)
	if err != nil {
		return err
	}
	m.debs = byName(chosen)
	list, err := m.extra.Read(ctx)
	if err != nil {
		return err
	}
	list, from := control.ForKernel(list, m.in.kernel, image(m.debIndex, m.in.kernel))
	if from != "" {
		m.board.Warn("the installer index has modules for %s but not for the installer's %s: rebuilding these from linux-image", from, m.in.kernel)
	}
	udebs, unmet := chooseUdebs(control.NewIndex(list), m.in.kernel)
	m.udebs = byName(udebs)
	m.board.Say("%d packages and %d installer packages", len(m.debs), len(m.udebs))
	if len(unmet) > 0 {
		m.board.Say("the installer index lacks %d things that its packages name: %s", len(unmet), shorten(unmet))
	}
	return nil
}

// download fetches the packages and notes which installer packages are missing.
func (m *maker) download(ctx context.Context) error {
	var items []archive.Item
	for _, s := range slices.Concat(m.debs, m.udebs) {
		if it := m.mirror.Item(s); it.Dest != "" { // else it is to be built
			items = append(items, it)
		}
	}
	lacking, err := m.mirror.Fetch(ctx, "downloading packages", items)
	if err != nil {
		return err
	}
	var debs []archive.Item
	for _, s := range m.debs {
		if lacking[s.Get("Filename")] {
			debs = append(debs, m.mirror.Item(s))
		}
	}
	// Asking for those again either gets them or says what is wrong.
	if err := fetchAll(ctx, m.mirror, "downloading packages again", debs); err != nil {
		return err
	}
	m.udebs = slices.DeleteFunc(m.udebs, func(s control.Stanza) bool {
		gone := lacking[s.Get("Filename")] || m.mirror.Item(s).Dest == ""
		if gone {
			m.lackingUdebs = append(m.lackingUdebs, s)
		}
		return gone
	})
	return nil
}
