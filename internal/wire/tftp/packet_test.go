package tftp

import (
	"bytes"
	"encoding/binary"
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

// FuzzBlocks gives any file in any terms and puts its packets together again,
// windows resent now and then.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte("a\r\nb\n"), uint16(8), uint16(4), true, uint32(7))
	f.Add(make([]byte, 5000), uint16(512), uint16(1), false, uint32(0))
	f.Fuzz(func(t *testing.T, data []byte, block, window uint16, text bool, again uint32) {
		opt := Options{Block: minBlock + int(block)%1461, Window: 1 + int(window)%64}
		b := newBlocks(patient{bytes.NewReader(data)}, int64(len(data)), opt, text)
		want := data
		if text {
			want = []byte(strings.NewReplacer("\r", "\r\x00", "\n", "\r\n").Replace(string(data)))
		}
		got := sendAll(t, b, opt, again)
		if !bytes.Equal(got, want) {
			t.Errorf("%+v text %t: %d bytes became %d, want %d", opt, text, len(data), len(got), len(want))
		}
	})
}

// sendAll acknowledges each window whole or, by the bits of again, in part.
func sendAll(t *testing.T, b *blocks, opt Options, again uint32) (got []byte) {
	for acked := int64(0); b.final == 0 || acked < b.final; {
		var window []byte
		n := acked + 1
		for n <= acked+int64(opt.Window) && (b.final == 0 || n <= b.final) {
			packets, k := b.run(n, acked+int64(opt.Window))
			if k == 0 {
				if err := b.fetch(); err != nil {
					t.Fatal(err)
				}
				b.fetched()
				continue
			}
			for at := 0; at < len(packets); at += headerLen + opt.Block {
				p := packets[at:min(at+headerLen+opt.Block, len(packets))]
				if p[1] != opDATA || binary.BigEndian.Uint16(p[2:]) != uint16(n) {
					t.Fatalf("block %d is headed %x", n, p[:4])
				}
				window = append(window, p[headerLen:]...)
				n++
			}
		}
		took := n - 1 - acked
		if again = again>>1 | again<<31; again&1 == 1 && took > 1 {
			took /= 2
			window = window[:int(took)*opt.Block]
		}
		got, acked = append(got, window...), acked+took
	}
	return got
}
