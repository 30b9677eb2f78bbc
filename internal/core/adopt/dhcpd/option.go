package dhcpd

import (
	"errors"
	"strings"

	"seedbed/internal/core/adopt/settings"
)

// definition is an option by its name: of dhcp-options(5), or of the file.
type definition struct {
	code uint8
	form settings.Form // Guess: that of the number
}

// names are ISC's names of the options, in the order of their numbers from 1.
var names = strings.Fields(`subnet-mask time-offset routers time-servers ien116-name-servers domain-name-servers log-servers
	cookie-servers lpr-servers impress-servers resource-location-servers host-name boot-size merit-dump domain-name swap-server
	root-path extensions-path ip-forwarding non-local-source-routing policy-filter max-dgram-reassembly default-ip-ttl
	path-mtu-aging-timeout path-mtu-plateau-table interface-mtu all-subnets-local broadcast-address perform-mask-discovery
	mask-supplier router-discovery router-solicitation-address static-routes trailer-encapsulation arp-cache-timeout
	ieee802-3-encapsulation default-tcp-ttl tcp-keepalive-interval tcp-keepalive-garbage nis-domain nis-servers ntp-servers
	vendor-encapsulated-options netbios-name-servers netbios-dd-server netbios-node-type netbios-scope font-servers
	x-display-manager dhcp-requested-address dhcp-lease-time dhcp-option-overload dhcp-message-type dhcp-server-identifier
	dhcp-parameter-request-list dhcp-message dhcp-max-message-size dhcp-renewal-time dhcp-rebinding-time
	vendor-class-identifier dhcp-client-identifier nwip-domain nwip-suboptions nisplus-domain nisplus-servers
	tftp-server-name bootfile-name mobile-ip-home-agent smtp-server pop-server nntp-server www-server finger-server irc-server
	streettalk-server streettalk-directory-assistance-server user-class`)

// others are those beyond the list.
var others = map[string]uint8{"slp-directory-agent": 78, "slp-service-scope": 79, "fqdn": 81, "relay-agent-information": 82,
	"nds-servers": 85, "nds-tree-name": 86, "nds-context": 87, "bcms-controller-names": 88, "bcms-controller-address": 89,
	"client-last-transaction-time": 91, "associated-ip": 92, "pxe-system-type": 93, "pxe-interface-id": 94, "pxe-client-id": 97,
	"uap-servers": 98, "geoconf-civic": 99, "pcode": 100, "tcode": 101, "v6-only-preferred": 108, "netinfo-server-address": 112,
	"netinfo-server-tag": 113, "default-url": 114, "auto-config": 116, "name-service-search": 117, "subnet-selection": 118,
	"domain-search": 119, "vivco": 124, "vivso": 125, "tftp-server-address": 150}

func standard() map[string]definition {
	all := map[string]definition{}
	for i, n := range names {
		all[n] = definition{code: uint8(i + 1)}
	}
	for n, code := range others {
		all[n] = definition{code: code}
	}
	return all
}

// formOf reads the type in: option NAME code N = TYPE.
func formOf(words []string) (settings.Form, bool) {
	t := strings.Join(words, " ")
	t = strings.ReplaceAll(strings.ReplaceAll(t, "unsigned ", ""), "signed ", "")
	switch t {
	case "ip-address", "array of ip-address", "array of { ip-address }":
		return settings.Addresses, true
	case "text":
		return settings.Text, true
	case "string":
		return settings.Bytes, true
	case "boolean":
		return settings.Flag, true
	case "integer 8", "array of integer 8":
		return settings.U8, true
	case "integer 16", "array of integer 16":
		return settings.U16, true
	case "integer 32", "array of integer 32":
		return settings.U32, true
	case "domain-list", "domain-list compressed":
		return settings.Domains, true
	}
	return settings.Guess, false
}

// data are the bytes of: option NAME VALUE, VALUE ….
func (d definition) data(words []token) ([]byte, error) {
	form := d.form
	if form == settings.Guess {
		form = settings.FormOf(d.code)
	}
	var values []settings.Value
	for _, w := range words {
		switch {
		case w.is(","):
		case w.mark:
			return nil, errors.New("it is an expression, which Seedbed does not evaluate: write the value")
		default:
			values = append(values, settings.Value{Text: w.text, Quoted: w.quoted})
		}
	}
	return settings.Encode(form, values)
}
