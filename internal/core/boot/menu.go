package boot

import (
	"slices"
	"time"

	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/image"
	"seedbed/internal/core/machine"
)

// MenuItem is one line of the menu as the settings order it: the local disk,
// a profile, a separator, or words alone (a Title and nothing else).
type MenuItem struct {
	Local     bool
	Separator bool
	Profile   string
	Title     string   // "" takes the profile's own
	Key       byte     // hot key, a lower-case letter or a digit; 0 for none
	Machines  []string // names of those that are shown it; none shows it to all
}

// menu fills a decision with the menu of a machine.
func (d *Desk) menu(dec Decision, m machine.Machine, at time.Time, p Place, why string) Decision {
	set := d.settings.Load()
	scr := &script.Screen{Title: set.Title, Timeout: set.Timeout, Default: set.Default, Password: set.Password, GRUBPassword: set.GRUBPassword, Serial: set.Serial}
	if _, ok := set.Profiles[dec.Profile]; ok && set.Rehearse != nil {
		scr.Default = dec.Profile // nobody is there to pick it
	}
	if att, ok := d.Attempts.Current(m.Name); ok && att.State.Over() {
		// Else a default that erases the disk would do so at every boot.
		scr.Default = script.LocalLabel
	}
	scr.Entries = make([]script.Entry, 0, len(set.Items))
	for _, item := range set.Items {
		if e, ok := d.entry(item, m, p); ok {
			scr.Entries = append(scr.Entries, e)
		}
	}
	scr.Tidy()
	dec.Kind, dec.Menu, dec.Why = Menu, scr, why
	return dec
}

// items are the menu's lines: the settings' own, else the local disk and all
// profiles. The local disk is always among them, for the time-out to go to.
func (s *Settings) items() []MenuItem {
	local := MenuItem{Local: true}
	if len(s.Items) == 0 {
		out := []MenuItem{local, {Separator: true}}
		for _, name := range s.Order {
			if !slices.Contains(s.Hide, name) {
				out = append(out, MenuItem{Profile: name})
			}
		}
		return out
	}
	if slices.ContainsFunc(s.Items, func(i MenuItem) bool { return i.Local && len(i.Machines) == 0 }) {
		return s.Items
	}
	return append([]MenuItem{local}, s.Items...)
}

// entry is a line of the menu as one machine is shown it; false for what it
// is not shown, or what cannot be booted.
func (d *Desk) entry(item MenuItem, m machine.Machine, p Place) (script.Entry, bool) {
	if len(item.Machines) > 0 && !slices.Contains(item.Machines, m.Name) {
		return script.Entry{}, false
	}
	switch {
	case item.Separator:
		return script.Entry{Separator: true}, true
	case item.Local:
		return script.Entry{Label: script.LocalLabel, Title: or(item.Title, "Boot from local disk"), Key: item.Key, Local: true}, true
	case item.Profile == "":
		return script.Entry{Title: item.Title}, item.Title != ""
	}
	prof, known := d.settings.Load().Profiles[item.Profile]
	img, ok := d.Catalogue.Get(prof.Image)
	if !known || !ok {
		return script.Entry{}, false
	}
	if !prof.Manual() && m.MAC().IsZero() {
		return script.Entry{}, false // whose answers would be told, and whose install followed?
	}
	if !prof.Manual() && img.Family == image.Proxmox {
		return script.Entry{}, false // its installer asks at one address for all: which entry was picked is not told
	}
	t, err := d.target(m, prof, img, p, d.pickPath(m, prof.Name))
	if err != nil {
		return script.Entry{}, false
	}
	title := or(item.Title, prof.Title)
	if title == "" {
		title = prof.Name + ": " + img.Title
		if prof.Manual() {
			title += " (manual)"
		} else {
			title += " (automatic: erases the disk)"
		}
	}
	return script.Entry{Label: prof.Name, Title: title, Key: item.Key, Target: t}, true
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
