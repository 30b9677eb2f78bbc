package segment

import (
	"errors"
	"net"
	"net/netip"
)

var errNotYet = errors.New("not built yet")

// Kernel is a segment behind a network interface of this computer.
type Kernel struct{ info Info }

// OpenKernel takes the interface of that name.
func OpenKernel(ifname string) (*Kernel, error)               { return nil, errNotYet }
func (k *Kernel) Info() Info                                  { return k.info }
func (k *Kernel) ListenUDP(port uint16) (UDP, error)          { return nil, errNotYet }
func (k *Kernel) ListenTCP(port uint16) (net.Listener, error) { return nil, errNotYet }
func (k *Kernel) DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	return nil, errNotYet
}
func (k *Kernel) Close() error { return nil }
