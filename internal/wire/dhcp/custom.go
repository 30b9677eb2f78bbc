package dhcp

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"seedbed/internal/core/lease"
	"seedbed/internal/wire/dhcp/packet"
)

// reserved are the options that the server writes itself; settings may not.
var reserved = map[uint8]bool{0: true, 50: true, 51: true, 52: true, 53: true, 54: true, 55: true, 57: true, 58: true,
	59: true, 61: true, 82: true, 255: true}

// ParseOption encodes one option of the settings: key is a number from 1 to
// 254 or an ISC dhcpd name; values are its items. A value that starts with 0x
// is taken as hexadecimal bytes whatever the option.
func ParseOption(key string, values []string) (lease.Option, error) {
	var o lease.Option
	f := asText
	if n, err := strconv.ParseUint(key, 10, 8); err == nil {
		o.Code = uint8(n)
		if known, ok := forms[o.Code]; ok {
			f = known
		} else if len(values) > 0 {
			f = guess(values[0])
		}
	} else if n, ok := named[key]; ok {
		o.Code, f = n.code, n.form
	} else {
		return o, fmt.Errorf("no DHCP option is named %q; give its number", key)
	}
	if reserved[o.Code] {
		return o, fmt.Errorf("option %d is written by the server itself", o.Code)
	}
	for _, v := range values {
		b, err := encodeValue(f, v)
		if err != nil {
			return o, fmt.Errorf("option %s: %w", key, err)
		}
		o.Data = append(o.Data, b...)
	}
	if o.Code == packet.OptIPv6Only && (len(o.Data) != 4 || binary.BigEndian.Uint32(o.Data) < 300) {
		return o, fmt.Errorf("option %s must be one number of at least 300 seconds (RFC 8925)", key)
	}
	if len(o.Data) == 0 || len(o.Data) > 1024 {
		return o, fmt.Errorf("option %s has %d bytes; 1 to 1024 are possible", key, len(o.Data))
	}
	return o, nil
}

func guess(v string) form {
	if _, err := netip.ParseAddr(v); err == nil {
		return asAddrs
	}
	return asText
}

func encodeValue(f form, v string) ([]byte, error) {
	if h, ok := strings.CutPrefix(v, "0x"); ok && f != asText || ok && f == asText && len(h)%2 == 0 && isHex(h) {
		b, err := hex.DecodeString(h)
		if err != nil {
			return nil, fmt.Errorf("%q is not hexadecimal", v)
		}
		return b, nil
	}
	bits := map[form]int{asU8: 8, asU16: 16, asU32: 32, asS32: 32}
	switch f {
	case asAddrs:
		a, err := netip.ParseAddr(v)
		if err != nil || !a.Is4() {
			return nil, fmt.Errorf("%q is not an IPv4 address", v)
		}
		return a.AsSlice(), nil
	case asFlag:
		switch strings.ToLower(v) {
		case "true", "on":
			return []byte{1}, nil
		case "false", "off":
			return []byte{0}, nil
		}
		n, err := strconv.ParseUint(v, 10, 8)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", v)
		}
		return []byte{byte(n)}, nil
	case asDomains:
		return domains(v)
	case asU8, asU16, asU32, asS32:
		if n, err := strconv.ParseInt(v, 10, 32); f == asS32 && err == nil {
			return binary.BigEndian.AppendUint32(nil, uint32(n)), nil
		}
		n, err := strconv.ParseUint(v, 10, bits[f])
		if err != nil {
			return nil, fmt.Errorf("%q is not a number of %d bits", v, bits[f])
		}
		b := binary.BigEndian.AppendUint32(nil, uint32(n))
		return b[4-bits[f]/8:], nil
	case asHex:
		b, err := hex.DecodeString(strings.ReplaceAll(v, ":", ""))
		if err != nil {
			return nil, fmt.Errorf("%q is not hexadecimal bytes", v)
		}
		return b, nil
	}
	return []byte(v), nil
}

// domains encodes one name, or takes hexadecimal bytes as they are.
func domains(v string) ([]byte, error) {
	if b, err := hex.DecodeString(strings.ReplaceAll(v, ":", "")); err == nil && (strings.Contains(v, ":") || wireName(b) != "" && b[len(b)-1] == 0) {
		return b, nil
	}
	var out []byte
	for label := range strings.SplitSeq(strings.TrimSuffix(v, "."), ".") {
		if len(label) == 0 || len(label) > 63 || strings.ContainsAny(label, " \t:/") {
			return nil, fmt.Errorf("%q is not a domain name", v)
		}
		out = append(append(out, byte(len(label))), label...)
	}
	if out = append(out, 0); len(out) > 255 {
		return nil, fmt.Errorf("%q is longer than a domain name may be", v)
	}
	return out, nil
}

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}
