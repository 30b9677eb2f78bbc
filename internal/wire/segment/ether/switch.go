package ether

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// HeaderLen is the length of an Ethernet header: to, from, type.
const HeaderLen = 14

// tableMax bounds what a station inventing addresses can make us remember;
// addresses beyond it are flooded.
const tableMax = 4096

// ErrShort says that a frame is shorter than its header.
var ErrShort = errors.New("frame is shorter than an Ethernet header")

type mac [6]byte

// group tells broadcast and multicast addresses (IEEE 802.3, the I/G bit).
func (m mac) group() bool { return m[0]&1 != 0 }

// Switch is a learning Ethernet switch. The zero value is not ready; use New.
type Switch struct {
	mu     sync.RWMutex
	ports  map[*Port]struct{}
	table  map[mac]*Port
	closed bool

	tapMu sync.Mutex
	taps  atomic.Pointer[[]*tap]

	running sync.WaitGroup // the goroutines of streams
}

// New gives a switch without ports.
func New() *Switch {
	return &Switch{ports: map[*Port]struct{}{}, table: map[mac]*Port{}}
}

// Attach plugs in a further port. On a closed switch the port is closed too.
func (s *Switch) Attach() *Port {
	p, _ := s.attach(nil, 0)
	return p
}

// attach plugs in a port served by that many goroutines, for which Close will
// wait; false says that the switch is closed and they must not be started.
func (s *Switch) attach(onClose func(), goroutines int) (*Port, bool) {
	p := newPort(s, onClose)
	s.mu.Lock()
	open := !s.closed
	if open {
		s.ports[p] = struct{}{}
		s.running.Add(goroutines)
	}
	s.mu.Unlock()
	if !open {
		p.Close()
	}
	return p, open
}

// Close unplugs all ports, ends all captures and waits for the goroutines of
// streams to end.
func (s *Switch) Close() error {
	s.mu.Lock()
	s.closed = true
	ports := make([]*Port, 0, len(s.ports))
	for p := range s.ports {
		ports = append(ports, p)
	}
	s.mu.Unlock()
	for _, p := range ports {
		p.Close()
	}
	s.running.Wait()
	return s.stopCaptures()
}

// send forwards one frame that came in at port from.
func (s *Switch) send(from *Port, frame []byte) error {
	if len(frame) < HeaderLen {
		return ErrShort
	}
	dst, src := mac(frame[0:6]), mac(frame[6:12])
	s.mu.RLock()
	_, plugged := s.ports[from]
	known := s.table[src] == from
	out := s.table[dst]
	s.mu.RUnlock()
	if !plugged {
		return net.ErrClosed
	}
	s.record(frame)
	if !known && !src.group() {
		s.learn(src, from)
	}
	if out != nil && !dst.group() {
		if out != from {
			out.queue.put(frame)
		}
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for p := range s.ports {
		if p != from {
			p.queue.put(frame)
		}
	}
	return nil
}

// learn notes that m was last heard at p.
func (s *Switch) learn(m mac, p *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, plugged := s.ports[p]; !plugged {
		return
	}
	if _, moved := s.table[m]; moved || len(s.table) < tableMax {
		s.table[m] = p
	}
}

// unplug forgets the port and the addresses heard there.
func (s *Switch) unplug(p *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ports, p)
	for m, at := range s.table {
		if at == p {
			delete(s.table, m)
		}
	}
}
