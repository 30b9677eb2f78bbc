package paper

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

// names are the options that Describe decodes, and how.
var names = map[uint8]struct {
	name string
	as   func([]byte) string
}{
	packet.OptMask: {"subnet-mask", addresses}, packet.OptRouter: {"routers", addresses}, packet.OptDNS: {"domain-name-servers", addresses},
	packet.OptHostName: {"host-name", words}, packet.OptDomain: {"domain-name", words}, packet.OptBroadcast: {"broadcast-address", addresses},
	packet.OptNTP: {"ntp-servers", addresses}, packet.OptLeaseTime: {"lease-time", seconds}, packet.OptT1: {"renewal-time", seconds},
	packet.OptT2: {"rebinding-time", seconds}, packet.OptServerID: {"server-identifier", addresses}, packet.OptVendorClass: {"vendor-class", words},
	packet.OptTFTPServer: {"tftp-server-name", words}, packet.OptBootFile: {"bootfile-name", words}, packet.OptTFTPServers: {"tftp-server-address", addresses},
	packet.OptMessageType: {"message-type", func(d []byte) string { return packet.MessageType(d[0]).String() }},
	packet.OptVendor:      {"vendor-information", bytesOf}, packet.OptUUID: {"client-uuid", bytesOf}, packet.OptIPXE: {"ipxe", bytesOf},
}

func addresses(d []byte) string {
	var out []string
	for ; len(d) >= 4; d = d[4:] {
		out = append(out, netip.AddrFrom4([4]byte(d)).String())
	}
	return strings.Join(out, " ")
}

func words(d []byte) string { return fmt.Sprintf("%q", d) }

func bytesOf(d []byte) string { return hex.EncodeToString(d) }

func seconds(d []byte) string {
	if len(d) != 4 {
		return bytesOf(d)
	}
	return (time.Duration(binary.BigEndian.Uint32(d)) * time.Second).String()
}

func decoded(o packet.Option) (name, value string) {
	n, ok := names[o.Code]
	if !ok || len(o.Data) == 0 {
		return "?", bytesOf(o.Data)
	}
	return n.name, n.as(o.Data)
}

// Describe decodes an answer: its fields that matter, then its options by
// number, one a line.
func Describe(m *packet.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-30s %s\n%-30s %s\n%-30s %q\n%-30s %q\n", "yiaddr", m.YIAddr, "siaddr", m.SIAddr, "sname", m.SName, "file", m.File)
	opts := slices.Clone(m.Options)
	slices.SortFunc(opts, func(a, b packet.Option) int { return cmp.Compare(a.Code, b.Code) })
	for _, o := range opts {
		name, value := decoded(o)
		fmt.Fprintf(&b, "option %3d %-19s %s\n", o.Code, name, value)
	}
	return b.String()
}

// Line is an answer in one line: what of it decides a boot.
func Line(m *packet.Message) string {
	s := fmt.Sprintf("%s %s from %s", m.Type(), m.YIAddr, m.Addr(packet.OptServerID))
	if m.File != "" || m.SIAddr != netip.IPv4Unspecified() {
		s += fmt.Sprintf(" next %s file %q", m.SIAddr, m.File)
	}
	for _, code := range []uint8{packet.OptVendor, packet.OptVendorClass, packet.OptTFTPServer, packet.OptBootFile, packet.OptIPXE} {
		if d := m.Get(code); d != nil {
			name, value := decoded(packet.Option{Code: code, Data: d})
			s += " " + name + " " + value
		}
	}
	return s
}
