package rehearse

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"seedbed/internal/config"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/fault"
	"seedbed/internal/rehearse/vm"
	"seedbed/internal/wire/segment"
)

type profileT = profile.Profile

// Mirror is a plain HTTP server on the segment that plays a mirror elsewhere:
// URL is http://ADDRESS/path, Tree what lies there.
type Mirror struct {
	URL  string
	Tree fs.FS
}

// fallbackSubnets is the network of a rehearsal of settings without subnets.
func fallbackSubnets() []lease.Subnet {
	addr := netip.MustParseAddr
	return []lease.Subnet{{Network: netip.MustParsePrefix("192.168.77.0/24"), Gateway: addr("192.168.77.1"), DNS: []netip.Addr{addr("192.168.77.1")},
		Pools: []lease.Range{{First: addr("192.168.77.100"), Last: addr("192.168.77.120")}}}}
}

func reservation(m machine.Machine) lease.Reservation {
	return lease.Reservation{Machine: m.Name, MACs: m.MACs, Address: m.Address}
}

// freeAddresses gives addresses of a subnet that its settings do not name.
func freeAddresses(s lease.Subnet, reserved []lease.Reservation) func() netip.Addr {
	used := map[netip.Addr]bool{s.Gateway: true, s.NextServer: true, s.Broadcast: true}
	for _, a := range append(append([]netip.Addr{}, s.DNS...), s.NTP...) {
		used[a] = true
	}
	for _, r := range reserved {
		used[r.Address] = true
	}
	next := s.Network.Addr()
	return func() netip.Addr {
		for next = next.Next(); s.Network.Contains(next); next = next.Next() {
			inPool := false
			for _, p := range s.Pools {
				inPool = inPool || p.Contains(next)
			}
			if !used[next] && !inPool {
				return next
			}
		}
		return netip.Addr{}
	}
}

// neighbours puts on the segment whoever the settings speak of: the gateway,
// the name servers (which answer that they are none, at once, so that nothing
// waits for them), and the servers that play a mirror.
func (r *run) neighbours(ctx context.Context, cfg *config.Config, server netip.Prefix) error {
	sub := cfg.Subnets[0]
	hosts := map[netip.Addr]*segment.Host{}
	add := func(a netip.Addr) (*segment.Host, error) {
		if !a.IsValid() || a == server.Addr() || !sub.Network.Contains(a) {
			return nil, nil
		}
		if h := hosts[a]; h != nil {
			return h, nil
		}
		h, err := r.mem.AddHost(netip.PrefixFrom(a, server.Bits()))
		hosts[a] = h
		return h, err
	}
	for _, a := range append(append([]netip.Addr{sub.Gateway}, sub.DNS...), sub.NTP...) {
		if _, err := add(a); err != nil {
			return err
		}
	}
	for _, m := range r.Mirrors {
		u, err := url.Parse(m.URL)
		if err != nil || u.Scheme != "http" {
			return fault.New(fault.Invalid, "as http://192.168.0.2/debian", "%q is not the address of a mirror", m.URL)
		}
		addr, err := netip.ParseAddr(u.Hostname())
		if err != nil || !sub.Network.Contains(addr) || addr == server.Addr() {
			return fault.New(fault.Invalid, "give it an address of the subnet "+sub.Network.String()+" other than "+server.Addr().String(), "no mirror can be played at %q", m.URL)
		}
		h, err := add(addr)
		if err != nil {
			return err
		}
		l, err := h.ListenTCP(80)
		if err != nil {
			return err
		}
		prefix := "/" + strings.Trim(u.Path, "/")
		srv := &http.Server{Handler: http.StripPrefix(strings.TrimSuffix(prefix, "/"), http.FileServerFS(m.Tree))}
		go srv.Serve(l)
		context.AfterFunc(ctx, func() { srv.Close() })
	}
	return nil
}

// captured is how much of the wire is kept: the boots, not the packages.
const captured = 16 << 20

// capture keeps the first of what is on the wire in network.pcap.
func (r *run) capture() (end func(), err error) {
	f, err := os.Create(filepath.Join(r.Dir, "network.pcap"))
	if err != nil {
		return nil, err
	}
	stop, err := r.mem.Capture(&head{w: f, left: captured})
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { stop(); f.Close() }, nil
}

// head passes on the first bytes written to it and swallows the rest.
type head struct {
	w    io.Writer
	left int
}

func (h *head) Write(b []byte) (int, error) {
	if len(b) > h.left {
		h.left = 0 // whole writes only, so that no packet is cut in two
	}
	if h.left == 0 {
		return len(b), nil
	}
	h.left -= len(b)
	return h.w.Write(b)
}

// installerArgs let the installer be watched: its dialogue on the serial line
// as plain text, debconf's exchange in its log. The rest makes an emulated
// machine several times faster and changes no answer.
var installerArgs = []string{"console=tty0", "console=ttyS0,115200", "DEBIAN_FRONTEND=text", "TERM=dumb", "DEBCONF_DEBUG=developer",
	"DEBCONF_DROP_TRANSLATIONS=1", "ipv6.disable=1", "norandmaps", "mitigations=off", "init_on_alloc=0", "nokaslr"}

// settings are the user's, with the one machine of the rehearsal, and the
// server's own address on the first subnet.
func (r *run) settings(hw vm.Hardware) (*config.Config, netip.Prefix) {
	cfg := *r.Config
	cfg.DHCP, cfg.HTTPPort, cfg.TFTPPort, cfg.SyslogPort = "server", 80, 69, 514
	if len(cfg.Subnets) == 0 {
		cfg.Subnets = fallbackSubnets()
	}
	cfg.Subnets = append(cfg.Subnets[:0:0], cfg.Subnets[0])
	sub := &cfg.Subnets[0]
	var macs []machine.MAC
	for _, m := range hw.MACs {
		mac, _ := machine.ParseMAC(m)
		macs = append(macs, mac)
	}
	r.box = machine.Machine{Name: "rehearsal", MACs: macs, Profile: r.Profile, Declared: true}
	for _, m := range cfg.Machines {
		if m.Profile == r.Profile && len(m.Params) > 0 {
			r.box.Params = m.Params // templates of the profile may need them
			break
		}
	}
	free := freeAddresses(*sub, cfg.Reservations)
	server := sub.NextServer
	if !server.IsValid() || !sub.Network.Contains(server) {
		server = free()
	}
	sub.NextServer = netip.Addr{}
	if r.Faults.NoDNS && len(sub.DNS) == 0 {
		// The kernel arguments of an install: make up for settings without DNS.
		// Here the settings are made to promise one, and the wire does not keep it.
		sub.DNS = []netip.Addr{server}
	}
	cfg.Reservations = nil
	if len(sub.Pools) == 0 {
		r.box.Address = free()
		cfg.Reservations = append(cfg.Reservations, reservation(r.box))
	}
	cfg.Machines = []machine.Machine{r.box}
	if r.Loader != "" {
		cfg.Boot.Loader = r.Loader
		p := cfg.Boot.Profiles[r.Profile]
		p.Loader = r.Loader
		profiles := map[string]profileT{}
		for k, v := range cfg.Boot.Profiles {
			profiles[k] = v
		}
		profiles[r.Profile] = p
		cfg.Boot.Profiles = profiles
		sub.BootFile = ""
	}
	if cfg.Boot.Timeout == 0 || cfg.Boot.Timeout > 5*time.Second {
		cfg.Boot.Timeout = 5 * time.Second
	}
	return &cfg, netip.PrefixFrom(server, sub.Network.Bits())
}
