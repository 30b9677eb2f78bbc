package lease

import (
	"net/netip"
	"time"

	"seedbed/internal/core/machine"
)

// Ask is what a client wants of the Book, freed of its packet.
type Ask struct {
	At       time.Time
	Link     netip.Addr  // picks the subnet: link selection, giaddr, or the server's address on the arrival segment
	MAC      machine.MAC // zero: the client is known by its ClientID
	ClientID []byte      // option 61, kept with the lease
	UUID     string      // as machine.Sighting has it
	Port     machine.Port
	Machine  string // the machine it was identified as; "" unknown

	Requested netip.Addr    // option 50; invalid: none
	CIAddr    netip.Addr    // the address the client says it uses; invalid: none
	Time      time.Duration // option 51; zero: none
	HostName  string        // sanitised

	// Authoritative: this server knows every lease of its subnets, so that a
	// client it does not know is told no instead of being left to others.
	Authoritative bool
	// Rebuilding: records were lost. What a client says of an address that is
	// free counts, and no address is offered before it was probed.
	Rebuilding bool
}

// Kind is the state a requesting client is in (RFC 2131 section 4.3.2).
type Kind uint8

// The four states of DHCPREQUEST, and BOOTP.
const (
	Selecting  Kind = iota // it takes an offer of this server
	InitReboot             // it remembers an address and wants to know whether it still may
	Renewing               // it asks the server that gave the address
	Rebinding              // it asks every server
	Static                 // BOOTP: the reserved address or nothing (RFC 1534)
)

// String is the state as RFC 2131 writes it.
func (k Kind) String() string {
	names := [...]string{"SELECTING", "INIT-REBOOT", "RENEWING", "REBINDING", "BOOTP"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// Word is what the server says to a client.
type Word uint8

// The words there are. Silence is one of them.
const (
	Silent Word = iota
	Ack
	Nak
)

// Verdict is the Book's answer, and why.
type Verdict struct {
	Word      Word
	Why       string        // one clause for people; on Ack where the address comes from
	Lease     Lease         // on Ack; of Release and Decline the lease meant
	Term      time.Duration // on Ack: how long the client may use it from now on
	Subnet    *Subnet       // the one meant, read-only; nil if none
	Name      string        // the machine named by the client's reservation, "" without one
	Exhausted bool          // Silent because no address is free
	Err       error         // Silent because the store could not commit
}

// holder is what "one machine" means to a subnet: the MAC, whatever client-id
// is sent with it. A client without an Ethernet address is its client-id, and
// so is every one that sends one where ClientIDFirst is set.
type holder struct {
	mac machine.MAC
	id  string
}

func (n *network) holder(a *Ask) holder {
	if !a.MAC.IsZero() && !(n.ClientIDFirst && len(a.ClientID) > 0) {
		return holder{mac: a.MAC}
	}
	return holder{id: string(a.ClientID)}
}

// StateAt is the lease's state once expiry is taken into account.
func (l Lease) StateAt(at time.Time) State {
	if l.State == Active && !at.Before(l.Expires) {
		return Expired
	}
	return l.State
}

// Term is how long a lease of this subnet runs when a client asks for that
// long (zero: it did not say).
func (s *Subnet) Term(asked time.Duration) time.Duration {
	normal, longest := s.LeaseTime, s.MaxLease
	if normal <= 0 {
		normal = 10 * time.Minute
	}
	if longest <= 0 {
		longest = 2 * time.Hour
	}
	if asked <= 0 {
		return normal
	}
	return max(min(asked, max(normal, longest)), min(time.Minute, normal))
}
