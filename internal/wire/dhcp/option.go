package dhcp

import "strconv"

// Options this server reads or writes (IANA's list; RFC 2132 unless said).
const (
	optPad           = 0
	optMask          = 1
	optRouter        = 3
	optDNS           = 6
	optHostName      = 12
	optDomain        = 15
	optBroadcast     = 28
	optNTP           = 42
	optVendor        = 43
	optRequested     = 50
	optLeaseTime     = 51
	optOverload      = 52
	optMessageType   = 53
	optServerID      = 54
	optParameters    = 55
	optText          = 56
	optMaxSize       = 57
	optT1            = 58
	optT2            = 59
	optVendorClass   = 60
	optClientID      = 61
	optTFTPServer    = 66
	optBootFile      = 67
	optUserClass     = 77  // RFC 3004
	optFQDN          = 81  // RFC 4702
	optRelay         = 82  // RFC 3046
	optArch          = 93  // RFC 4578
	optUUID          = 97  // RFC 4578
	optIPv6Only      = 108 // RFC 8925
	optCaptive       = 114 // RFC 8910
	optSubnetSelect  = 118 // RFC 3011
	optTFTPServers   = 150 // RFC 5859
	optIPXE          = 175
	optEnd           = 255
	relayLink        = 5   // RFC 3527, inside 82
	relayServerID    = 11  // RFC 5107, inside 82
	relaySourcePort  = 19  // RFC 8357, inside 82
	ipxeNoPXEDHCP    = 176 // inside 175
	pxeDiscoveryCtrl = 6   // inside 43
	pxeBootFileOnly  = 8   // bit 3 of it: no prompt, no menu, no discovery
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

// sub finds a sub-option in the data of an option such as 82; nil if absent
// or if the data is cut short before it.
func sub(data []byte, code uint8) []byte {
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

// arrange puts options in the order they are sent: type, server and lease
// time; what the client asked for, in its order, the mask before the router
// (RFC 2132 section 3.3); the rest; relay information last (RFC 3046).
func arrange(dst, opts []Option, asked []byte) []Option {
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
	put(optMessageType)
	put(optServerID)
	put(optLeaseTime)
	for _, c := range asked {
		if c == optRelay || c == optPad || c == optEnd {
			continue
		}
		if c == optRouter {
			put(optMask)
		}
		put(c)
	}
	for _, o := range opts {
		if o.Code != optRelay {
			put(o.Code)
		}
	}
	put(optRelay)
	return dst
}
