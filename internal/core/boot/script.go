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
