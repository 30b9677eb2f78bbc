package boot

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/install"
)

// locked serves boot/locked/01-MAC/LABEL.ipxe: what an entry of the menu that
// needs the password starts, told to iPXE. The menu is the one that this
// machine is shown now; what it does not show is not there.
func (s *Shelf) locked(a Asked, p string) (Content, error) {
	label, ok := strings.CutSuffix(path.Base(p), ".ipxe")
	m, known := s.met(a, p)
	if !ok || !known || strings.Count(p, "/") != 3 {
		return Content{}, fs.ErrNotExist
	}
	d := s.Desk.DecideScript(m, a.At, a.Place)
	if d.Kind != Menu || d.Menu.Password == "" {
		return Content{}, fs.ErrNotExist
	}
	for _, e := range d.Menu.Entries {
		if e.Label != label || e.Target == nil {
			continue
		}
		if !a.Login {
			return Content{}, ErrPassword
		}
		if err := s.Desk.gate.check(a.Client, a.Password, d.Menu.Password, a.At); err != nil {
			return Content{}, fmt.Errorf("menu entry %s of %s: %w", label, m.Name, err)
		}
		d = Decision{Kind: Script, Machine: m.Name, Profile: label, Target: e.Target, Why: "picked from the menu with its password"}
		text := d.Text(script.IPXE, a.Place)
		c := generated(a, path.Base(p), text)
		c.Type, c.Secret, c.Keep = "text/plain; charset=utf-8", true, text
		c.Event = install.Event{At: a.At, Machine: m.Name, Step: install.Scripted, Path: p, Text: fmt.Sprintf("%s script: %s (%s)", script.IPXE, d.Summary(), d.Why)}
		return c, nil
	}
	return Content{}, fs.ErrNotExist
}
