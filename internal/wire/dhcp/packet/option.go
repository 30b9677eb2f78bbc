package packet

import "strconv"

// Options this server reads or writes (IANA's list; RFC 2132 unless said).
const (
	OptPad          = 0
	OptMask         = 1
	OptRouter       = 3
	OptDNS          = 6
	OptHostName     = 12
	OptDomain       = 15
	OptBroadcast    = 28
	OptNTP          = 42
	OptVendor       = 43
	OptRequested    = 50
	OptLeaseTime    = 51
	OptOverload     = 52
	OptMessageType  = 53
	OptServerID     = 54
	OptParameters   = 55
	OptText         = 56
	OptMaxSize      = 57
	OptT1           = 58
	OptT2           = 59
	OptVendorClass  = 60
	OptClientID     = 61
	OptTFTPServer   = 66
	OptBootFile     = 67
	OptUserClass    = 77  // RFC 3004
	OptRapidCommit  = 80  // RFC 4039
	OptFQDN         = 81  // RFC 4702
	OptRelay        = 82  // RFC 3046
	OptArch         = 93  // RFC 4578
	OptUUID         = 97  // RFC 4578
	OptIPv6Only     = 108 // RFC 8925
	OptCaptive      = 114 // RFC 8910
	OptSubnetSelect = 118 // RFC 3011
	OptRoutes       = 121 // RFC 3442
	OptRoutesMS     = 249 // the same, as old Windows asks for it
	OptTFTPServers  = 150 // RFC 5859
	OptIPXE         = 175
	OptEnd          = 255
	RelayCircuit    = 1   // RFC 3046, inside 82: the port
	RelayRemote     = 2   // RFC 3046, inside 82: the switch, or the subscriber
	RelayLink       = 5   // RFC 3527, inside 82
	RelayServerID   = 11  // RFC 5107, inside 82
	RelaySourcePort = 19  // RFC 8357, inside 82
	IPXENoPXEDHCP   = 176 // inside 175
	IPXEHTTP        = 19  // inside 175: it can load by HTTP
	PXEDiscovery    = 6   // inside 43 (PXE 2.1 table 2-1), as the four below
	PXEBootFileOnly = 8   // bit 3 of it: no prompt, no menu, no discovery
	PXEMenu         = 9
	PXEPrompt       = 10
	PXEItem         = 71 // type and layer, two bytes each
)

// MessageType is option 53; 0 is BOOTP, which has none.
type MessageType uint8

// The messages of RFC 2131 section 3.1.
const (
	Discover MessageType = 1
	Offer    MessageType = 2
	Request  MessageType = 3
	Decline  MessageType = 4
	Ack      MessageType = 5
	Nak      MessageType = 6
	Release  MessageType = 7
	Inform   MessageType = 8
)

// String is the message's name in the style of server logs: DHCPDISCOVER.
func (t MessageType) String() string {
	names := [...]string{"BOOTP", "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPDECLINE", "DHCPACK", "DHCPNAK", "DHCPRELEASE", "DHCPINFORM"}
	if int(t) < len(names) {
		return names[t]
	}
	return "DHCP message type " + strconv.Itoa(int(t))
}

// Sub finds a sub-option in the data of an option such as 82; nil if absent
// or if the data is cut short before it.
func Sub(data []byte, code uint8) []byte {
	for len(data) >= 2 {
		n := int(data[1])
		if len(data) < 2+n {
			return nil
		}
		if data[0] == code {
			return data[2 : 2+n]
		}
		data = data[2+n:]
	}
	return nil
}

// Arrange puts options in the order they are sent: type, server and lease
// time; what the client asked for, in its order, the mask before the router
// (RFC 2132 section 3.3); the rest; relay information last (RFC 3046).
func Arrange(dst, opts []Option, asked []byte) []Option {
	var sent [256]bool
	put := func(code uint8) {
		if sent[code] {
			return
		}
		for _, o := range opts {
			if o.Code == code {
				sent[code] = true
				dst = append(dst, o)
				return
			}
		}
	}
	put(OptMessageType)
	put(OptServerID)
	put(OptLeaseTime)
	for _, c := range asked {
		if c == OptRelay || c == OptPad || c == OptEnd {
			continue
		}
		if c == OptRouter {
			put(OptMask)
		}
		put(c)
	}
	for _, o := range opts {
		if o.Code != OptRelay {
			put(o.Code)
		}
	}
	put(OptRelay)
	return dst
}
