package script

import (
	"strings"
	"time"
)

// Screen is a boot menu, the same for every loader. Labels are unique words
// of letters, digits, "-", "." and "_"; Default is one of them.
type Screen struct {
	Title    string
	Timeout  time.Duration // zero waits for ever
	Default  string        // label of the entry taken at the timeout
	Password string        // a crypt hash that entries other than the local disk ask for; "" none
	Entries  []Entry
	Serial   *Serial

	// GRUBPassword is the same password in the one form that GRUB can check
	// (grub.pbkdf2.sha512.…); "" where there is none.
	GRUBPassword string
}

// Entry is one line of a menu: the local disk, a separator, a heading, or a
// target.
type Entry struct {
	Label     string
	Title     string
	Key       byte // hot key; 0 none
	Local     bool
	Separator bool
	Target    *Target
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

// Tidy drops what loaders would stumble over: a second line with the same
// label or key, separators with nothing between them or at the end, and a
// default that is not shown.
func (s *Screen) Tidy() {
	labels, keys := map[string]bool{}, map[byte]bool{}
	out := s.Entries[:0]
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
	out.Tidy()
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
