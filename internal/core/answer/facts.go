package answer

import "net/netip"

// facts are the fields that a template may use. They are plain text: no value
// in them has a method that a template could call.
func facts(s Subject) map[string]any {
	subnet := map[string]any{"Network": "", "Netmask": "", "Gateway": "", "Broadcast": "", "Domain": "", "DNS": []string{}, "NTP": []string{}}
	if n := s.Subnet; n != nil {
		subnet = map[string]any{
			"Network": text(n.Network), "Netmask": netmask(n.Network), "Gateway": text(n.Gateway),
			"Broadcast": text(n.Broadcast), "Domain": n.Domain, "DNS": texts(n.DNS), "NTP": texts(n.NTP),
		}
	}
	mac := ""
	if !s.Machine.MAC().IsZero() {
		mac = s.Machine.MAC().String()
	}
	params := map[string]string{}
	for k, v := range s.Machine.Params {
		params[k] = v
	}
	imageURL := ""
	if s.Image.Name != "" {
		imageURL = s.Server + "/images/" + s.Image.Name
	}
	return map[string]any{
		"Machine":  map[string]any{"Name": s.Machine.Name, "MAC": mac, "UUID": s.Machine.UUID, "Params": params},
		"Lease":    map[string]any{"Address": text(s.Lease.Address)},
		"Subnet":   subnet,
		"Image":    map[string]any{"Name": s.Image.Name, "URL": imageURL, "Release": s.Image.Release, "Codename": s.Image.Codename, "CPU": s.Image.CPU},
		"Profile":  s.Profile,
		"Firmware": string(s.Firmware),
		"Server":   s.Server,
		"Callback": s.CallbackURL,
		"Failed":   s.FailURL,
		"Mirror":   s.Mirror,
		"Proxy":    s.Proxy,
		"HostName": s.HostName,
		"Domain":   s.Domain,
	}
}

func text(v interface {
	IsValid() bool
	String() string
}) string {
	if !v.IsValid() {
		return ""
	}
	return v.String()
}

func texts(addrs []netip.Addr) []string {
	out := []string{}
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

// netmask is the mask of an IPv4 network in dotted form, as Kickstart wants it.
func netmask(p netip.Prefix) string {
	if !p.IsValid() || !p.Addr().Is4() {
		return ""
	}
	m := ^uint32(0) << (32 - p.Bits())
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}
