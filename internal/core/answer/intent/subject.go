package intent

import (
	"strings"

	"seedbed/internal/core/image"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// Subject is all that an answer file may speak of: one machine, and where it
// stands. URLs have no blanks in them; those ending in a slash say so.
type Subject struct {
	Machine  machine.Machine
	Lease    lease.Lease   // zero when it has none
	Subnet   *lease.Subnet // nil when it is not known
	Image    image.Image
	Profile  string // its name
	Firmware machine.Firmware

	Server      string // this server, as http://192.0.2.1 or http://192.0.2.1:8080
	AnswerURL   string // where Document.Name and Document.Extra are served, with a slash at the end
	CallbackURL string // to be fetched when the installation is over
	FailURL     string // to be fetched when it failed; ?why=WORD may follow
	ReportURL   string // to which the installer posts what it does; "" for nowhere
	Mirror      string // the package source in effect, "" for none
	Proxy       string // through which the installer fetches packages, as http://192.0.2.1:80/; "" for none
	SyslogHost  string // where the installer's syslog goes, host or host:port; "" for nowhere

	Questions bool // its log shall tell what it asks

	HostName string
	Domain   string

	UserArgs  []string // the profile's own kernel arguments
	Rehearsal *Rehearsal
}

// Rehearsal is what a rehearsal adds to an installation.
type Rehearsal struct {
	SSHKeys []string // authorised for root
}

// Purpose says in one line for whom a file is made, for its head: machine,
// profile and image, as far as each is known.
func (s Subject) Purpose() string {
	var parts []string
	for _, p := range [][2]string{{"machine", s.HostName}, {"profile", s.Profile}, {"image", s.Image.Name}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	return strings.Join(parts, ", ")
}

// Beside is the address of a file served with the answer file.
func (s Subject) Beside(name string) string {
	return strings.TrimSuffix(s.AnswerURL, "/") + "/" + name
}

// FailWith is the address that reports a failure with the word why, or "".
func (s Subject) FailWith(why string) string {
	switch {
	case s.FailURL == "":
		return ""
	case strings.Contains(s.FailURL, "?"):
		return s.FailURL + "&why=" + why
	}
	return s.FailURL + "?why=" + why
}

// RootKeys are all keys that root gets, the rehearsal's among them.
func (s Subject) RootKeys(in *Install) []string {
	keys := append([]string(nil), in.SSHKeys...)
	if s.Rehearsal != nil {
		keys = append(keys, s.Rehearsal.SSHKeys...)
	}
	return keys
}

// BootParts says which partitions the boot loader needs: one for GRUB on a GPT
// disk of a BIOS machine, an EFI system partition. Where the firmware is not
// known, both.
func (s Subject) BootParts() (bios, efi bool) {
	uefi := s.Firmware == machine.UEFI || s.Firmware == machine.UEFIHTTP
	return !uefi, s.Firmware != machine.BIOS
}

// Version is the number of a release as debian-13 or rhel-9.4, without what
// stands behind a dot; 0 where there is none.
func Version(release string) int {
	_, number, _ := strings.Cut(release, "-")
	n := 0
	for _, c := range number {
		if c < '0' || c > '9' || n > 10000 {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
