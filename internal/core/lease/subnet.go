package lease

import (
	"net/netip"
	"time"

	"seedbed/internal/core/machine"
)

// Range is an inclusive run of addresses.
type Range struct{ First, Last netip.Addr }

// Contains says whether the address lies in the range.
func (r Range) Contains(a netip.Addr) bool {
	return a.IsValid() && r.First.Compare(a) <= 0 && a.Compare(r.Last) <= 0
}

// Subnet is what one network hands to its machines.
type Subnet struct {
	Network    netip.Prefix
	Pools      []Range
	Gateway    netip.Addr // invalid: none is offered
	DNS        []netip.Addr
	NTP        []netip.Addr
	Domain     string
	Broadcast  netip.Addr    // invalid: the network's
	LeaseTime  time.Duration // zero: 10 minutes
	MaxLease   time.Duration // zero: 2 hours
	NextServer netip.Addr    // invalid: this server's address on the arrival segment
	BootFile   string        // "": chosen for the firmware that asks
	Options    []Option      // extra ones, already encoded
	// RapidCommit: clients that ask for it get their address without an offer
	// (RFC 4039).
	RapidCommit bool
	// ClientIDFirst: whoever sends a client-id is known by it, not by its MAC.
	ClientIDFirst bool
	// Routes are given as options 121 and 249 (RFC 3442), with the one by the
	// Gateway, since a client that takes them heeds no option 3.
	Routes []Route
}

// Route is the way to a network.
type Route struct {
	To  netip.Prefix
	Via netip.Addr
}

// Infinite is the term that DHCP calls so: 2^32-1 seconds (RFC 2131 section 3.3).
const Infinite = (1<<32 - 1) * time.Second

// Option is one extra DHCP option, by number, in wire format.
type Option struct {
	Code uint8
	Data []byte
}

// Reservation ties an address to a machine. Address is inside Network of one
// subnet; it may lie inside a pool and is then never given to another.
type Reservation struct {
	Machine string // its name, also offered as host name
	MACs    []machine.MAC
	UUID    string
	Address netip.Addr

	ClientID string       // option 61, bytes
	Port     machine.Port // of its relay
}

// State is where a lease stands.
type State string

// The states of a lease.
const (
	Offered  State = "offered" // held for whoever was offered it; costs no write
	Active   State = "active"
	Released State = "released" // kept, so that a returning machine gets it again
	Expired  State = "expired"
	Declined State = "declined" // somebody else uses the address; in quarantine until Expires
)

// Lease is an address in one machine's hands.
type Lease struct {
	Subnet   netip.Prefix `json:"subnet"`
	Address  netip.Addr   `json:"address"`
	MAC      machine.MAC  `json:"mac"`
	ClientID []byte       `json:"client-id,omitempty"`
	HostName string       `json:"host-name,omitempty"` // as the client sent it, sanitised
	Machine  string       `json:"machine,omitempty"`
	State    State        `json:"state"`
	Start    time.Time    `json:"start"`
	Expires  time.Time    `json:"expires"`
}
