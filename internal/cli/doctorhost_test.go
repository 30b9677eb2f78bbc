package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheHolderOfAPortIsNamed(t *testing.T) {
	proc := t.TempDir()
	put := func(name, text string) {
		if err := os.MkdirAll(filepath.Join(proc, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const head = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"
	put("net/udp", head+"  337: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0\n")
	put("net/tcp", head+"    0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100\n"+
		"    1: 0100007F:0051 0100007F:8000 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100\n")
	put("812/comm", "dnsmasq\n")
	put("90/comm", "nginx\n")
	for link, to := range map[string]string{"812/fd/4": "socket:[4711]", "90/fd/6": "socket:[4712]", "90/fd/7": "socket:[4713]"} {
		if err := os.MkdirAll(filepath.Join(proc, filepath.Dir(link)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(proc, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		proto string
		port  uint16
		want  string
	}{
		{"udp", 67, "dnsmasq (process 812)"}, {"tcp", 80, "nginx (process 90)"}, {"udp", 69, ""},
		{"tcp", 81, ""}, // a connection, and nobody who listens
	} {
		if got := holder(proc, c.proto, c.port); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.proto, c.port, got, c.want)
		}
	}
}

func TestAClockThatIsWrongIsFound(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		now, hardware time.Time
		want          string
	}{
		"right":              {now, now.Add(time.Second), ""},
		"without hardware":   {now, time.Time{}, ""},
		"never set":          {time.Unix(86400, 0), time.Time{}, "long ago"},
		"an hour apart":      {now, now.Add(-time.Hour), "differ by 1h0m0s"},
		"behind by too much": {now, now.Add(6 * time.Minute), "differ by 6m0s"},
	} {
		got := ""
		clockFindings(c.now, c.hardware, func(msg, hint string) { got += msg })
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMissingRightsAreNamed(t *testing.T) {
	for _, c := range []struct {
		mask   string
		lowest int
		want   int
	}{{"0000000000000000", 1024, 2}, {"0000000000000000", 0, 1}, {"0000000000002400", 1024, 0}, {"000001ffffffffff", 1024, 0}, {"0000000000000400", 1024, 1}} {
		if got := missingRights([]byte("Name:\tx\nCapEff:\t"+c.mask+"\n"), c.lowest); len(got) != c.want {
			t.Errorf("%s: %v", c.mask, got)
		}
	}
}
