package ether

import (
	"bytes"
	"context"
	"net"
	"slices"
)

// Station is a raw Ethernet port with an address of its own, for clients that
// build their frames by hand.
type Station struct {
	port *Port
	mac  net.HardwareAddr
}

// AttachStation plugs in a station.
func (s *Switch) AttachStation(mac net.HardwareAddr) *Station {
	return &Station{port: s.Attach(), mac: slices.Clone(mac)}
}

// MAC is the station's own address.
func (s *Station) MAC() net.HardwareAddr { return s.mac }

// Send puts a copy of the frame (Ethernet header to payload, no FCS) on the
// wire, as it is.
func (s *Station) Send(frame []byte) error { return s.port.Send(bytes.Clone(frame)) }

// Recv waits for the next frame that is addressed to the station, to all, or
// to a group; as a network card does, it leaves out frames that were flooded
// but are another's. The frame may be shared and must not be changed.
func (s *Station) Recv(ctx context.Context) ([]byte, error) {
	for {
		frame, err := s.port.Recv(ctx)
		if err != nil {
			return nil, err
		}
		if mac(frame[:6]).group() || bytes.Equal(frame[:6], s.mac) {
			return frame, nil
		}
	}
}

// Close unplugs the station; a waiting Recv gives net.ErrClosed.
func (s *Station) Close() error { return s.port.Close() }
