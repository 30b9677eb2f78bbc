package segment

import (
	"net/netip"
	"slices"
	"testing"
)

func TestSocketsInTheWayAreFound(t *testing.T) {
	if htons(1) == 1 {
		t.Skip("the tables below are those of a little-endian computer")
	}
	const tcp4 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1
   1: 010200C0:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 13 1
   3: 010200C0:0051 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 14 1
   4: 010200C0:0050 320200C0:9C40 01 00000000:00000000 00:00000000 00000000     0        0 15 1
  rubbish
   5: zz:0050 a b c d e f g h
`
	const tcp6 = `  sl  local_address remote_address st
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 21
   1: 0000000000000000FFFF0000010200C0:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 22
   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 23
`
	for _, test := range []struct {
		outcome string
		table   string
		tcp     bool
		bind    string
		want    []string
	}{
		{"same and any address, listening", tcp4, true, "192.0.2.1:80", []string{"11", "12"}},
		{"UDP has no state", tcp4, false, "192.0.2.1:80", []string{"11", "12", "15"}},
		{"any address meets all", tcp4, true, "0.0.0.0:80", []string{"11", "12", "13"}},
		{"IPv6 sockets that take IPv4", tcp6, true, "192.0.2.1:80", []string{"21", "22"}},
		{"free port", tcp4, true, "192.0.2.1:8080", nil},
		{"empty table", "", true, "192.0.2.1:80", nil},
	} {
		got := socketsAt(test.table, test.tcp, netip.MustParseAddrPort(test.bind))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q", test.outcome, got, test.want)
		}
	}
}
