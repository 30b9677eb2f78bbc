package storm

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// Wire carries Ethernet frames. Recv is called by one goroutine.
type Wire interface {
	Send(frame []byte) error
	// Recv waits for a frame; its error ends the storm unless ctx has ended.
	// The frame is valid until the next call.
	Recv(ctx context.Context) ([]byte, error)
}

// Timers are how long a firmware waits for an answer to each try of one
// message. After the last it begins anew, as a machine does that boots again.
type Timers []time.Duration

// How firmware retransmits.
var (
	PXE  = Timers{4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second} // PXE 2.1; EDK2 PxeBcDhcp4.c
	IPXE = Timers{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}   // iPXE config/dhcp.h
)

// Options say what kind of storm it is.
type Options struct {
	Machines int
	Rate     float64                   // machines powered on a second; 0: all at once
	Loss     float64                   // the part of the frames lost, each way, 0 to 1
	Timeout  time.Duration             // when to give up on all who have no address; 0: a minute
	Timers   Timers                    // nil: PXE
	Seed     uint64                    // of MACs' middle bytes and of what is lost
	Acked    func([6]byte, netip.Addr) // told of each ACK as it is heard; may be nil
}

// Run plays the storm until every machine has its address or the time is up.
// The error is that of the wire, or ctx's.
func Run(ctx context.Context, w Wire, o Options) (Result, error) {
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if len(o.Timers) == 0 {
		o.Timers = PXE
	}
	s := &storm{Options: o, wire: w, luck: rand.New(rand.NewPCG(o.Seed, 1)), byMAC: make(map[[6]byte]*client, o.Machines)}
	for i := range o.Machines {
		c := newClient(i, o.Seed)
		s.clients = append(s.clients, c)
		s.byMAC[c.mac] = c
	}
	hearing, stop := context.WithCancel(ctx)
	heard, broken := make(chan answer, 4096), make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		broken <- s.listen(hearing, heard)
	}()
	err := s.play(ctx, heard, broken)
	stop()
	<-ended
	return s.result(), err
}

type storm struct {
	Options
	wire    Wire
	luck    *rand.Rand
	clients []*client
	byMAC   map[[6]byte]*client
	begin   time.Time
	open    int // clients not done yet
	sent    int
	lost    int
}

// answer is what one message of a server said.
type answer struct {
	at     time.Time
	mac    [6]byte
	xid    uint32
	kind   packet.MessageType
	addr   netip.Addr
	server netip.Addr
	file   string
}

// listen reads the wire.
func (s *storm) listen(ctx context.Context, out chan<- answer) error {
	var m packet.Message
	for {
		frame, err := s.wire.Recv(ctx)
		if err != nil {
			return err
		}
		u, ok := segment.ParseUDP(frame)
		if !ok || u.To.Port() != packet.ClientPort || packet.Parse(u.Data, &m) != nil || m.Op != packet.OpReply {
			continue
		}
		a := answer{at: time.Now(), mac: [6]byte(m.CHAddr[:6]), xid: m.XID, kind: m.Type(), addr: m.YIAddr,
			server: m.Addr(packet.OptServerID), file: m.File}
		select {
		case out <- a:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

const tick = 2 * time.Millisecond

func (s *storm) play(ctx context.Context, heard <-chan answer, broken <-chan error) error {
	s.begin, s.open = time.Now(), len(s.clients)
	for i, c := range s.clients {
		c.due = s.begin
		if s.Rate > 0 {
			c.due = s.begin.Add(time.Duration(float64(i) / s.Rate * float64(time.Second)))
		}
	}
	clock := time.NewTicker(tick)
	defer clock.Stop()
	end := time.NewTimer(s.Timeout)
	defer end.Stop()
	if err := s.speak(heard); err != nil {
		return err
	}
	for s.open > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case err := <-broken:
			return err
		case a := <-heard:
			if err := s.hear(a); err != nil {
				return err
			}
		case <-clock.C:
			if err := s.speak(heard); err != nil {
				return err
			}
		}
	}
	return nil
}

// speak sends for everybody whose time has come, and hears in between.
func (s *storm) speak(heard <-chan answer) error {
	now := time.Now()
	for _, c := range s.clients {
		if c.state == done || now.Before(c.due) {
			continue
		}
		if err := s.say(c, now); err != nil {
			return err
		}
		for waiting := true; waiting; {
			select {
			case a := <-heard:
				if err := s.hear(a); err != nil {
					return err
				}
			default:
				waiting = false
			}
		}
	}
	return nil
}

func (s *storm) hear(a answer) error {
	c := s.byMAC[a.mac]
	if c == nil || c.xid != a.xid || c.state == off || c.state == done {
		return nil
	}
	if s.unlucky() {
		return nil
	}
	switch {
	case a.kind == packet.Offer && c.state == selecting && a.addr.IsValid() && !a.addr.IsUnspecified():
		c.offered, c.server = a.addr, a.server
		c.state, c.try = requesting, 0
		return s.say(c, a.at)
	case a.kind == packet.Ack && c.state == requesting:
		c.address, c.file, c.took = a.addr, a.file, a.at.Sub(c.began)
		c.state = done
		s.open--
		if s.Acked != nil {
			s.Acked(c.mac, c.address)
		}
	case a.kind == packet.Nak && c.state == requesting:
		c.naks++
		c.restart()
		return s.say(c, a.at)
	}
	return nil
}

// say sends what the client's state asks for, and sets its alarm.
func (s *storm) say(c *client, now time.Time) error {
	switch {
	case c.state == off:
		c.state, c.began = selecting, now
	case c.try > 0:
		c.again++
	}
	if c.try == len(s.Timers) {
		c.restarts++
		c.restart()
	}
	c.due = now.Add(s.Timers[c.try])
	c.try++
	s.sent++
	if s.unlucky() {
		return nil
	}
	frame := segment.BuildUDP(segment.UDPFrame{
		Src: c.mac[:], Dst: segment.Broadcast, Data: c.message(now),
		From: netip.AddrPortFrom(netip.IPv4Unspecified(), packet.ClientPort), To: netip.AddrPortFrom(everybody, packet.ServerPort),
	})
	err := s.wire.Send(frame)
	if errors.Is(err, errBusy) {
		s.lost++ // as on a real wire; its timer sees to it
		return nil
	}
	return err
}

func (s *storm) unlucky() bool {
	if s.Loss > 0 && s.luck.Float64() < s.Loss {
		s.lost++
		return true
	}
	return false
}

var (
	everybody = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	errBusy   = errors.New("the interface's queue is full")
)
