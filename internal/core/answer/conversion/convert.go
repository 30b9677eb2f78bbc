package conversion

import (
	"errors"
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
	items := settled(d.Items)
	slices.SortStableFunc(items, func(a, b reading.Item) int { return a.Line - b.Line })
	return Result{doc, img, items}, nil
}

// settled has one item for each thing: where one says that a thing is kept and
// another what became of it, the second stands. Equal ones stand once.
func settled(items []reading.Item) []reading.Item {
	var out []reading.Item
	for _, it := range items {
		it.What = strings.TrimSpace(it.What)
		same := slices.IndexFunc(out, func(o reading.Item) bool {
			again := o.What == it.What && o.Verdict == it.Verdict && o.Why == it.Why
			return o.Line == it.Line && (again || o.Field == it.Field && strings.HasPrefix(o.What, it.What))
		})
		if same < 0 {
			out = append(out, it)
			continue
		}
		o := &out[same]
		switch {
		case it.Verdict == reading.Kept, o.Verdict == it.Verdict && strings.Contains(o.Why, it.Why):
		case o.Verdict == reading.Kept, it.Verdict == reading.Lost && o.Verdict == reading.Changed, strings.Contains(it.Why, o.Why):
			o.Verdict, o.Why = it.Verdict, it.Why
		default:
			o.Why += "; " + it.Why
		}
	}
	return out
}

func debianKind(k answer.Kind) bool { return k == answer.Preseed || k == answer.Kickseed }

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
	url := "http://mirror.example/" + c.s.Image.Release
	if c.kind == answer.AutoYaST {
		c.d.Items = append(c.d.Items, reading.Item{What: "source of packages", Verdict: reading.Changed, Why: "the modules' address is not known: put yours in place of " + url})
	}
	if c.d.In.Mirror.URL != "" || c.kind != answer.Kickstart && !debianKind(c.kind) {
		return
	}
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
