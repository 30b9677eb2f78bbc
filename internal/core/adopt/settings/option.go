package settings

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
)

// Form is how an option's value is written on the wire (RFC 2132 and others).
type Form int

// The forms. Bytes is hexadecimal with colons, or a quoted text.
const (
	Guess Form = iota // an address, bytes with colons, or a text
	Text
	Addresses
	U8
	U16
	U32
	Flag
	Bytes
	Domains
	Array8 // a list of numbers of 8 bits
)

// named are the options that our settings give by name.
var named = map[uint8]string{2: "time-offset", 4: "time-servers", 7: "log-servers", 12: "host-name", 13: "boot-size",
	17: "root-path", 19: "ip-forwarding", 23: "default-ip-ttl", 26: "interface-mtu", 33: "static-routes", 40: "nis-domain",
	41: "nis-servers", 43: "vendor-encapsulated-options", 44: "netbios-name-servers", 66: "tftp-server-name", 69: "smtp-server",
	100: "pcode", 101: "tcode", 108: "v6-only-preferred", 114: "captive-portal", 119: "domain-search", 150: "tftp-server-address", 252: "wpad"}

// FormOf is the form of an option by its number.
func FormOf(code uint8) Form {
	switch code {
	case 2, 24, 35, 38, 108:
		return U32
	case 13, 22, 25, 26, 117:
		return U16
	case 23, 37, 46, 116:
		return U8
	case 19, 20, 27, 29, 30, 31, 34, 36, 39:
		return Flag
	case 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 21, 28, 32, 33, 41, 42, 44, 45, 48, 49, 65, 68, 69, 70, 71, 72, 73, 74, 75, 76, 85, 89, 112, 150:
		return Addresses
	case 12, 14, 15, 17, 18, 40, 47, 56, 60, 62, 64, 66, 67, 86, 87, 98, 100, 101, 113, 114, 252:
		return Text
	case 43, 61, 63, 77, 78, 79, 121, 124, 125, 249:
		return Bytes
	case 88, 119:
		return Domains
	}
	return Guess
}

// Value is one item of an option's value; Quoted ones are texts.
type Value struct {
	Text   string
	Quoted bool
}

// Encode gives an option's bytes on the wire.
func Encode(f Form, values []Value) ([]byte, error) {
	var out []byte
	for _, v := range values {
		b, err := encode(f, v)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	if len(out) == 0 || len(out) > 1024 {
		return nil, fmt.Errorf("an option has 1 to 1024 bytes, not %d", len(out))
	}
	return out, nil
}

func encode(f Form, v Value) ([]byte, error) {
	if f == Guess {
		switch {
		case v.Quoted:
			f = Text
		case Address(v.Text).IsValid():
			f = Addresses
		case strings.Contains(v.Text, ":"):
			f = Bytes
		default:
			f = Text
		}
	}
	switch f {
	case Addresses:
		if a := Address(v.Text); a.IsValid() {
			return a.AsSlice(), nil
		}
		return nil, errors.New("an IPv4 address is expected: Seedbed asks no DNS for it")
	case Flag:
		switch strings.ToLower(v.Text) {
		case "true", "on", "1":
			return []byte{1}, nil
		case "false", "off", "0":
			return []byte{0}, nil
		}
		return nil, errors.New("true or false is expected")
	case U8, Array8:
		return number(v.Text, 1)
	case U16:
		return number(v.Text, 2)
	case U32:
		return number(v.Text, 4)
	case Bytes:
		if !v.Quoted {
			return colons(v.Text)
		}
	case Domains:
		return labels(v.Text)
	}
	return []byte(v.Text), nil
}

// number is a whole number of so many bytes; a negative one is a time offset's.
func number(s string, size int) ([]byte, error) {
	n, err := strconv.ParseInt(s, 0, 64)
	limit := int64(1) << (8 * size)
	if err != nil || n >= limit || n < -limit/2 {
		return nil, fmt.Errorf("a number of %d bits is expected", 8*size)
	}
	return binary.BigEndian.AppendUint32(nil, uint32(n))[4-size:], nil
}

// colons reads 1:2:ab, each part a byte.
func colons(s string) ([]byte, error) {
	var out []byte
	for p := range strings.SplitSeq(s, ":") {
		n, err := strconv.ParseUint(p, 16, 8)
		if err != nil {
			return nil, errors.New("bytes are expected, as 01:02:ab")
		}
		out = append(out, byte(n))
	}
	return out, nil
}

// labels is a domain's name in DNS's form (RFC 1035 section 3.1), which RFC
// 3397 takes for option 119.
func labels(name string) ([]byte, error) {
	var out []byte
	for l := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if l == "" || len(l) > 63 {
			return nil, errors.New("domains are expected")
		}
		out = append(append(out, byte(len(l))), l...)
	}
	return append(out, 0), nil
}

// own are the options that the server writes itself; settings may not.
var own = []uint8{0, 50, 51, 52, 53, 54, 55, 57, 58, 59, 61, 82, 255}

// Give puts an option into a subnet, in the field that is made for it.
func (d *Draft) Give(s *Subnet, at fault.Position, what string, code uint8, data []byte) {
	addrs := addresses(data)
	isAddrs := slices.Contains([]uint8{1, 3, 6, 28, 42}, code)
	switch {
	case isAddrs && addrs == nil:
		d.Lose(at, what, "it holds no whole address")
		return
	case code == 1:
		if m, ok := Network(s.Network.Addr().String(), addrs[0].String()); !ok || m != s.Network {
			d.Lose(at, what, "the mask is that of the subnet, %s", s.Network)
			return
		}
	case code == 3:
		d.gateway(s, at, what, addrs)
		return
	case code == 6:
		s.DNS = addrs
	case code == 42:
		s.NTP = addrs
	case code == 28:
		s.Broadcast = addrs[0]
	case code == 15:
		s.Domain = strings.ToValidUTF8(string(data), "?")
	case code == 67:
		d.Boot(s, at, what, strings.ToValidUTF8(strings.TrimRight(string(data), "\x00"), "?"))
		return
	case code == 60 && (strings.HasPrefix(string(data), "PXEClient") || strings.HasPrefix(string(data), "HTTPClient")):
		d.Change(at, what, "the server says this to those that must hear it, by itself")
		return
	case code == 121 || code == 249:
		d.routes(s, at, what, data)
		return
	case slices.Contains(own, code):
		d.Lose(at, what, "the server writes option %d itself", code)
		return
	case code == 108 && (len(data) != 4 || binary.BigEndian.Uint32(data) < 300):
		d.Lose(at, what, "it must be one number of at least 300 seconds (RFC 8925)")
		return
	default:
		s.Options = slices.DeleteFunc(s.Options, func(o lease.Option) bool { return o.Code == code })
		s.Options = append(s.Options, lease.Option{Code: code, Data: data})
	}
	d.Keep(at, what)
}

func (d *Draft) gateway(s *Subnet, at fault.Position, what string, addrs []netip.Addr) {
	if !s.Network.Contains(addrs[0]) {
		d.Lose(at, what, "the gateway %s is outside %s", addrs[0], s.Network)
		return
	}
	s.Gateway = addrs[0]
	if len(addrs) > 1 {
		d.Change(at, what, "a subnet has one gateway: the first, %s, is kept", addrs[0])
		return
	}
	d.Keep(at, what)
}

// routes reads option 121 (RFC 3442): length of the prefix, its bytes, router.
func (d *Draft) routes(s *Subnet, at fault.Position, what string, b []byte) {
	var list []lease.Route
	for len(b) > 0 {
		bits := int(b[0])
		n := (bits + 7) / 8
		if bits > 32 || len(b) < 1+n+4 {
			d.Lose(at, what, "these are no routes as RFC 3442 has them")
			return
		}
		var to [4]byte
		copy(to[:], b[1:1+n])
		p := netip.PrefixFrom(netip.AddrFrom4(to), bits)
		list = append(list, lease.Route{To: p.Masked(), Via: netip.AddrFrom4([4]byte(b[1+n:]))})
		b = b[1+n+4:]
	}
	if s.Routes != nil && !slices.Equal(s.Routes, list) {
		d.Lose(at, what, "routes are given already, and other ones: Seedbed has one list for options 121 and 249")
		return
	}
	s.Routes = list
	d.Keep(at, what)
}

func addresses(b []byte) []netip.Addr {
	if len(b)%4 != 0 {
		return nil
	}
	var out []netip.Addr
	for ; len(b) > 0; b = b[4:] {
		out = append(out, netip.AddrFrom4([4]byte(b)))
	}
	return out
}

// value is an option's items as our settings write them.
func value(o lease.Option) []string {
	text := string(o.Data)
	bare := plain(text) && !strings.HasPrefix(text, "0x")
	switch FormOf(o.Code) {
	case Text:
		if bare && named[o.Code] != "" {
			return []string{text}
		}
	case Addresses:
		if a := addresses(o.Data); a != nil && named[o.Code] != "" {
			return texts(a)
		}
	case U8, U16, U32, Flag:
		if named[o.Code] != "" && len(o.Data) == map[Form]int{U8: 1, Flag: 1, U16: 2, U32: 4}[FormOf(o.Code)] {
			return []string{decimal(o.Data)}
		}
	}
	_, notAddress := netip.ParseAddr(text)
	if named[o.Code] == "" && o.Code != 121 && o.Code != 249 {
		if a := addresses(o.Data); a != nil && (FormOf(o.Code) == Addresses || FormOf(o.Code) == Guess && !bare) {
			return texts(a)
		}
		if f := FormOf(o.Code); bare && notAddress != nil && (f == Text || f == Guess) {
			return []string{text}
		}
	}
	return []string{"0x" + hex.EncodeToString(o.Data)}
}

func decimal(b []byte) string {
	var n uint64
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return strconv.FormatUint(n, 10)
}

func texts(list []netip.Addr) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}
