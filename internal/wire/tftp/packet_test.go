package tftp

import (
	"net/netip"
	"strings"
	"testing"
)

// Unicast opens desk.unicast to the outcome tests.
func Unicast(p Port, a netip.Addr) bool { return (&desk{port: p}).unicast(a) }

func TestRequestsAsFirmwareSendsThem(t *testing.T) {
	for name, c := range map[string]struct {
		sent    string
		want    string // name|mode|option=value...
		wantErr error
	}{
		"plain":            {"\x00\x01pxelinux.0\x00OCTET\x00", "pxelinux.0|octet", nil},
		"edk2":             {"\x00\x01a\x00octet\x00tsize\x000\x00blksize\x001468\x00windowsize\x004\x00", "a|octet|tsize=0|blksize=1468|windowsize=4", nil},
		"padded":           {"\x00\x01a\x00octet\x00tsize\x000\x00\x00\x00\x00", "a|octet|tsize=0", nil},
		"value cut":        {"\x00\x01a\x00octet\x00tsize\x000", "a|octet", nil},
		"no mode":          {"\x00\x01a\x00", "", errMalformed},
		"no end":           {"\x00\x01abc", "", errMalformed},
		"data":             {"\x00\x03\x00\x01", "", errNotRequest},
		"too short":        {"\x00\x01", "", errNotRequest},
		"name of 513 byte": {"\x00\x01" + strings.Repeat("n", 513) + "\x00octet\x00", "", errMalformed},
	} {
		r, err := parseRequest([]byte(c.sent))
		if err != c.wantErr {
			t.Errorf("%s: error %v, want %v", name, err, c.wantErr)
			continue
		}
		got := r.name + "|" + r.mode
		for _, o := range r.options {
			got += "|" + o.name + "=" + o.value
		}
		if err == nil && got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestRepeatedOptionCountsOnce(t *testing.T) {
	opt, acked := negotiate([]option{{"blksize", "1024"}, {"BlkSize", "512"}}, terms{block: 1468, window: 64})
	if opt.Block != 1024 || len(acked) != 1 {
		t.Errorf("block %d, %v", opt.Block, acked)
	}
}

func TestBlockLeavesRoomForIPv6(t *testing.T) {
	if n := blockFor(1500, netip.MustParseAddr("2001:db8::1")); n != 1448 {
		t.Errorf("%d, want 1448", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"\x00\x01pxelinux.0\x00octet\x00", "\x00\x01a\xff\x00netascii\x00tsize\x000\x00BLKSIZE\x0065464\x00windowsize\x004\x00timeout\x003\x00",
		"\x00\x02x\x00octet\x00", "\x00\x01\\..\\x\x00octet\x00\x00", "", "\x00\x05\x00\x08User aborted\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= headerLen {
			parseError(b)
		}
		r, err := parseRequest(b)
		if err != nil {
			return
		}
		name, err := cleanName(r.name)
		if err == nil && (strings.HasPrefix(name, "/") || strings.Contains(name, `\`) || strings.Contains("/"+name+"/", "/../") || strings.Contains(name, "//")) {
			t.Errorf("name %q came out as %q", r.name, name)
		}
		lim := terms{block: 1468, window: 64, size: 7}
		opt, acked := negotiate(r.options, lim)
		if opt.Block < minBlock || opt.Block > lim.block || opt.Window < 1 || opt.Window > lim.window {
			t.Errorf("options %+v", opt)
		}
		if len(acked) > len(r.options) || len(buildOACK(acked)) > len(b)+64 {
			t.Errorf("acknowledged %v for %v", acked, r.options)
		}
	})
}
