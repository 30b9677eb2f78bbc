package boot

import (
	"fmt"
	"path"
	"strings"

	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/install"
)

// own says what the user's own scripts mean for a request that has none of
// its exact name. A loader asks for the most particular name first, and ours
// is made for every machine: without this the user's less particular ones
// would never be reached.
//
//   - A file named for the client's address, whole or its first digits (as
//     PXELINUX and GRUB look for them), stands for that machine always.
//   - A general one (pxelinux.cfg/default, grub.cfg, boot.ipxe) stands where
//     we would show the menu. It does not undo a machine's profile.
//
// It gives the content to serve, or pass: not found, so that the loader asks on.
func (s *Shelf) own(a Asked, l script.Language, p string, d Decision) (c Content, pass, found bool) {
	if s.User == nil {
		return c, false, false
	}
	dir, base := path.Split(p)
	general := d.Kind == Menu || d.Kind == Ignore
	switch l {
	case script.PXELINUX:
		return c, base != "default" && (s.addressed(a, dir) || general && s.has(dir+"default")), false
	case script.GRUB:
		if base != "grub.cfg" {
			return c, s.addressed(a, dir+"grub.cfg-") || general && s.has(dir+"grub.cfg"), false
		}
		return s.general(a, general, "grub.cfg", "grub/grub.cfg")
	}
	return s.general(a, general, ipxeScript)
}

// addressed says whether the user has a file for a client's IPv4 address in
// upper-case hex, or for its first digits.
func (s *Shelf) addressed(a Asked, prefix string) bool {
	if !a.Client.Is4() {
		return false
	}
	hex := fmt.Sprintf("%X", a.Client.AsSlice())
	for n := len(hex); n > 0; n-- {
		if s.has(prefix + hex[:n]) {
			return true
		}
	}
	return false
}

func (s *Shelf) has(name string) bool {
	f, err := s.User.Open(strings.TrimPrefix(name, "/"))
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// general opens the user's script for everybody.
func (s *Shelf) general(a Asked, stands bool, names ...string) (Content, bool, bool) {
	for _, name := range names {
		if f, err := s.User.Open(name); stands && err == nil {
			c, err := s.file(a, f, name, install.Loaded)
			return c, false, err == nil
		} else if err == nil {
			f.Close()
		}
	}
	return Content{}, false, false
}
