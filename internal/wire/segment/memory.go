package segment

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
)

// Memory is a segment inside this process; Host is one station with a stack.
type Memory struct{ Host }
type Host struct{ info Info }
type Station struct{}

func NewMemory(addr netip.Prefix) (*Memory, error)         { return nil, errNotYet }
func (m *Memory) Close() error                             { return nil }
func (m *Memory) AddHost(addr netip.Prefix) (*Host, error) { return nil, errNotYet }

// AddHostMAC is AddHost with a MAC of the caller's choosing (a paper machine that got its address).
func (m *Memory) AddHostMAC(addr netip.Prefix, mac net.HardwareAddr) (*Host, error) {
	return nil, errNotYet
}
func (m *Memory) AttachQEMU() (file *os.File, detach func(), err error) { return nil, nil, errNotYet }
func (m *Memory) AttachStation(mac net.HardwareAddr) *Station           { return nil }

// Capture writes a pcap of all frames to w until stop or Close.
func (m *Memory) Capture(w io.Writer) (stop func() error, err error) { return nil, errNotYet }

func (h *Host) Info() Info                                  { return h.info }
func (h *Host) ListenUDP(port uint16) (UDP, error)          { return nil, errNotYet }
func (h *Host) ListenTCP(port uint16) (net.Listener, error) { return nil, errNotYet }
func (h *Host) DialUDP(local netip.Addr, remote netip.AddrPort) (net.Conn, error) {
	return nil, errNotYet
}
func (h *Host) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return nil, errNotYet
}
func (h *Host) Close() error { return nil }

func (s *Station) MAC() net.HardwareAddr                    { return nil }
func (s *Station) Send(frame []byte) error                  { return errNotYet }
func (s *Station) Recv(ctx context.Context) ([]byte, error) { return nil, errNotYet }
func (s *Station) Close() error                             { return nil }
