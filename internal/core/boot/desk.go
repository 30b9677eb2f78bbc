package boot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/core/upstream"
)

// Settings are the parts of the settings file that decide what is booted.
type Settings struct {
	Profiles map[string]profile.Profile
	Order    []string // profile names as the settings file lists them, for menus
	Loader   string   // auto, ipxe, pxelinux, grub
	Unknown  string   // menu, ignore, or a profile's name
	Title    string
	Timeout  time.Duration
	Default  string // label of the menu entry taken at the time-out; "" is local
	Password string // crypt hash for the menu
	Items    []MenuItem
	Hide     []string       // profiles that a menu without Items leaves out
	Serial   *script.Serial // nil: the screen alone

	GRUBPassword string // the same password for GRUB, as grub-mkpasswd-pbkdf2 writes it
	Rehearse     *Rehearsal

	Cache *upstream.Policy // of the package cache; nil without one

	SyslogPort uint16 // where installers' logs are heard; 0 is 514
	Questions  bool   // installers are told to log what they ask
}

// Rehearsal is what a rehearsal adds to every profile, so that a virtual
// machine can be watched and its login proven.
type Rehearsal struct {
	KernelArgs []string // the installer's own, before the user's
	SSHKeys    []string // authorised for root beside the profile's
}

// Attempts is the part of install.Ledger that a decision needs.
type Attempts interface {
	ShouldInstall(machine string) (install.Attempt, bool, string)
	Current(machine string) (install.Attempt, bool)
	Arm(machine, profile, image string, at time.Time) (install.Attempt, error)
	ByToken(token string) (install.Attempt, bool)
}

// Leases finds who holds an address.
type Leases interface {
	ByAddress(netip.Addr) (lease.Lease, bool)
	ByMAC(machine.MAC) (lease.Lease, bool)
}

// Loaders opens the host's boot loaders by the name that clients ask for.
type Loaders interface {
	Has(name string) bool
}

// Desk is where every question "what do I boot?" is answered.
// Fill the exported fields and call Use before the first question. It is safe
// for concurrent use; Use swaps its settings at once.
type Desk struct {
	Roster    *machine.Roster
	Attempts  Attempts
	Leases    Leases
	Catalogue *image.Catalogue
	Loaders   Loaders
	Remember  func(machine.Machine) // called for new or changed machines; may be nil

	settings atomic.Pointer[Settings]
	pickKey  [32]byte
	signers  sync.Pool // of hash.Hash, with pickKey
	gate     gate
	once     sync.Once
	arming   sync.Mutex // one attempt a machine, however many ask at once
}

// Use takes new settings; running boots go on with what they were told.
func (d *Desk) Use(s Settings) {
	d.once.Do(func() {
		rand.Read(d.pickKey[:])
		d.signers.New = func() any { return hmac.New(sha256.New, d.pickKey[:]) }
	})
	s.Items = s.items()
	d.settings.Store(&s)
}

// Settings are those now in use.
func (d *Desk) Settings() Settings { return *d.settings.Load() }

// Identify finds the machine of a sighting, and remembers it when it is new.
func (d *Desk) Identify(s machine.Sighting) machine.Machine {
	m, fresh := d.Roster.Identify(s)
	if fresh && d.Remember != nil {
		d.Remember(m)
	}
	return m
}

// Decide says what a machine loads next. Firmware and iPXE that ask by DHCP
// get a Loader, carrying the why of the goal behind it; a loader that asks
// for its script (DecideScript) gets the goal itself.
func (d *Desk) Decide(m machine.Machine, s machine.Sighting, p Place) Decision {
	if s.Firmware == machine.NoFirmware {
		return Decision{Kind: Ignore, Machine: m.Name, Why: "it wants an address only"}
	}
	goal := d.goal(m, s.At, p)
	if goal.Kind == Ignore {
		return goal
	}
	return d.withLoader(goal, s, p)
}

// DecideScript says what the script or menu of a machine holds.
func (d *Desk) DecideScript(m machine.Machine, at time.Time, p Place) Decision {
	return d.goal(m, at, p)
}

// goal is the one decision: what this machine shall do at this boot.
func (d *Desk) goal(m machine.Machine, at time.Time, p Place) Decision {
	set := d.settings.Load()
	name := m.Profile
	dec := Decision{Machine: m.Name, Profile: name}
	if name == "" {
		switch set.Unknown {
		case "ignore":
			dec.Kind, dec.Why = Ignore, "unknown-machines is ignore, and no profile names it"
			return dec
		case "", "menu":
			return d.menu(dec, m, at, p, "no profile: the menu is shown")
		}
		name = set.Unknown
		dec.Profile = name
	}
	prof, ok := set.Profiles[name]
	if !ok {
		return d.menu(dec, m, at, p, "its profile is not in the settings: the menu is shown")
	}
	if prof.Manual() {
		dec.Image = prof.Image
		return d.menu(dec, m, at, p, "its profile is manual: the menu is shown, a person answers")
	}
	return d.attempt(dec, m, prof, at, p)
}

// attempt decides between an automatic install and the local disk.
func (d *Desk) attempt(dec Decision, m machine.Machine, prof profile.Profile, at time.Time, p Place) Decision {
	if _, err := d.arm(m.Name, prof, at, func(install.Attempt) bool { return false }); err != nil {
		dec.Kind, dec.Why = LocalDisk, "its attempt cannot be recorded: "+err.Error()
		return dec
	}
	att, ok, why := d.Attempts.ShouldInstall(m.Name)
	if !ok {
		dec.Kind, dec.Why = LocalDisk, why
		return dec
	}
	if named, ok := d.settings.Load().Profiles[att.Profile]; ok {
		prof = named // armed from the menu or by hand, with a profile of its own
	}
	img, ok := d.Catalogue.Get(prof.Image)
	if !ok {
		dec.Kind, dec.Why = LocalDisk, "image "+prof.Image+" is not in the catalogue"
		return dec
	}
	dec.Profile, dec.Image, dec.Attempt = prof.Name, img.Name, att.ID
	target, err := d.target(m, prof, img, p, "/answer/"+att.Token)
	if err != nil {
		dec.Kind, dec.Why = LocalDisk, err.Error()
		return dec
	}
	dec.Kind, dec.Target, dec.Why = Script, target, why
	return dec
}

// arm gives a machine's attempt, and arms one where there is none or the one
// there is is not to be used. Several may ask at once, as a machine with two
// cards does: one attempt is armed.
func (d *Desk) arm(machine string, prof profile.Profile, at time.Time, another func(install.Attempt) bool) (install.Attempt, error) {
	if att, ok := d.Attempts.Current(machine); ok && !another(att) {
		return att, nil
	}
	d.arming.Lock()
	defer d.arming.Unlock()
	if att, ok := d.Attempts.Current(machine); ok && !another(att) {
		return att, nil
	}
	return d.Attempts.Arm(machine, prof.Name, prof.Image, at)
}

// pickPath is where the answer file of a profile picked from the menu is
// fetched: fetching it arms the machine. The path is signed, so that only who
// was shown the menu knows it.
func (d *Desk) pickPath(m machine.Machine, prof string) string {
	return "/answer/pick/" + m.Name + "/" + prof + "/" + d.pickSign(m.Name, prof)
}

func (d *Desk) pickSign(machine, prof string) string {
	h := d.signers.Get().(hash.Hash)
	defer d.signers.Put(h)
	h.Reset()
	io.WriteString(h, machine)
	h.Write([]byte{0})
	io.WriteString(h, prof)
	var sum [sha256.Size]byte
	return hex.EncodeToString(h.Sum(sum[:0])[:16])
}
