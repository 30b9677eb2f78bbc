package segment

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"seedbed/internal/fault"
)

// kernelProbe hears ARP by a packet socket, and pings by a raw one that is
// bound to the interface.
type kernelProbe struct {
	hearing
	k    *Kernel
	arp  *os.File // nil on an interface without a MAC
	icmp net.PacketConn
	id   uint16
	once sync.Once
	wait sync.WaitGroup
}

// OpenProbe opens a Probe on the interface.
func (k *Kernel) OpenProbe() (Probe, error) {
	p := &kernelProbe{hearing: newHearing(), k: k, id: uint16(rand.Uint32())}
	if len(k.info.MAC) != 0 {
		var err error
		if p.arp, err = k.openARP(); err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, permitHint, "hearing ARP on %s", k.info.Name)
		}
		p.wait.Go(p.hearARP)
	}
	config := net.ListenConfig{Control: control(func(fd int) error { return unix.BindToDevice(fd, k.info.Name) })}
	var err error
	if p.icmp, err = config.ListenPacket(context.Background(), "ip4:icmp", k.info.Addr.Addr().String()); err != nil {
		if p.arp != nil {
			p.arp.Close()
		}
		return nil, fault.Wrap(err, fault.Unavailable, permitHint, "pinging on %s", k.info.Name)
	}
	p.wait.Go(p.hearEchoes)
	return p, nil
}

// openARP gives a socket that hears the interface's ARP frames.
func (k *Kernel) openARP() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ARP), Ifindex: k.index}); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "ARP on "+k.info.Name), nil
}

func (p *kernelProbe) hearARP() {
	buf := make([]byte, 128)
	for {
		n, err := p.arp.Read(buf)
		if err != nil {
			select {
			case <-p.done:
				return
			default:
			}
			if errors.Is(err, unix.ENETDOWN) {
				continue // said once; the socket hears on when the interface is back
			}
			return
		}
		if who, ok := present(buf[:n]); ok {
			p.hear(who)
		}
	}
}

func (p *kernelProbe) hearEchoes() {
	buf := make([]byte, 2048)
	for {
		n, from, err := p.icmp.ReadFrom(buf)
		if err != nil {
			return
		}
		if a, ok := from.(*net.IPAddr); ok && isEchoReply(buf[:n], p.id) {
			if addr, ok := netip.AddrFromSlice(a.IP); ok {
				p.hear(Presence{Addr: addr.Unmap()})
			}
		}
	}
}

// ARP asks on the wire, or by a ping where the interface knows no ARP.
func (p *kernelProbe) ARP(a netip.Addr) error {
	mac := p.k.info.MAC
	if len(mac) == 0 {
		return p.Ping(a)
	}
	return p.k.sendFrame(BuildARP(Broadcast, ARP{Op: ARPRequest, SenderMAC: mac, SenderIP: p.k.info.Addr.Addr(), TargetIP: a}))
}

// Ping asks by way of the routing table.
func (p *kernelProbe) Ping(a netip.Addr) error {
	if _, err := p.icmp.WriteTo(buildEcho(p.id, 1), &net.IPAddr{IP: a.AsSlice()}); err != nil {
		return fmt.Errorf("pinging %s: %w", a, err)
	}
	return nil
}

func (p *kernelProbe) Close() error {
	p.once.Do(func() {
		close(p.done)
		if p.arp != nil {
			p.arp.Close()
		}
		p.icmp.Close()
		p.wait.Wait()
	})
	return nil
}
