package boot

import (
	"crypto/hmac"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/fault"
)

// answer serves answer/TOKEN/FILE, and answer/pick/MACHINE/PROFILE/SIGN/FILE
// for a profile picked from the menu.
func (s *Shelf) answer(a Asked, rest string) (Content, error) {
	base, file := path.Split(rest)
	var att install.Attempt
	var m machine.Machine
	var prof profile.Profile
	var err error
	if rest == proxmoxPath {
		file = answer.Proxmox.FileName()
		att, m, prof, err = s.proxmox(a)
	} else {
		att, m, prof, err = s.resolve(a, strings.TrimSuffix(base, "/"))
	}
	if err != nil {
		return Content{}, err
	}
	if file == esxiConfig {
		if img, ok := s.Desk.Catalogue.Get(prof.Image); ok && img.Family == image.ESXi {
			return s.esxi(a, img, &prof, m, "/answer/"+att.Token)
		}
	}
	// From here on the attempt's own secret is the address, also where the
	// menu's led here: it outlives this process.
	doc, err := s.Desk.answer(a, m, prof, "/answer/"+att.Token)
	if err != nil {
		return Content{}, err
	}
	text, ok := doc.Bytes, file == doc.Name
	if !ok {
		text, ok = doc.Extra[file]
	}
	if !ok {
		return Content{}, fs.ErrNotExist
	}
	c := generated(a, file, text)
	c.Type, c.Secret, c.Keep = doc.Type, true, text
	if file != doc.Name || c.Type == "" {
		c.Type = "text/plain; charset=utf-8"
	}
	c.Event = install.Event{At: a.At, Machine: m.Name, Attempt: att.ID, Step: install.Answered, Path: "answer/…/" + file,
		Text: fmt.Sprintf("%s %s for profile %s", doc.Kind, file, prof.Name)}
	return c, nil
}

// resolve finds whose answer file lies under a base path. A profile picked
// from the menu arms its machine here: fetching the answers is the picking.
func (s *Shelf) resolve(a Asked, base string) (install.Attempt, machine.Machine, profile.Profile, error) {
	gone := func(what string) (install.Attempt, machine.Machine, profile.Profile, error) {
		return install.Attempt{}, machine.Machine{}, profile.Profile{},
			fault.New(fault.NotFound, "boot the machine again: it gets a fresh address", "%s", what)
	}
	d := s.Desk
	profiles := d.settings.Load().Profiles
	if picked, ok := strings.CutPrefix(base, "pick/"); ok {
		part := strings.Split(picked, "/")
		if len(part) != 3 || !hmac.Equal([]byte(part[2]), []byte(d.pickSign(part[0], part[1]))) {
			return gone("no such answer file")
		}
		m, ok := d.Roster.Get(part[0])
		prof, ok2 := profiles[part[1]]
		if !ok || !ok2 {
			return gone("the machine or profile is gone")
		}
		if a.Peek {
			return gone("only fetching it arms the machine")
		}
		att, err := d.arm(m.Name, prof, a.At, func(att install.Attempt) bool { return att.State.Over() || att.Profile != prof.Name })
		return att, m, prof, err
	}
	att, ok := d.Attempts.ByToken(base)
	if !ok {
		return gone("no attempt has this address")
	}
	if att.State.Over() {
		return gone("the attempt is over") // its secrets are not told any more
	}
	m, ok := d.Roster.Get(att.Machine)
	prof, ok2 := profiles[att.Profile]
	if !ok || !ok2 {
		return gone("the machine or profile is gone")
	}
	return att, m, prof, nil
}

// Callback finds whose callback a path under /events/ is: TOKEN/WORD, WORD
// being installed, failed or report. A report that says nothing of interest
// has no text.
func (s *Shelf) Callback(a Asked) (install.Event, error) {
	rest, ok := strings.CutPrefix(clean(a.Path), "events/")
	if !ok {
		return install.Event{}, fs.ErrNotExist
	}
	base, word := path.Split(rest)
	base = strings.TrimSuffix(base, "/")
	e := install.Event{At: a.At, Path: "events/…/" + word}
	switch word {
	case "installed":
		e.Step, e.Text = install.Installed, "the installer has finished"
	case "report": // subiquity's webhook
		r, ok := install.ReadSubiquity(a.Body)
		if !ok {
			r = install.Report{}
		}
		told := r.Event("", 0, a.At)
		told.Path = e.Path
		e = told
	case "failed":
		e.Step, e.Text, e.Failed = install.Reported, "the installer says that it failed", true
		if last := install.Telling(install.FailureLog(a.Body)); last != "" {
			e.Text += " (" + last + ")"
		}
	default:
		return e, fs.ErrNotExist
	}
	att, ok := s.Desk.Attempts.ByToken(base)
	if !ok {
		return e, fs.ErrNotExist
	}
	e.Machine, e.Attempt = att.Machine, att.ID
	return e, nil
}
