package app

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/answer"
	"seedbed/internal/core/boot"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/wire/api"
)

// api is the door for commands on this host.
func (a *App) api() http.Handler {
	return api.New(api.Parts{Inventory: inventory{a}, Installs: attempts{a.ledger, a}, Journal: a.store, Control: control{a}, Log: a.log})
}

// inventory is what the API lists.
type inventory struct{ a *App }

func (i inventory) Machines() ([]machine.Machine, error) { return i.a.roster.All(), nil }
func (i inventory) Leases() ([]lease.Lease, error)       { return i.a.book.All(), nil }
func (i inventory) Images() ([]image.Image, error)       { return i.a.catalogue.All(), nil }
func (i inventory) Rebuilding() time.Time                { return i.a.Rebuilding() }

// control does what a command asks for.
type control struct{ a *App }

func (c control) Install(name string) (install.Attempt, error) { return c.a.Arm(name) }
func (c control) Reload() error                                { return c.a.ReloadFile() }
func (c control) EndRebuild() error                            { return c.a.EndRebuild() }

// Arm starts a new attempt for a machine, whatever the last one came to.
func (a *App) Arm(name string) (install.Attempt, error) {
	m, ok := a.roster.Get(name)
	if !ok {
		return install.Attempt{}, fault.New(fault.NotFound, "seedbed machines lists them", "no machine is named %q", name)
	}
	p, ok := a.desk.Settings().Profiles[m.Profile]
	switch {
	case !ok:
		return install.Attempt{}, fault.New(fault.Invalid, "give it one under machines: in the settings", "machine %q has no profile", m.Name)
	case p.Manual():
		return install.Attempt{}, fault.New(fault.Invalid, "add install: or answer-file: to it", "profile %q is manual: there is nothing to arm", p.Name)
	}
	before, _ := a.ledger.Current(m.Name)
	att, err := a.ledger.Arm(m.Name, p.Name, p.Image, now())
	if err != nil {
		return att, err
	}
	text := fmt.Sprintf("attempt %d is armed: profile %s is installed at the next network boot", att.ID, p.Name)
	if before.ID != 0 && !before.State.Over() {
		text += fmt.Sprintf("; attempt %d, %s, ends", before.ID, before.State)
	}
	a.log.Info(text, "machine", m.Name, "step", install.Decided)
	a.enter(install.Event{At: att.Armed, Machine: m.Name, Attempt: att.ID, Step: install.Decided, Text: text})
	return att, nil
}

// renamed lets the attempts of machines go with them to their new names.
func (a *App) renamed(names map[string]string) {
	moved, err := a.ledger.Rename(names)
	if err != nil {
		a.log.Error("attempts could not be stored under their machines' new names", "err", err)
	}
	if a.opt.ReadOnly {
		return
	}
	for was, is := range names {
		if m, ok := a.roster.Get(is); ok {
			a.remember(m) // else a restart would take it for renamed once more
		}
		i := slices.IndexFunc(moved, func(att install.Attempt) bool { return att.Machine == is })
		if i < 0 {
			continue
		}
		text := fmt.Sprintf("%s before: its attempts go with it", was)
		a.log.Info(text, "machine", is, "step", install.Identified)
		a.enter(install.Event{At: now(), Machine: is, Step: install.Identified, Text: text})
	}
}

// ReloadFile reads the settings file again; bad ones leave the old in use.
// Images imported since are taken up too.
func (a *App) ReloadFile() error {
	if err := a.RefreshImages(); err != nil {
		return err
	}
	c, err := config.Load(a.cfg.Load().Path)
	if err != nil {
		return err
	}
	c.AllowWeak = a.cfg.Load().AllowWeak
	if err := c.Refused(); err != nil {
		return err
	}
	return a.Reload(c)
}

// Images lists the catalogue.
func (a *App) Images() []image.Image { return a.catalogue.All() }

// Trees opens images' trees.
func (a *App) Trees() image.Trees { return a.trees }

// Preview opens what a machine would get from server: "answer", or its script
// in the language "ipxe", "pxelinux" or "grub". On an App that only looks,
// nothing is armed or kept by it.
func (a *App) Preview(name, what string, server netip.Addr) (boot.Content, error) {
	m, ok := a.roster.Get(name)
	if !ok {
		return boot.Content{}, fault.New(fault.NotFound, "seedbed machines lists them", "no machine is named %q", name)
	}
	paths := map[string]string{"ipxe": "boot/01-%s/boot.ipxe", "pxelinux": "pxelinux.cfg/01-%s", "grub": "grub.cfg-01-%s"}
	asked := boot.Asked{At: now(), Place: a.place("", server, m.Address)}
	form, script := paths[what]
	switch {
	case script:
		asked.Path = fmt.Sprintf(form, m.MAC().Hyphened())
	case what == "answer":
		dec := a.desk.DecideScript(m, asked.At, asked.Place)
		att, ok := a.ledger.Current(m.Name)
		p := a.desk.Settings().Profiles[m.Profile]
		img, known := a.catalogue.Get(p.Image)
		if !ok || !known {
			return boot.Content{}, fault.New(fault.NotFound, "", "machine %q gets no answer file: %s", m.Name, dec.Why)
		}
		asked.Path = "answer/" + att.Token + "/" + answer.FileName(p.AnswerFile, img)
	default:
		return boot.Content{}, fault.New(fault.Invalid, "answer, ipxe, pxelinux or grub", "%q cannot be rendered", what)
	}
	return a.shelf.Load().Open(asked)
}

// Check finds profiles whose image is missing or cannot be booted.
func (a *App) Check() error { return CheckImages(a.cfg.Load(), a.catalogue) }
