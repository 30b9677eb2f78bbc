package storm

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"time"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// Wire carries Ethernet frames. Recv is called by one goroutine, Send by many.
type Wire interface {
	Send(frame []byte) error
	// Recv waits for a frame; its error ends the storm unless ctx has ended.
	// The frame is valid until the next call.
	Recv(ctx context.Context) ([]byte, error)
}

// Options say what kind of storm it is.
type Options struct {
	Machines int
	Rate     float64                   // machines powered on a second; 0: all at once
	Loss     float64                   // the part of the frames lost, each way, 0 to 1
	Timeout  time.Duration             // when to give up on all who have no address; 0: a minute
	Firmware Firmware                  // "": UEFI
	Manners  Manners                   // without timers: the firmware's
	Chain    bool                      // load what the ACK names, and what that names
	Fetch    int64                     // bytes of each kernel and initrd that are loaded; 0: 1 MiB
	Seed     uint64                    // of MACs' middle bytes and of what is lost
	Acked    func([6]byte, netip.Addr) // told of each ACK as it is heard; may be nil
}

// Run plays the storm until every machine has its address or the time is up.
// The error is that of the wire, or ctx's.
func Run(ctx context.Context, w Wire, o Options) (Result, error) {
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Firmware == "" {
		o.Firmware = UEFI
	}
	if len(o.Manners.Discover) == 0 {
		o.Manners = o.Firmware.manners()
	}
	if o.Fetch <= 0 {
		o.Fetch = 1 << 20
	}
	s := &storm{Options: o, wire: w, luck: rand.New(rand.NewPCG(o.Seed, 1)), byMAC: make(map[[6]byte]*client, o.Machines)}
	for i := range o.Machines {
		c := newClient(i, o.Seed, o.Firmware)
		s.clients = append(s.clients, c)
		s.byMAC[c.mac] = c
	}
	if o.Chain {
		var err error
		if s.crew, err = newCrew(w); err != nil {
			return Result{}, err
		}
		defer s.crew.Close()
		s.loaded = make(chan *client, o.Machines)
	}
	hearing, stop := context.WithCancel(ctx)
	heard, broken := make(chan answer, 4096), make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		broken <- s.listen(hearing, heard)
	}()
	err := s.play(hearing, heard, broken)
	stop()
	<-ended
	s.loaders.Wait()
	for range len(s.loaded) {
		(<-s.loaded).state = done
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
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

	crew    *crew // loads for all; nil for DHCP alone
	loaders sync.WaitGroup
	loaded  chan *client
}

// answer is what one message of a server said.
type answer struct {
	at     time.Time
	mac    [6]byte
	xid    uint32
	kind   packet.MessageType
	addr   netip.Addr
	server netip.Addr
	next   netip.Addr
	file   string
	marked bool // it comes from a boot server
	// It says that there is no proxy to wait for.
	noProxy bool
}

// listen reads the wire.
func (s *storm) listen(ctx context.Context, out chan<- answer) error {
	var m packet.Message
	for {
		frame, err := s.wire.Recv(ctx)
		if err != nil {
			return err
		}
		if s.crew != nil {
			s.crew.Hear(frame)
		}
		u, ok := segment.ParseUDP(frame)
		if !ok || u.To.Port() != packet.ClientPort || packet.Parse(u.Data, &m) != nil || m.Op != packet.OpReply {
			continue
		}
		a := answer{at: time.Now(), mac: [6]byte(m.CHAddr[:6]), xid: m.XID, kind: m.Type(), addr: m.YIAddr,
			server: m.Addr(packet.OptServerID), next: m.SIAddr, file: m.File,
			marked: isMarked(m.Get(packet.OptVendorClass)), noProxy: len(packet.Sub(m.Get(packet.OptIPXE), packet.IPXENoPXEDHCP)) > 0}
		if f := strings.TrimRight(string(m.Get(packet.OptBootFile)), "\x00"); f != "" {
			a.file = f // EDK2 takes option 67 first
		}
		if !packet.Known(a.next).IsValid() {
			a.next = serverName(m.Get(packet.OptTFTPServer), a.server)
		}
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
	if err := s.speak(ctx, heard); err != nil {
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
			if err := s.hear(ctx, a); err != nil {
				return err
			}
		case c := <-s.loaded:
			c.state = done
			s.open--
		case <-clock.C:
			if err := s.speak(ctx, heard); err != nil {
				return err
			}
		}
	}
	return nil
}

// speak sends for everybody whose time has come, and hears in between.
func (s *storm) speak(ctx context.Context, heard <-chan answer) error {
	now := time.Now()
	for _, c := range s.clients {
		if c.state >= loading || now.Before(c.due) {
			continue
		}
		if err := s.say(c, now); err != nil {
			return err
		}
		for waiting := true; waiting; {
			select {
			case a := <-heard:
				if err := s.hear(ctx, a); err != nil {
					return err
				}
			default:
				waiting = false
			}
		}
	}
	return nil
}

func (s *storm) hear(ctx context.Context, a answer) error {
	c := s.byMAC[a.mac]
	if c == nil || c.xid != a.xid || c.state == off || c.state >= loading {
		return nil
	}
	lost := s.unlucky()
	c.note(a.at, a.kind, lost)
	if lost {
		return nil
	}
	switch {
	case a.kind == packet.Offer && c.state == selecting && a.addr.IsValid() && !a.addr.IsUnspecified():
		if s.Manners.offered(c, &a) {
			c.request()
			return s.say(c, a.at)
		}
	case a.kind == packet.Ack && c.state == requesting:
		c.address, c.next, c.file, c.took = a.addr, a.next, a.file, a.at.Sub(c.began)
		if s.Acked != nil {
			s.Acked(c.mac, c.address)
		}
		if s.crew == nil {
			c.state = done
			s.open--
			break
		}
		c.state = loading
		s.loaders.Go(func() {
			s.crew.boot(ctx, c, s.Fetch)
			s.loaded <- c
		})
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
		c.began = now
		c.restart()
	case s.Manners.takes(c, now):
		c.request()
	case c.try == len(s.Manners.timers(c)):
		c.restarts++
		c.restart()
	case c.try > 0:
		c.again++
	}
	if c.state == selecting && c.try == 0 {
		c.started = now
	}
	c.due = now.Add(s.Manners.timers(c)[c.try])
	data, kind := c.message(now, s.Manners.Broadcast)
	c.try++
	s.sent++
	lost := s.unlucky()
	c.note(now, kind, lost)
	if lost {
		return nil
	}
	frame := segment.BuildUDP(segment.UDPFrame{
		Src: c.mac[:], Dst: segment.Broadcast, Data: data,
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

// isMarked says whether an option 60 is a boot server's.
func isMarked(class []byte) bool {
	return strings.HasPrefix(string(class), "PXEClient") || strings.HasPrefix(string(class), "HTTPClient")
}

var (
	everybody = netip.AddrFrom4([4]byte{255, 255, 255, 255})
	errBusy   = errors.New("the interface's queue is full")
)
