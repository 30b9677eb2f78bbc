package machine

import (
	"maps"
	"net/netip"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Roster holds every machine: those that the settings declare and those met
// on the wire. It is safe for concurrent use.
type Roster struct {
	mu     sync.RWMutex
	byName map[string]*Machine
	byMAC  map[MAC]string
	// Of those alone of which the settings name it.
	byUUID, byClientID map[string]string
	byPort             map[Port]string
	declared           map[MAC]bool
}

// NewRoster starts from the machines remembered by an earlier run.
func NewRoster(remembered []Machine) *Roster {
	r := &Roster{}
	r.rebuild(remembered)
	return r
}

func (r *Roster) rebuild(all []Machine) {
	r.byName, r.byMAC, r.byUUID = map[string]*Machine{}, map[MAC]string{}, map[string]string{}
	for _, m := range all {
		r.put(m)
	}
}

func (r *Roster) put(m Machine) {
	r.byName[m.Name] = &m
	for _, mac := range m.MACs {
		r.byMAC[mac] = m.Name
	}
}

// Declare replaces the declared machines by those of new settings. What was
// seen of a machine stays, its learned cards too where it is still known by the
// same UUID, client-id or port; one no longer declared stays known by its MAC.
// renamed gives the new name of each machine that has another than before.
func (r *Roster) Declare(declared []Machine) (renamed map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Machine
	old, names, taken := r.byName, map[string]bool{}, map[MAC]bool{}
	uuids, ids, ports := map[string]string{}, map[string]string{}, map[Port]string{}
	for _, d := range declared {
		names[d.Name] = true
		for _, mac := range d.MACs {
			taken[mac] = true
		}
		if d.UUID != "" {
			uuids[d.UUID] = d.Name
		}
		if d.ClientID != "" {
			ids[d.ClientID] = d.Name
		}
		if d.Port != (Port{}) {
			ports[d.Port] = d.Name
		}
	}
	became := map[string]string{}
	for _, d := range declared {
		d.Declared = true
		for _, seen := range r.same(d, taken) {
			if became[seen.Name] != seen.Name { // one of its cards may have become a machine of its own
				became[seen.Name] = d.Name
			}
			d.inherit(*seen)
			for _, mac := range seen.MACs {
				if !taken[mac] && d.named(*seen) {
					d.MACs = append(slices.Clip(d.MACs), mac)
				}
			}
		}
		all = append(all, d)
	}
	for _, m := range old {
		if became[m.Name] != "" {
			continue
		}
		if m.Declared {
			if m.MAC().IsZero() {
				continue
			}
			was := m.Name
			m.Name, m.Declared, m.Profile, m.Params, m.Address = unnamed(m.MAC()), false, "", nil, netip.Addr{}
			if !names[was] { // else another board has its name, and what goes by it
				became[was] = m.Name
			}
		}
		all = append(all, *m)
	}
	r.rebuild(all)
	r.byUUID, r.byClientID, r.byPort, r.declared = uuids, ids, ports, taken
	maps.DeleteFunc(became, func(was, is string) bool { return was == is })
	return became
}

// same are the records of a machine that settings declare: those with one of
// its MACs, and those of which none is another's that it names otherwise. A
// UUID that several boards share names none of them.
func (r *Roster) same(d Machine, taken map[MAC]bool) (found []*Machine) {
	var others []*Machine
	for _, mac := range d.MACs {
		if m := r.byName[r.byMAC[mac]]; m != nil && !slices.Contains(found, m) {
			found = append(found, m)
		}
	}
	for _, m := range r.byName {
		another := slices.ContainsFunc(m.MACs, func(mac MAC) bool { return taken[mac] && !slices.Contains(d.MACs, mac) })
		if !another && len(m.MACs) > 0 && d.named(*m) && !slices.Contains(found, m) {
			others = append(others, m)
		}
	}
	if len(others) == 1 {
		found = append(found, others[0])
	}
	return found
}

// named says whether what settings name a machine by, MACs apart, is an earlier
// record's.
func (m Machine) named(seen Machine) bool {
	return m.UUID != "" && m.UUID == seen.UUID || m.ClientID != "" && m.ClientID == seen.ClientID || m.Port != (Port{}) && m.Port == seen.Port
}

// inherit takes over what an earlier record of the same machine saw.
func (m *Machine) inherit(seen Machine) {
	if m.FirstSeen.IsZero() {
		m.FirstSeen = seen.FirstSeen
	}
	if seen.LastSeen.After(m.LastSeen) {
		m.LastSeen, m.Arch, m.Seen = seen.LastSeen, seen.Arch, seen.Seen
		if m.Firmware == NoFirmware {
			m.Firmware = seen.Firmware
		}
	}
	if m.UUID == "" {
		m.UUID = seen.UUID
	}
}

func unnamed(mac MAC) string { return "m-" + strings.ReplaceAll(mac.Hyphened(), "-", "") }

// Identify finds the machine that a sighting is of, or makes one named after
// its MAC. The MAC counts first, then a UUID that the settings name; one that
// was only seen does not, since whole series of boards share theirs. fresh says that the record
// changed enough to be worth remembering: a new machine, or new hardware facts.
// Whoever was never met as firmware is none of the machines we install, but
// some telephone or laptop: the result is then the zero Machine.
func (r *Roster) Identify(s Sighting) (m Machine, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, ok := r.byMAC[s.MAC]
	if !ok && s.UUID != "" {
		name, ok = r.byUUID[s.UUID]
	}
	if other := r.named(&s); other != "" && !r.declared[s.MAC] {
		if ok && other != name {
			r.takeMAC(name, s.MAC)
		}
		name, ok = other, true
	}
	if !ok && s.Firmware == NoFirmware && !s.HasArch {
		return Machine{}, false
	}
	if !ok {
		rec := Machine{Name: unnamed(s.MAC), MACs: []MAC{s.MAC}, FirstSeen: s.At}
		r.put(rec)
		name, fresh = rec.Name, true
	}
	rec := r.byName[name]
	if rec.FirstSeen.IsZero() {
		rec.FirstSeen, fresh = s.At, true
	}
	if s.At.After(rec.LastSeen) {
		rec.LastSeen = s.At
	}
	if s.HasArch && s.Firmware != IPXE && rec.Arch != s.Arch {
		rec.Arch, fresh = s.Arch, true
	}
	if f := s.Firmware; f != NoFirmware && f != IPXE && rec.Seen != f {
		rec.Seen, fresh = f, true
	}
	if f := s.Firmware; f != NoFirmware && f != IPXE && rec.Firmware != f && !rec.Declared {
		rec.Firmware, fresh = f, true
	}
	if s.UUID != "" && rec.UUID == "" {
		rec.UUID, fresh = s.UUID, true
	}
	if s.MAC != (MAC{}) && !slices.Contains(rec.MACs, s.MAC) {
		rec.MACs, fresh = append(slices.Clone(rec.MACs), s.MAC), true
		r.byMAC[s.MAC] = rec.Name
	}
	return *rec, fresh
}

// named is the machine that the settings know by the sighting's client-id or
// relay port. It counts before a MAC that was only seen: another box may have
// been plugged in there.
func (r *Roster) named(s *Sighting) string {
	if len(r.byClientID) > 0 && len(s.ClientID) > 0 {
		if name := r.byClientID[string(s.ClientID)]; name != "" {
			return name
		}
	}
	if len(r.byPort) == 0 || s.Port == (Port{}) {
		return ""
	}
	for _, p := range s.Port.Alike() {
		if name := r.byPort[p]; name != "" {
			return name
		}
	}
	return ""
}

// Alike are the ways in which settings may name a port, the closest first.
func (p Port) Alike() [3]Port { return [3]Port{p, {Circuit: p.Circuit}, {Remote: p.Remote}} }

// takeMAC says that a card is not that machine's any more.
func (r *Roster) takeMAC(name string, mac MAC) {
	if m := r.byName[name]; m != nil {
		m.MACs = slices.DeleteFunc(slices.Clone(m.MACs), func(x MAC) bool { return x == mac })
		if len(m.MACs) == 0 && !m.Declared {
			delete(r.byName, name)
		}
	}
	delete(r.byMAC, mac)
}

// Get finds a machine by name or by MAC address as text.
func (r *Roster) Get(name string) (Machine, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if m, ok := r.byName[name]; ok {
		return *m, true
	}
	if mac, err := ParseMAC(name); err == nil {
		if m, ok := r.byName[r.byMAC[mac]]; ok {
			return *m, true
		}
	}
	return Machine{}, false
}

// ByMAC finds the machine that owns an address.
func (r *Roster) ByMAC(mac MAC) (Machine, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m, ok := r.byName[r.byMAC[mac]]
	if !ok {
		return Machine{}, false
	}
	return *m, true
}

// All lists the machines by name.
func (r *Roster) All() []Machine {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]Machine, 0, len(r.byName))
	for _, m := range r.byName {
		out = append(out, *m)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
