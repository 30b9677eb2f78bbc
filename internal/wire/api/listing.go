package api

import (
	"cmp"
	"net/http"
	"net/netip"
	"time"

	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/core/machine"
)

// The documents that the routes give. They are stable: fields are added, none
// is renamed or dropped. Times are RFC 3339 in UTC, lists are never null.

// Machine is a machine with its current attempt: null when it never had one.
type Machine struct {
	machine.Machine
	Attempt *install.Attempt `json:"attempt"`
	// Leased are the addresses it holds now, by any of its MACs.
	Leased []netip.Addr `json:"leased"`
	// Standing is where that attempt stands; null without one, and when no
	// server runs.
	Standing *Standing `json:"standing,omitempty"`
}

// Standing is how far an attempt is and what stops it.
type Standing struct {
	install.Outlook
	// Asks explains the question that is open, if one is.
	Asks *book.Asked `json:"asks,omitempty"`
}

// MachineList is GET /v1/machines.
type MachineList struct {
	Machines []Machine `json:"machines"`
}

// LeaseList is GET /v1/leases.
type LeaseList struct {
	Leases []lease.Lease `json:"leases"`
	// RebuildUntil is set while records are missing and being rebuilt.
	RebuildUntil time.Time `json:"rebuild-until,omitzero"`
}

// InstallList is GET /v1/installs: all attempts, oldest first.
type InstallList struct {
	Installs []install.Attempt `json:"installs"`
}

// ImageList is GET /v1/images.
type ImageList struct {
	Images []image.Image `json:"images"`
}

// Join puts what is known of each machine together; the command line uses it
// too, when no server runs and it reads the database itself.
func Join(machines []machine.Machine, leases []lease.Lease, current func(name string) (install.Attempt, bool)) MachineList {
	held := map[machine.MAC][]netip.Addr{}
	for _, l := range leases {
		if l.State == lease.Active {
			held[l.MAC] = append(held[l.MAC], l.Address)
		}
	}
	out := make([]Machine, 0, len(machines))
	for _, m := range machines {
		one := Machine{Machine: m, Leased: []netip.Addr{}}
		one.MACs = some(m.MACs)
		one.Firmware = cmp.Or(m.Firmware, m.Seen)
		for _, mac := range m.MACs {
			one.Leased = append(one.Leased, held[mac]...)
		}
		if a, ok := current(m.Name); ok {
			one.Attempt = &a
		}
		out = append(out, one)
	}
	return MachineList{out}
}

func (s *server) machines(w http.ResponseWriter, _ *http.Request) error {
	machines, err := s.Inventory.Machines()
	if err != nil {
		return err
	}
	leases, err := s.Inventory.Leases()
	if err != nil {
		return err
	}
	list := Join(machines, leases, s.Installs.Current)
	for i, m := range list.Machines {
		if m.Attempt != nil {
			at := s.Installs.Standing(*m.Attempt)
			list.Machines[i].Standing = &at
		}
	}
	return reply(w, list)
}

func (s *server) leases(w http.ResponseWriter, _ *http.Request) error {
	leases, err := s.Inventory.Leases()
	if err != nil {
		return err
	}
	return reply(w, LeaseList{some(SortLeases(leases)), s.Inventory.Rebuilding()})
}

func (s *server) installs(w http.ResponseWriter, _ *http.Request) error {
	return reply(w, InstallList{some(s.Installs.All())})
}

func (s *server) images(w http.ResponseWriter, _ *http.Request) error {
	images, err := s.Inventory.Images()
	if err != nil {
		return err
	}
	return reply(w, ImageList{some(images)})
}

func (s *server) install(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	a, err := s.Control.Install(r.PathValue("name"))
	if err != nil {
		return err
	}
	return reply(w, a)
}

func (s *server) reload(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := s.Control.Reload(); err != nil {
		return err
	}
	return reply(w, struct {
		Reloaded bool `json:"reloaded"`
	}{true})
}

func (s *server) rebuilt(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := s.Control.EndRebuild(); err != nil {
		return err
	}
	return reply(w, struct {
		Rebuilt bool `json:"rebuilt"`
	}{true})
}

// some makes nil a list, so that JSON says [] and not null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func byAddress(a, b lease.Lease) int {
	return cmp.Or(a.Subnet.Addr().Compare(b.Subnet.Addr()), a.Address.Compare(b.Address))
}
