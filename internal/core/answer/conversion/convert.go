package conversion

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/butane"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/answer/reading/coreos"
	"seedbed/internal/core/answer/reading/debian"
	"seedbed/internal/core/answer/reading/kickseed"
	"seedbed/internal/core/answer/reading/redhat"
	"seedbed/internal/core/answer/reading/suse"
	"seedbed/internal/core/answer/reading/ubuntu"
	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// Read reads an answer file as a neutral install with a report. File is its
// name, for messages.
func Read(kind answer.Kind, file, text string) (*reading.Draft, error) {
	switch kind {
	case answer.Kickstart:
		return redhat.Kickstart(file, text), nil
	case answer.Kickseed:
		return kickseed.Kickseed(file, text), nil
	case answer.Preseed:
		return debian.Preseed(file, text), nil
	case answer.Autoinstall:
		return ubuntu.Autoinstall(file, text)
	case answer.AutoYaST:
		return suse.AutoYaST(file, text)
	case answer.Agama:
		return suse.Agama(file, text)
	case answer.Ignition:
		return coreos.Ignition(file, text)
	case answer.Butane:
		b, _, err := butane.Translate(file, []byte(text))
		if err != nil {
			return nil, err
		}
		return coreos.Ignition(file, string(b))
	}
	return nil, Known(kind)
}

// Result is a new document and what became of each thing in the old one.
type Result struct {
	Document answer.Document
	Image    image.Image // for which it is
	Items    []reading.Item
}

// Count is how many items have a verdict.
func (r Result) Count(v reading.Verdict) int {
	n := 0
	for _, i := range r.Items {
		if i.Verdict == v {
			n++
		}
	}
	return n
}

// converter is a draft on its way into another dialect.
type converter struct {
	d    *reading.Draft
	kind answer.Kind
	s    answer.Subject
}

// Convert writes what was read for a dialect's installer.
func Convert(d *reading.Draft, kind answer.Kind, img image.Image) (Result, error) {
	c := &converter{d: d, kind: kind, s: answer.Subject{Image: img, Profile: "converted", Domain: d.Domain, Mirror: "http://mirror.example/" + img.Release}}
	c.familiar()
	c.source()
	if debianKind(kind) && d.In.HostName == "" {
		c.s.HostName = family(img.Release) // as the installer would call it
	}
	doc, err := c.render()
	if err != nil {
		return Result{}, err
	}
	for _, l := range doc.Losses {
		c.loss(l)
	}
	items := slices.Clone(d.Items)
	slices.SortStableFunc(items, func(a, b reading.Item) int { return a.Line - b.Line })
	return Result{doc, img, items}, nil
}

func debianKind(k answer.Kind) bool { return k == answer.Preseed || k == answer.Kickseed }

// familiar changes what only the old family's systems know.
func (c *converter) familiar() {
	d, in := c.d, &c.d.In
	from, to := d.Family, family(c.s.Image.Release)
	if to == "redhat" && !strings.HasPrefix(c.s.Image.Release, "fedora") {
		c.noBtrfs()
	}
	if from == to || from == "" {
		if s := c.s.Image.Codename; in.Mirror.Suite != "" && in.Mirror.Suite != s && s != "" {
			c.turn("mirror.suite", reading.Changed, "the new release's own suite, "+s)
			in.Mirror.Suite = ""
		}
		return
	}
	lose := func(field, why string) { c.turn(field, reading.Lost, why) }
	if in.Mirror.URL != "" {
		lose("mirror.url", "it holds packages of another distribution: give the new one's")
	}
	if in.Mirror.Suite != "" {
		lose("mirror.suite", "it is of another distribution")
	}
	if in.Mirror.Security != "" {
		lose("mirror.security", "it holds packages of another distribution")
	}
	in.Mirror.URL, in.Mirror.Suite, in.Mirror.Security, in.Mirror.Trusted = "", "", "", false
	if len(in.Repositories) > 0 {
		lose("repositories", "it holds packages of another distribution")
		in.Repositories = nil
	}
	if columns[from] == columns[to] { // Debian and Ubuntu
		return
	}
	if len(in.Groups) > 0 {
		lose("groups", "groups of packages are called otherwise: name packages")
		in.Groups = nil
	}
	in.Packages = c.rename("packages", "package", in.Packages, from, to)
	in.Excluded = c.rename("excluded-packages", "package", in.Excluded, from, to)
	in.Services.Enable = c.rename("services.enable", "service", in.Services.Enable, from, to)
	in.Services.Disable = c.rename("services.disable", "service", in.Services.Disable, from, to)
	if in.SELinux != "" && from == "redhat" && to != "coreos" {
		lose("selinux", "the distribution is installed without SELinux")
		in.SELinux = ""
	}
	if in.Post != "" && to != "coreos" {
		c.turn("post", reading.Changed, "it was written for another distribution: see that its commands are there")
	}
}

// noBtrfs takes XFS where RHEL has no btrfs.
func (c *converter) noBtrfs() {
	st := &c.d.In.Storage
	swap := func(fs *string, field string, args ...any) {
		if *fs == "btrfs" {
			*fs = "xfs"
			c.turn(fmt.Sprintf(field, args...), reading.Changed, "the release has no btrfs: it is xfs")
		}
	}
	for i := range st.Partitions {
		swap(&st.Partitions[i].Filesystem, "storage.partitions[%d]", i)
	}
	for i := range st.Arrays {
		swap(&st.Arrays[i].Filesystem, "storage.raid[%d]", i)
	}
	for i, g := range st.VolumeGroups {
		for j := range g.Volumes {
			swap(&g.Volumes[j].Filesystem, "storage.volume-groups[%d].volumes[%d]", i, j)
		}
	}
}

// rename gives names of packages or services in the new family. Those that the
// table does not know keep theirs.
func (c *converter) rename(field, kind string, list []string, from, to string) []string {
	table := names(kind, from, to)
	var out []string
	for i, name := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		next, ok := table[name]
		switch {
		case !ok:
			next = name
		case next == "-":
			c.turn(at, reading.Lost, "the distribution has no such "+kind)
			continue
		case next != name:
			c.turn(at, reading.Changed, "the distribution calls it "+next)
		}
		if !slices.Contains(out, next) {
			c.move(at, fmt.Sprintf("%s[%d]", field, len(out)))
			out = append(out, next)
		}
	}
	return out
}

// move notes that a field has another path now.
func (c *converter) move(from, to string) {
	if p, ok := c.d.In.Places[from]; ok {
		c.d.In.Places[to] = p
	}
	for i := range c.d.Items {
		if c.d.Items[i].Field == from {
			c.d.Items[i].Field = to
			return
		}
	}
}

// source gives installers that fetch their packages a place to put the address
// of a mirror in.
func (c *converter) source() {
	if c.d.In.Mirror.URL != "" || c.kind != answer.Kickstart && !debianKind(c.kind) {
		return
	}
	url := "http://mirror.example/" + c.s.Image.Release
	if debianKind(c.kind) {
		url = "http://mirror.example/" + family(c.s.Image.Release)
	}
	c.d.In.Mirror.URL = url
	c.d.Items = append(c.d.Items, reading.Item{What: "source of packages", Field: "mirror.url", Verdict: reading.Changed,
		Why: "no address is known: put your mirror's in place of " + url})
}

// turn changes the verdict of the items of a field, and of those within it.
// Where there is none an item is added.
func (c *converter) turn(field string, v reading.Verdict, why string) {
	hit := false
	for i := range c.d.Items {
		it := &c.d.Items[i]
		if it.Field == field || it.Field != "" && strings.HasPrefix(it.Field, field) && strings.ContainsAny(it.Field[len(field):len(field)+1], ".[") {
			hit = true
			if it.Verdict == reading.Changed && it.Why != "" && v == reading.Changed && it.Why != why {
				it.Why += "; " + why
			} else if it.Verdict != reading.Lost {
				it.Verdict, it.Why = v, why
			}
		}
	}
	if hit {
		return
	}
	best := -1
	for i, it := range c.d.Items { // the nearest around it
		if it.Field != "" && strings.HasPrefix(field, it.Field) && (best < 0 || len(it.Field) >= len(c.d.Items[best].Field)) {
			best = i
		}
	}
	if best >= 0 && v != reading.Kept {
		it := &c.d.Items[best]
		if it.Verdict == reading.Kept {
			it.Verdict, it.Why = reading.Changed, strings.TrimPrefix(field, it.Field+".")+": "+why
			return
		}
	}
	c.d.Items = append(c.d.Items, reading.Item{Line: c.d.In.Place(field).Line, What: field, Field: field, Verdict: v, Why: why})
}

// loss puts what a writer lost at the item that asked for it.
func (c *converter) loss(l answer.Loss) {
	switch {
	case strings.HasPrefix(l.Field, "("):
	case l.Severity == answer.Warning:
		c.turn(l.Field, reading.Lost, l.Why)
	default:
		for i := range c.d.Items {
			if it := &c.d.Items[i]; strings.HasPrefix(it.Field, l.Field) && l.Field != "" && it.Verdict == reading.Kept {
				it.Why = l.Why
			}
		}
	}
}

// render renders until nothing is left that the dialect refuses; what it
// refuses is left out.
func (c *converter) render() (answer.Document, error) {
	for range 40 {
		doc, err := answer.RenderAs(c.kind, &c.d.In, c.s)
		var list fault.List
		if err == nil || !errors.As(err, &list) {
			return doc, err
		}
		dropped := false
		for _, f := range list {
			field, why, ok := strings.Cut(strings.TrimPrefix(f.Msg, "install."), ": ")
			if !ok || field == "users" {
				continue // nobody could log in: only the user can help
			}
			if c.drop(field, why) {
				dropped = true
				break // others may be about the same
			}
		}
		if !dropped {
			return doc, err
		}
	}
	return answer.Document{}, fault.New(fault.Internal, "", "the file cannot be rendered")
}
