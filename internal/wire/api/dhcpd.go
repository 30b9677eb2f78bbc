package api

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"seedbed/internal/core/lease"
)

// SortLeases gives the leases by subnet and address; the argument is left.
func SortLeases(leases []lease.Lease) []lease.Lease {
	out := slices.Clone(leases)
	slices.SortStableFunc(out, byAddress)
	return out
}

// FormatDHCPD writes leases as ISC dhcpd keeps them (dhcpd.leases(5)), for
// programs that read that file. Times are UTC. Offers are left out: dhcpd
// writes none either. Declined is "abandoned", Released is "free".
func FormatDHCPD(w io.Writer, leases []lease.Lease) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "# The format of this file is documented in the dhcpd.leases(5) manual page.\n# Written by seedbed.\n")
	for _, l := range SortLeases(leases) {
		state, ok := bindingStates[l.State]
		if !ok {
			continue
		}
		fmt.Fprintf(b, "\nlease %s {\n", l.Address)
		fmt.Fprintf(b, "  starts %s;\n  ends %s;\n", dhcpdTime(l.Start), dhcpdEnd(l))
		fmt.Fprintf(b, "  binding state %s;\n", state)
		if !l.MAC.IsZero() {
			fmt.Fprintf(b, "  hardware ethernet %s;\n", l.MAC)
		}
		if len(l.ClientID) > 0 {
			fmt.Fprintf(b, "  uid %s;\n", dhcpdString(l.ClientID))
		}
		if l.HostName != "" {
			fmt.Fprintf(b, "  client-hostname %s;\n", dhcpdString([]byte(l.HostName)))
		}
		fmt.Fprint(b, "}\n")
	}
	return b.Flush()
}

var bindingStates = map[lease.State]string{
	lease.Active:   "active",
	lease.Released: "free",
	lease.Expired:  "expired",
	lease.Declined: "abandoned",
}

func dhcpdEnd(l lease.Lease) string {
	if l.Expires.Sub(l.Start) >= lease.Infinite {
		return "never"
	}
	return dhcpdTime(l.Expires)
}

// dhcpdTime is the day of the week (0 is Sunday), then date and time.
func dhcpdTime(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	t = t.UTC()
	return fmt.Sprintf("%d %s", t.Weekday(), t.Format("2006/01/02 15:04:05"))
}

// dhcpdString quotes bytes; those that cannot be printed are octal escapes.
func dhcpdString(s []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c > 0x7e:
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
