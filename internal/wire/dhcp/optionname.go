package dhcp

// form is how an option's value is written on the wire (RFC 2132 and others).
type form int

const (
	asText form = iota
	asAddrs
	asFlag // true or false, one byte
	asU8
	asU16
	asU32
	asS32
	asHex
	asDomains // names in DNS wire format (RFC 3397), not compressed
)

type knownOption struct {
	code uint8
	form form
}

// named are the options that settings may give by name, ISC dhcpd's names
// (dhcp-options(5)) and a few that it has none for.
var named = map[string]knownOption{
	"subnet-mask": {1, asAddrs}, "time-offset": {2, asS32}, "routers": {3, asAddrs}, "time-servers": {4, asAddrs},
	"ien116-name-servers": {5, asAddrs}, "domain-name-servers": {6, asAddrs}, "log-servers": {7, asAddrs},
	"cookie-servers": {8, asAddrs}, "lpr-servers": {9, asAddrs}, "impress-servers": {10, asAddrs},
	"resource-location-servers": {11, asAddrs}, "host-name": {12, asText}, "boot-size": {13, asU16}, "merit-dump": {14, asText},
	"domain-name": {15, asText}, "swap-server": {16, asAddrs}, "root-path": {17, asText}, "extensions-path": {18, asText},

	"ip-forwarding": {19, asFlag}, "non-local-source-routing": {20, asFlag}, "policy-filter": {21, asAddrs},
	"max-dgram-reassembly": {22, asU16}, "default-ip-ttl": {23, asU8}, "path-mtu-aging-timeout": {24, asU32},
	"path-mtu-plateau-table": {25, asU16}, "interface-mtu": {26, asU16}, "all-subnets-local": {27, asFlag},
	"broadcast-address": {28, asAddrs}, "perform-mask-discovery": {29, asFlag}, "mask-supplier": {30, asFlag},
	"router-discovery": {31, asFlag}, "router-solicitation-address": {32, asAddrs}, "static-routes": {33, asAddrs},
	"trailer-encapsulation": {34, asFlag}, "arp-cache-timeout": {35, asU32}, "ieee802-3-encapsulation": {36, asFlag},
	"default-tcp-ttl": {37, asU8}, "tcp-keepalive-interval": {38, asU32}, "tcp-keepalive-garbage": {39, asFlag},

	"nis-domain": {40, asText}, "nis-servers": {41, asAddrs}, "ntp-servers": {42, asAddrs}, "vendor-encapsulated-options": {43, asHex},
	"netbios-name-servers": {44, asAddrs}, "netbios-dd-server": {45, asAddrs}, "netbios-node-type": {46, asU8},
	"netbios-scope": {47, asText}, "font-servers": {48, asAddrs}, "x-display-manager": {49, asAddrs},
	"dhcp-message": {56, asText}, "vendor-class-identifier": {60, asText}, "nwip-domain": {62, asText}, "nwip-suboptions": {63, asHex},
	"nisplus-domain": {64, asText}, "nisplus-servers": {65, asAddrs}, "tftp-server-name": {66, asText}, "bootfile-name": {67, asText},
	"mobile-ip-home-agent": {68, asAddrs}, "smtp-server": {69, asAddrs}, "pop-server": {70, asAddrs}, "nntp-server": {71, asAddrs},
	"www-server": {72, asAddrs}, "finger-server": {73, asAddrs}, "irc-server": {74, asAddrs}, "streettalk-server": {75, asAddrs},
	"streettalk-directory-assistance-server": {76, asAddrs}, "user-class": {77, asHex}, "slp-directory-agent": {78, asHex},
	"slp-service-scope": {79, asHex}, "nds-servers": {85, asAddrs}, "nds-tree-name": {86, asText}, "nds-context": {87, asText},
	"bcms-controller-names": {88, asDomains}, "bcms-controller-address": {89, asAddrs}, "uap-servers": {98, asText},
	"pcode": {100, asText}, "tcode": {101, asText}, "v6-only-preferred": {108, asU32}, "netinfo-server-address": {112, asAddrs},
	"netinfo-server-tag": {113, asText}, "captive-portal": {114, asText}, "auto-config": {116, asU8},
	"name-service-search": {117, asU16}, "domain-search": {119, asDomains}, "classless-static-routes": {121, asHex},
	"vivco": {124, asHex}, "vivso": {125, asHex}, "tftp-server-address": {150, asAddrs}, "ms-classless-static-routes": {249, asHex},
	"wpad": {252, asText},

	// The server's own, so that whoever sets one is told so.
	"dhcp-requested-address": {50, asHex}, "dhcp-lease-time": {51, asHex}, "dhcp-option-overload": {52, asHex},
	"dhcp-message-type": {53, asHex}, "dhcp-server-identifier": {54, asHex}, "dhcp-parameter-request-list": {55, asHex},
	"dhcp-max-message-size": {57, asHex}, "dhcp-renewal-time": {58, asHex}, "dhcp-rebinding-time": {59, asHex},
	"dhcp-client-identifier": {61, asHex}, "relay-agent-information": {82, asHex},
}

// forms of options given by number whose values are not texts.
var forms = func() map[uint8]form {
	m := map[uint8]form{}
	for _, n := range named {
		m[n.code] = n.form
	}
	return m
}()
