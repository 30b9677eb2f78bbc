package dhcp

import (
	"fmt"
	"net/netip"

	"seedbed/internal/core/lease"
	"seedbed/internal/wire/dhcp/packet"
)

// ParseRoutes reads the data of option 121 or 249 (RFC 3442): for each route
// the length of its prefix, as many bytes of it as count, and the router.
func ParseRoutes(d []byte) ([]lease.Route, error) {
	var out []lease.Route
	for len(d) > 0 {
		bits, n := int(d[0]), (int(d[0])+7)/8
		if bits > 32 || len(d) < 1+n+4 {
			return nil, fmt.Errorf("not the classless routes of RFC 3442")
		}
		var to [4]byte
		copy(to[:], d[1:1+n])
		p := netip.PrefixFrom(netip.AddrFrom4(to), bits)
		if p != p.Masked() {
			return nil, fmt.Errorf("%s is an address inside a network, not the network", p)
		}
		out = append(out, lease.Route{To: p, Via: netip.AddrFrom4([4]byte(d[1+n:]))})
		d = d[1+n+4:]
	}
	return out, nil
}

func appendRoute(b []byte, r lease.Route) []byte {
	to := r.To.Masked().Addr().As4()
	b = append(b, byte(r.To.Bits()))
	b = append(b, to[:(r.To.Bits()+7)/8]...)
	return packet.AppendAddr(b, r.Via)
}

// routes adds the subnet's, the default one among them.
func (b *builder) routes(r *reply) {
	s := r.subnet
	if len(s.Routes) == 0 {
		return
	}
	start, whole := len(b.arena), false
	for _, x := range s.Routes {
		b.arena = appendRoute(b.arena, x)
		whole = whole || x.To.Bits() == 0
	}
	if !whole && s.Gateway.IsValid() {
		b.arena = appendRoute(b.arena, lease.Route{To: netip.PrefixFrom(netip.IPv4Unspecified(), 0), Via: s.Gateway})
	}
	data := b.arena[start:len(b.arena):len(b.arena)]
	if r.asked(packet.OptRoutes) {
		b.bytes(packet.OptRoutes, data)
	}
	if r.asked(packet.OptRoutesMS) && r.req.Get(packet.OptParameters) != nil {
		b.bytes(packet.OptRoutesMS, data)
	}
}
