package boot

import (
	"slices"
	"strings"
	"time"

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

// Serial is a serial line that a BIOS loader shows its menu on too.
type Serial struct {
	Port  int // 0 is the first
	Speed int // bit/s; 0 is 115200
}

func (s Serial) speed() int {
	if s.Speed == 0 {
		return 115200
	}
	return s.Speed
}

// LocalLabel is the menu label of the local disk.
const LocalLabel = "local"

// menu fills a decision with the menu of a machine.
func (d *Desk) menu(dec Decision, m machine.Machine, at time.Time, p Place, why string) Decision {
	set := d.settings.Load()
	scr := &Screen{Title: set.Title, Timeout: set.Timeout, Default: set.Default, Password: set.Password, GRUBPassword: set.GRUBPassword, Serial: set.Serial}
	if _, ok := set.Profiles[dec.Profile]; ok && set.Rehearse != nil {
		scr.Default = dec.Profile // nobody is there to pick it
	}
	if att, ok := d.Attempts.Current(m.Name); ok && att.State.Over() {
		// Else a default that erases the disk would do so at every boot.
		scr.Default = LocalLabel
	}
	for _, item := range set.items() {
		if e, ok := d.entry(item, m, p); ok {
			scr.Entries = append(scr.Entries, e)
		}
	}
	scr.tidy()
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
func (d *Desk) entry(item MenuItem, m machine.Machine, p Place) (Entry, bool) {
	if len(item.Machines) > 0 && !slices.Contains(item.Machines, m.Name) {
		return Entry{}, false
	}
	switch {
	case item.Separator:
		return Entry{Separator: true}, true
	case item.Local:
		return Entry{Label: LocalLabel, Title: or(item.Title, "Boot from local disk"), Key: item.Key, Local: true}, true
	case item.Profile == "":
		return Entry{Title: item.Title}, item.Title != ""
	}
	prof, known := d.settings.Load().Profiles[item.Profile]
	img, ok := d.Catalogue.Get(prof.Image)
	if !known || !ok {
		return Entry{}, false
	}
	if !prof.Manual() && m.MAC().IsZero() {
		return Entry{}, false // whose answers would be told, and whose install followed?
	}
	t, err := d.target(m, prof, img, p, d.pickPath(m, prof.Name))
	if err != nil {
		return Entry{}, false
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
	return Entry{Label: prof.Name, Title: title, Key: item.Key, Target: t}, true
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tidy drops what loaders would stumble over: a second line with the same
// label or key, separators with nothing between them or at the end, and a
// default that is not shown.
func (s *Screen) tidy() {
	labels, keys := map[string]bool{}, map[byte]bool{}
	var out []Entry
	for _, e := range s.Entries {
		if e.Label != "" && labels[e.Label] || e.Separator && (len(out) == 0 || out[len(out)-1].Separator) {
			continue
		}
		labels[e.Label] = true
		if e.Key != 0 && keys[e.Key] {
			e.Key = 0
		}
		keys[e.Key] = true
		out = append(out, e)
	}
	for len(out) > 0 && out[len(out)-1].Separator {
		out = out[:len(out)-1]
	}
	s.Entries = out
	if !labels[s.Default] || s.Default == "" {
		s.Default = LocalLabel
	}
}

// Words says that an entry cannot be picked: it is a heading.
func (e Entry) Words() bool { return !e.Local && !e.Separator && e.Target == nil }

// line is an entry's title with its hot key before it, as all loaders show it.
func (e Entry) line() string {
	if e.Key == 0 {
		return e.Title
	}
	return strings.ToUpper(string(e.Key)) + ") " + e.Title
}

// locked says that some entries ask for a password.
func (s *Screen) locked() bool { return s.Password != "" || s.GRUBPassword != "" }

// free says whether an entry is picked without the password. One that is taken
// at the time-out is: else waiting would be the way around it.
func (s *Screen) free(e Entry) bool {
	return !s.locked() || e.Target == nil || s.Timeout > 0 && e.Label == s.Default
}

// shown are the entries for a loader that can check the menu's password or
// cannot: without, it is shown only what needs none.
func (s *Screen) shown(checks bool) []Entry {
	if checks || !s.locked() {
		return s.Entries
	}
	out := Screen{Default: s.Default}
	for _, e := range s.Entries {
		if s.free(e) && !e.Words() {
			out.Entries = append(out.Entries, e)
		}
	}
	out.tidy()
	return out.Entries
}

// start is the entry under the cursor: that of the time-out where it is shown.
func (s *Screen) start(checks bool) string {
	for _, e := range s.shown(checks) {
		if e.Label == s.Default {
			return s.Default
		}
	}
	return LocalLabel
}
