package image

import (
	"io/fs"
	"sort"
	"strings"
	"sync"

	"seedbed/internal/fault"
)

// Trees opens the trees that images are made of. The error is a *fault.Fault:
// NotFound when the image has no such side or it was moved away, Conflict when
// it is not what was imported.
type Trees interface {
	Tree(Image, Side) (fs.FS, error)
}

// Catalogue holds the images by name. It is safe for concurrent use; an Image
// got from it shares its slices and maps and is not to be written to.
type Catalogue struct {
	mu     sync.RWMutex
	images map[string]Image
}

// NewCatalogue makes a catalogue of what was imported before.
func NewCatalogue(images []Image) *Catalogue {
	c := &Catalogue{images: make(map[string]Image, len(images))}
	for _, i := range images {
		c.images[i.Name] = i
	}
	return c
}

// Get gives the image of that name.
func (c *Catalogue) Get(name string) (Image, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.images[name]
	return i, ok
}

// All gives every image, by name.
func (c *Catalogue) All() []Image {
	c.mu.RLock()
	out := make([]Image, 0, len(c.images))
	for _, i := range c.images {
		out = append(out, i)
	}
	c.mu.RUnlock()
	sort.Slice(out, func(a, b int) bool { return out[a].Name < out[b].Name })
	return out
}

// Put adds an image or replaces the one of its name.
func (c *Catalogue) Put(i Image) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.images[i.Name] = i
}

// Drop forgets an image; false when there was none.
func (c *Catalogue) Drop(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.images[name]
	delete(c.images, name)
	return ok
}

// MaxName is the longest name of an image, in bytes.
const MaxName = 64

// ValidName says whether a name can be an image's: 1 to 64 letters, digits,
// dots, underlines and hyphens, with no dot or hyphen first. The error is a
// *fault.Fault of kind Invalid.
func ValidName(name string) error {
	const hint = "use 1 to 64 letters, digits, dots, underlines and hyphens, with a letter or digit first"
	if name == "" || len(name) > MaxName {
		return fault.New(fault.Invalid, hint, "image name %.80q has %d characters", name, len(name))
	}
	for i, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
		case (r == '.' || r == '-') && i > 0:
		default:
			return fault.New(fault.Invalid, hint, "image name %q: %q cannot be there", name, r)
		}
	}
	return nil
}

// SuggestName is the name an image gets when nobody gave one, always valid: as
// debian-13-amd64, ubuntu-12.04-server-amd64, ubuntu-24.04-live-server-amd64,
// debian-13-netboot-amd64 (no medium), rocky-9-amd64.
func SuggestName(i Image) string {
	parts := []string{i.Release}
	if i.Release == "" {
		parts[0] = "image"
	}
	switch {
	case i.Family == Ubuntu && strings.HasPrefix(i.Title, "Ubuntu Server"):
		parts = append(parts, "server")
	case i.Family == Subiquity && strings.HasPrefix(i.Title, "Ubuntu Server"):
		parts = append(parts, "live-server")
	case i.Family == Subiquity:
		parts = append(parts, "desktop")
	case i.Netboot && !i.Mirror && (i.Family == Debian || i.Family == Ubuntu):
		parts = append(parts, "netboot")
	}
	if i.CPU != "" {
		parts = append(parts, i.CPU)
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, strings.ToLower(strings.Join(parts, "-")))
	if name = strings.TrimLeft(name, ".-"); len(name) > MaxName {
		name = name[:MaxName]
	}
	return name
}
