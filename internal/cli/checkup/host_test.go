package checkup

import (
	"strings"
	"testing"
	"time"
)

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
