package storm

import "time"

// Timers are how long a firmware waits for an answer to each try of one
// message. After the last it begins anew, as a machine does that boots again.
type Timers []time.Duration

// Manners are how a firmware asks for its address.
type Manners struct {
	Discover, Request Timers
	Offers            Taking
	Broadcast         bool // it asks for answers by broadcast
}

// Taking says when a firmware takes an offer.
type Taking uint8

// The ways to take one. An offer is marked if option 60 says that it comes from
// a boot server.
const (
	AtOnce       Taking = iota
	Marked              // at once if it is marked, else when the second DISCOVER's time is up
	Gathered            // when the time of the present DISCOVER is up
	AfterProxies        // at once if it is marked or says that there is no proxy, else when a DISCOVER's time is up and 2 s have passed
)

const patienceWithProxies = 2 * time.Second // DHCP_DISC_PROXY_TIMEOUT_SEC

// How firmware asks.
//
// PXE is PXE 2.1 section 2.2.3: "DHCP Discover will be retried four times. The
// four timeouts are 4, 8, 16 and 32 seconds respectively. If a DHCPOFFER is
// received without an Option #60 tag "PXEClient", DHCP Discover will be retried
// on the 4- and 8-second timeouts in an attempt to receive a PXE response."
// (quoted in u-root issue 637). Of a REQUEST iPXE's config/dhcp.h says: "Per the
// PXE spec, requests are also tried 4 times, but at timeout intervals of 1, 2,
// 3, 4 seconds." Both are read here as four messages, not as one and four more.
//
// EDK2 is NetworkPkg: PxeBcDhcp4CallBack and HttpBootDhcp4CallBack only keep an
// offer (EFI_NOT_READY), and DhcpOnTimerTick chooses "at each timeout if any
// offer received" (Dhcp4Io.c): no REQUEST goes out before 4 s. Its timeouts are
// DiscoverTimeout 4, 8, 16, 32 (PxeBcDhcp4.c, HttpBootDhcp4.c) and, as no
// RequestTimeout is set, mDhcp4DefaultTimeout, which is the same. Every message
// has the broadcast flag.
//
// IPXE is iPXE's config/dhcp.h and retry.c: DISCOVER from 1 s, REQUEST from a
// quarter of one, each doubled up to 10 s.
var (
	PXE  = Manners{Discover: seconds(4, 8, 16, 32), Request: seconds(1, 2, 3, 4), Offers: Marked, Broadcast: true}
	EDK2 = Manners{Discover: seconds(4, 8, 16, 32), Request: seconds(4, 8, 16, 32), Offers: Gathered, Broadcast: true}
	IPXE = Manners{Discover: seconds(1, 2, 4, 8), Request: append(Timers{time.Second / 4, time.Second / 2}, seconds(1, 2, 4, 8)...), Offers: AfterProxies}
)

func seconds(n ...int) (t Timers) {
	for _, s := range n {
		t = append(t, time.Duration(s)*time.Second)
	}
	return t
}

// manners are those of the firmware.
func (f Firmware) manners() Manners {
	switch f {
	case BIOS:
		return PXE
	case IPXEROM:
		return IPXE
	}
	return EDK2
}

// timers are those of the message that the client's state asks for.
func (m *Manners) timers(c *client) Timers {
	if c.state == requesting {
		return m.Request
	}
	return m.Discover
}

// offered keeps an offer, and says whether the client takes it now.
func (m *Manners) offered(c *client, a *answer) bool {
	if !c.offered.IsValid() || a.marked && !c.marked {
		c.offered, c.server, c.marked = a.addr, a.server, a.marked
	}
	switch m.Offers {
	case AtOnce:
		return true
	case Marked:
		return c.marked
	case AfterProxies:
		return c.marked || a.noProxy
	}
	return false
}

// takes says whether the client, whose present DISCOVER's time is up, takes
// what it was offered.
func (m *Manners) takes(c *client, now time.Time) bool {
	if c.state != selecting || !c.offered.IsValid() {
		return false
	}
	switch m.Offers {
	case Marked:
		return c.try >= 2
	case AfterProxies:
		return now.Sub(c.started) > patienceWithProxies
	}
	return true
}
