package segment

import (
	"net/netip"
	"time"
)

// Letter is one datagram that came to a Crowd, or the news that a client
// cannot be reached.
type Letter struct {
	From netip.AddrPort
	Data []byte // valid until the next ReadBatch; what is beyond 640 bytes is cut off
	Err  error  // an ICMP error about what was sent to From; Data is nil then
}

// Burst is one datagram to one client, or several of one size.
type Burst struct {
	To      netip.AddrPort
	Data    []byte
	Segment int   // bytes a datagram, the last may be shorter; 0: all of Data is one
	Err     error // set by WriteBatch when a part could not leave
}

// Crowd is a UDP port at which many clients are spoken to, in few system
// calls. One goroutine at a time may use it; only Wake may come from others.
type Crowd interface {
	// ReadBatch waits for a letter, at most until then, and gives as many as
	// there are, len(in) at most; none when the time is over or Wake was called.
	ReadBatch(in []Letter, until time.Time) (int, error)
	// WriteBatch sends in order. It waits for room in the interface's queue
	// for a moment only: what does not leave is as good as lost.
	WriteBatch(out []Burst)
	// Wake ends the ReadBatch that waits, or the next one. After Close it does nothing.
	Wake()
	Close() error
}

// Favourer is a Crowd that can do better for one client.
type Favourer interface {
	// Favour says that this client is the only one spoken to, in lock step;
	// zero: there may be many again. Everybody is heard as before, but the
	// thread that calls may be moved to where this client's datagrams come in.
	Favour(client netip.AddrPort)
}

var (
	_ Crowd    = (*kernelCrowd)(nil)
	_ Favourer = (*kernelCrowd)(nil)
)
