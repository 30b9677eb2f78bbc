package boot

// Language is one of the three in which a decision is told to a loader.
type Language string

// The loaders' languages.
const (
	PXELINUX Language = "pxelinux"
	IPXE     Language = "ipxe"
	GRUB     Language = "grub"
)

// Text tells a decision (Script, Menu, LocalDisk or Ignore) to a loader. All
// three languages say the same; p gives the addresses that URLs are made of.
func Text(l Language, d Decision, p Place) []byte {
	switch l {
	case PXELINUX:
		return pxelinux(d, p)
	case IPXE:
		return ipxe(d, p)
	}
	return grub(d, p)
}

// plain keeps a text to one line of printable ASCII, for menus and echoes.
func plain(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}

// open are the entries that a loader may show which cannot ask for a password
// by a crypt hash (iPXE and GRUB): with a password set, the local disk alone.
func (m *Screen) open() []Entry {
	if m.Password == "" {
		return m.Entries
	}
	var out []Entry
	for _, e := range m.Entries {
		if e.Local {
			out = append(out, e)
		}
	}
	return out
}

// start is the entry taken at the time-out where open is what is shown.
func (m *Screen) start() string {
	if m.Password == "" {
		return m.Default
	}
	return LocalLabel
}
