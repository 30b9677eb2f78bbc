package dhcp

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestOptionsByNameAndNumber(t *testing.T) {
	for _, c := range []struct {
		key, values string // values are separated by blanks
		code        uint8
		want        string // hexadecimal
	}{
		{"ntp-servers", "192.0.2.1 192.0.2.2", 42, "c0000201c0000202"},
		{"domain-name-servers", "192.0.2.1", 6, "c0000201"},
		{"time-offset", "-3600", 2, "fffff1f0"},
		{"time-offset", "4294963696", 2, "fffff1f0"},
		{"netbios-node-type", "8", 46, "08"},
		{"46", "8", 46, "08"},
		{"ip-forwarding", "true", 19, "01"},
		{"ip-forwarding", "0", 19, "00"},
		{"path-mtu-plateau-table", "68 1500", 25, "004405dc"},
		{"domain-search", "example.com lab.example.com.", 119, "076578616d706c6503636f6d00036c6162076578616d706c6503636f6d00"},
		{"domain-search", "07:65:78:61:6d:70:6c:65:03:63:6f:6d:00", 119, "076578616d706c6503636f6d00"},
		{"119", "076578616d706c6503636f6d00", 119, "076578616d706c6503636f6d00"},
		{"domain-search", "abcd", 119, "046162636400"},
		{"root-path", "/srv/x", 17, "2f7372762f78"},
		{"224", "192.0.2.9", 224, "c0000209"},
		{"224", "word", 224, "776f7264"},
		{"bootfile-name", "0x6100", 67, "6100"},
	} {
		o, err := ParseOption(c.key, strings.Fields(c.values))
		if got := hex.EncodeToString(o.Data); err != nil || o.Code != c.code || got != c.want {
			t.Errorf("%s: %s: %d %s, %v; want %d %s", c.key, c.values, o.Code, got, err, c.code, c.want)
		}
	}
	for _, c := range [][2]string{{"dhcp-lease-time", "60"}, {"relay-agent-information", "00"}, {"ntp-servers", "ntp.example.com"}, {"domain-search", "a..b"},
		{"domain-search", strings.Repeat("x", 64)}, {"netbios-node-type", "256"}, {"ip-forwarding", "perhaps"}, {"no-such-option", "1"}} {
		if o, err := ParseOption(c[0], []string{c[1]}); err == nil {
			t.Errorf("%s: %s is taken as %x", c[0], c[1], o.Data)
		}
	}
}
