package segment

import (
	"net/netip"
	"testing"
)

func TestEchoRepliesAreOurOwn(t *testing.T) {
	b := buildEcho(7, 1)
	if isEchoReply(b, 7) {
		t.Error("a request is taken for a reply")
	}
	reply := append([]byte{}, b...)
	reply[0], reply[2] = icmpEchoReply, reply[2]+icmpEcho // the checksum goes with the type
	for _, c := range []struct {
		outcome string
		b       []byte
		id      uint16
		want    bool
	}{{"ours", reply, 7, true}, {"another program's", reply, 8, false}, {"cut", reply[:7], 7, false}, {"empty", nil, 7, false},
		{"damaged", append([]byte{0, 0, 9}, reply[3:]...), 7, false}} {
		if got := isEchoReply(c.b, c.id); got != c.want {
			t.Errorf("%s: %v", c.outcome, got)
		}
	}
}

func FuzzPresent(f *testing.F) {
	f.Add(BuildARP(Broadcast, ARP{Op: ARPReply, SenderMAC: Broadcast, SenderIP: netip.MustParseAddr("192.0.2.1"), TargetIP: netip.MustParseAddr("192.0.2.2")}))
	f.Add(buildEcho(1, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		if who, ok := present(b); ok && (!who.Addr.Is4() || who.Addr.IsUnspecified() || len(who.MAC) != 6) {
			t.Errorf("%+v", who)
		}
		isEchoReply(b, 1)
	})
}
