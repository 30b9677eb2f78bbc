package packet

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

var ip = netip.MustParseAddr

// raw is a message of fixed fields and the given option bytes.
func raw(options ...byte) []byte {
	b := make([]byte, optionsAt, MinLen)
	b[0], b[1], b[2] = OpRequest, Ethernet, 6
	copy(b[28:], []byte{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1})
	copy(b[headerLen:], cookie[:])
	return append(b, options...)
}

func TestParseReadsWhatAppendWrites(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789"), 60)
	m := Message{Op: OpRequest, HType: 1, HLen: 6, Hops: 2, XID: 0xdeadbeef, Secs: 7, Flags: FlagBroadcast,
		CIAddr: ip("192.0.2.1"), YIAddr: ip("192.0.2.2"), SIAddr: ip("192.0.2.3"), GIAddr: ip("192.0.2.4"),
		SName: "server", File: "pxelinux.0",
		Options: []Option{{OptMessageType, []byte{1}}, {OptVendor, long}, {OptUserClass, nil}, {OptRelay, []byte{1, 1, 9}}}}
	copy(m.CHAddr[:], []byte{1, 2, 3, 4, 5, 6})
	b := m.Append(nil, 1500)
	var got Message
	if err := Parse(b, &got); err != nil {
		t.Fatal(err)
	}
	if got.XID != m.XID || got.GIAddr != m.GIAddr || got.File != m.File || got.SName != m.SName || got.CHAddr != m.CHAddr || got.Flags != m.Flags {
		t.Errorf("got %+v", got)
	}
	if !bytes.Equal(got.Get(OptVendor), long) {
		t.Error("D23: an option of 600 bytes did not survive")
	}
	if d := got.Get(OptUserClass); d == nil || len(d) != 0 {
		t.Errorf("an empty option is there and empty, got %v", d)
	}
	if got.Get(OptDNS) != nil {
		t.Error("an absent option is nil")
	}
}

func TestRepliesAreBOOTPSizedAndEnded(t *testing.T) {
	b := (&Message{Op: OpReply, Options: []Option{{OptMessageType, []byte{2}}}}).Append(nil, 548)
	if len(b) != MinLen {
		t.Errorf("D26: %d bytes", len(b))
	}
	if b[optionsAt+3] != OptEnd {
		t.Error("D2: no end option")
	}
}

func TestOptionsThatDoNotFitAreLeftOutButNotTheRelays(t *testing.T) {
	m := Message{Options: []Option{{OptMessageType, []byte{2}}, {OptVendor, make([]byte, 400)}, {OptDomain, []byte("x")}, {OptRelay, make([]byte, 100)}}}
	b := m.Append(nil, 548)
	var got Message
	if err := Parse(b, &got); err != nil {
		t.Fatal(err)
	}
	if len(b) > 548 || got.Get(OptVendor) != nil || got.Get(OptDomain) == nil || len(got.Get(OptRelay)) != 100 {
		t.Errorf("%d bytes, %+v", len(b), got.Options)
	}
}

func TestParseJoinsOptionsAndReadsOverloadedFields(t *testing.T) {
	b := raw(OptOverload, 1, 3, OptDomain, 2, 'a', 'b', OptEnd)
	copy(b[108:], []byte{OptDomain, 2, 'c', 'd', OptEnd, OptDomain, 1, 'X'})
	copy(b[44:], []byte{OptPad, OptDomain, 1, 'e', OptHostName, 1, 'h'})
	var m Message
	if err := Parse(b, &m); err != nil {
		t.Fatal(err)
	}
	if d := string(m.Get(OptDomain)); d != "abcde" {
		t.Errorf("D23, D24: %q", d)
	}
	if m.File != "" || m.SName != "" || string(m.Get(OptHostName)) != "h" {
		t.Errorf("%q %q", m.File, m.SName)
	}
}

func TestParseRefusesWhatIsBroken(t *testing.T) {
	set := func(at int, v byte) []byte { b := raw(OptEnd); b[at] = v; return b }
	for name, b := range map[string][]byte{
		"D32 empty":                   {},
		"D32 shorter than the cookie": raw()[:239],
		"D32 hlen 17":                 set(2, 17),
		"D32 17 hops":                 set(3, 17),
		"option without a length":     raw(OptDomain),
		"option over the end":         raw(OptDomain, 5, 'a', 'b'),
		"option over the file field": func() []byte {
			b := raw(OptOverload, 1, 1, OptEnd)
			b[108+126], b[108+127] = 0, 9
			return b
		}(),
	} {
		if err := Parse(b, new(Message)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	var m Message
	if err := Parse(append(make([]byte, 240), OptDomain, 200), &m); err != nil || m.Type() != 0 {
		t.Errorf("a message without a cookie is BOOTP: %v", err)
	}
	if err := Parse(raw(OptDomain, 1, 'a'), &m); err != nil || string(m.Get(OptDomain)) != "a" {
		t.Errorf("a missing end option is forgiven: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(raw(OptMessageType, 1, 1, OptEnd))
	f.Add(raw(OptOverload, 1, 3, OptDomain, 2, 'a', 'b', OptDomain, 1, 'c', OptEnd))
	f.Add(raw(OptUserClass, 5, 4, 'i', 'P', 'X', 'E', OptFQDN, 6, 4, 0, 0, 1, 'h', 0, OptRelay, 4, 5, 2, 1, 1))
	var m, again Message
	f.Fuzz(func(t *testing.T, b []byte) {
		if Parse(b, &m) != nil {
			return
		}
		Sub(m.Get(OptRelay), RelayLink)
		limit := 2000
		out := m.Append(nil, limit)
		if len(out) > max(limit, MinLen)+len(m.Get(OptRelay))*2 {
			t.Fatalf("%d bytes", len(out))
		}
		if err := Parse(out, &again); err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		for i := 1; i < len(m.Options); i++ {
			for j := range i {
				if m.Options[i].Code == m.Options[j].Code {
					t.Fatalf("option %d twice", m.Options[i].Code)
				}
			}
		}
	})
}

func TestArrange(t *testing.T) {
	var opts []Option
	for _, c := range []uint8{OptRelay, OptDomain, OptRouter, OptMask, OptLeaseTime, OptServerID, OptMessageType} {
		opts = append(opts, Option{Code: c})
	}
	var got []byte
	for _, o := range Arrange(nil, opts, []byte{OptRelay, OptRouter, OptRouter, OptNTP, OptEnd}) {
		got = append(got, o.Code)
	}
	if want := []byte{53, 54, 51, 1, 3, 15, 82}; !bytes.Equal(got, want) {
		t.Errorf("D8, D27, D29: got %v, want %v", got, want)
	}
}

func TestSubOptionCutShortIsNone(t *testing.T) {
	for _, d := range [][]byte{nil, {5}, {5, 4, 1, 2}, {1, 9, 5, 4}} {
		if Sub(d, 5) != nil {
			t.Errorf("%v: found", d)
		}
	}
}

func TestTypesHaveTheNamesOfServerLogs(t *testing.T) {
	if s := Discover.String() + Nak.String() + MessageType(0).String() + MessageType(99).String(); !strings.HasPrefix(s, "DHCPDISCOVERDHCPNAKBOOTP") {
		t.Error(s)
	}
}

func TestTheTypeIsToldWithoutParsing(t *testing.T) {
	for _, c := range []struct {
		options []byte
		want    MessageType
	}{
		{[]byte{OptMessageType, 1, 3, OptEnd}, Request},
		{[]byte{OptPad, OptPad, OptHostName, 2, 'a', 'b', OptMessageType, 1, 1, OptEnd}, Discover},
		{[]byte{OptHostName, 200, 'a', OptMessageType, 1, 1}, 0},
		{[]byte{OptMessageType, 2, 1, 1, OptEnd}, 0},
		{[]byte{OptEnd, OptMessageType, 1, 1}, 0},
		{nil, 0},
	} {
		b := raw(c.options...)
		if got := TypeOf(b); got != c.want {
			t.Errorf("% x: %v, want %v", c.options, got, c.want)
		}
		var m Message
		if Parse(b, &m) == nil && m.Type() != c.want {
			t.Errorf("% x: Parse says %v", c.options, m.Type())
		}
		for n := range b {
			TypeOf(b[:n]) // no panic
		}
	}
	bootp := raw(OptMessageType, 1, 1)
	bootp[headerLen] = 0
	if TypeOf(bootp) != 0 {
		t.Error("without the cookie there are no options")
	}
}
