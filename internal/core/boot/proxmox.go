package boot

import (
	"encoding/json"

	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/fault"
)

// proxmoxPath is where Proxmox's installers ask for their answers, below
// answer/: one address for all machines, which their medium or DHCP's option
// 250 names.
const proxmoxPath = "proxmox"

// posted is what such an installer tells of itself (proxmox/pve-installer,
// proxmox-auto-installer/src/sysinfo.rs), as far as it is looked at.
type posted struct {
	Cards []struct {
		MAC string `json:"mac"`
	} `json:"network_interfaces"`
}

// proxmox finds the attempt of the machine that asks, by the MACs it tells. It
// is a machine whose installer this server started: nothing is armed by
// asking. Where the address that it asks from was leased by this server, it
// must be the same machine's.
func (s *Shelf) proxmox(a Asked) (att install.Attempt, m machine.Machine, prof profile.Profile, err error) {
	refuse := func(k fault.Kind, hint, msg string) (install.Attempt, machine.Machine, profile.Profile, error) {
		return install.Attempt{}, machine.Machine{}, profile.Profile{}, fault.New(k, hint, "%s", msg)
	}
	var told posted
	if !a.Posted || json.Unmarshal(a.Body, &told) != nil {
		return refuse(fault.Invalid, "", "Proxmox's installer asks for its answers by POST, with its network cards in JSON")
	}
	found := false
	for _, c := range told.Cards {
		mac, err := machine.ParseMAC(c.MAC)
		if err != nil {
			continue
		}
		one, ok := s.Desk.Roster.ByMAC(mac)
		if ok && found && one.Name != m.Name {
			return refuse(fault.Conflict, "give all its MACs to one machine", "these network cards are two machines'")
		}
		if ok {
			m, found = one, true
		}
	}
	if !found {
		return refuse(fault.NotFound, "declare it under machines: with its mac", "no machine has one of these network cards")
	}
	if holder, ok := s.Desk.MachineAt(a.Client); ok && holder.Name != m.Name {
		return refuse(fault.Conflict, "", "the address that asks is another machine's")
	}
	att, ok := s.Desk.Attempts.Current(m.Name)
	prof, known := s.Desk.settings.Load().Profiles[att.Profile]
	img, there := s.Desk.Catalogue.Get(prof.Image)
	switch {
	case !ok || att.State.Over():
		return refuse(fault.NotFound, "boot it from this server with a profile that answers", "no installation of this machine is under way")
	case !known || !there || img.Family != image.Proxmox:
		return refuse(fault.NotFound, "", "the installation under way is not one of Proxmox's")
	}
	return att, m, prof, nil
}
