package mirror

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"time"

	"seedbed/internal/fault"
)

// newClient speaks to upstreams. It uses no proxy of the environment, and
// connects to no address that the policy refuses: a name is resolved once, its
// addresses are checked, and the connection goes to what was checked.
func (s *Server) newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: s.dial, DisableCompression: true, ResponseHeaderTimeout: answering, TLSHandshakeTimeout: connecting,
			MaxConnsPerHost: 16, MaxIdleConnsPerHost: 8, IdleConnTimeout: idle, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if len(via) > 4 {
				return errors.New("too many redirects")
			}
			return s.policy().Redirect(via[len(via)-1].URL, next.URL)
		},
	}
}

func (s *Server) dial(ctx context.Context, network, hostPort string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	addrs, err := s.resolve(ctx, host)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "", "finding the address of the upstream")
	}
	d := net.Dialer{KeepAlive: 30 * time.Second}
	last := error(fault.New(fault.Unavailable, "", "the upstream's name has no address"))
	for i, a := range addrs {
		d.Timeout = connecting
		if i < len(addrs)-1 {
			d.Timeout = connecting / 4 // one that leads nowhere must not use up the client's patience
		}
		if err := s.policy().Connect(host, a); err != nil {
			last = err
			continue
		}
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, last
}

// resolve gives the addresses of a host. An address written as such is itself.
func (s *Server) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	if s.Resolve != nil {
		return s.Resolve(ctx, host)
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}
