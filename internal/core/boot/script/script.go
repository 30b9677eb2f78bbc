package script

import (
	"net/netip"
	"strconv"
)

// Language is one of the three in which a decision is told to a loader.
type Language string

// The loaders' languages.
const (
	PXELINUX Language = "pxelinux"
	IPXE     Language = "ipxe"
	GRUB     Language = "grub"
)

// Told is what a loader is told: to start the target, else to show the menu,
// else to boot from the local disk.
type Told struct {
	Machine string
	Why     string // one clause for people
	Target  *Target
	Menu    *Screen
}

// Server is where this server is reached.
type Server struct {
	Address  netip.Addr
	HTTPPort uint16 // 0 is 80
}

// URL is the HTTP address of an absolute path on this server.
func (s Server) URL(path string) string {
	host := s.Address.String()
	if !s.plainHTTP() {
		host += ":" + strconv.Itoa(int(s.HTTPPort))
	}
	return "http://" + host + path
}

// plainHTTP says that addresses need no port.
func (s Server) plainHTTP() bool { return s.HTTPPort == 0 || s.HTTPPort == 80 }

// usual is how many bytes most texts do with.
const usual = 1 << 10

// Text is what is told, in a loader's language.
func Text(l Language, t Told, s Server) []byte {
	switch l {
	case PXELINUX:
		return pxelinux(t)
	case IPXE:
		return ipxe(t, s)
	}
	return grub(t, s)
}

// plain keeps a text to one line of printable ASCII, for menus and echoes.
func plain(s string) string {
	for i := range len(s) {
		if !printable(s[i]) {
			return blanked(s)
		}
	}
	return s
}

func blanked(s string) string {
	b := []byte(s)
	for i, c := range b {
		if !printable(c) {
			b[i] = '?'
		}
	}
	return string(b)
}

func printable(c byte) bool { return c >= ' ' && c <= '~' }
