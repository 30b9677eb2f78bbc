package checkup

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"seedbed/internal/config"
)

func TestAMirrorsClockAndSilenceAreFound(t *testing.T) {
	skew := time.Duration(0)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			t.Errorf("asked with %s", r.Method)
		}
		w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
	}))
	defer web.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	settings := func(mirror, cache string) *config.Config {
		text := "interfaces: [eth1]\ndhcp: off\nprofiles:\n  p: {image: x, install: {ssh-keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleEx admin@example], mirror: " + mirror + "}}\n"
		if cache != "" {
			text += "cache: {upstreams: [{name: d, url: " + cache + "}]}\n"
		}
		c, err := config.Parse("seedbed.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, x := range map[string]struct {
		mirror, cache string
		skew          time.Duration
		finding, note string
	}{
		"right":                  {web.URL + "/debian", "", time.Minute, "", ""},
		"an hour apart":          {web.URL + "/debian", "", time.Hour, "clock", ""},
		"a silent mirror":        {gone.URL + "/debian", "", 0, "", "does not answer this host"},
		"a cache without source": {web.URL + "/debian", gone.URL + "/debian", 0, "mirror", ""},
	} {
		skew = x.skew
		var r Report
		r.Mirrors(t.Context(), settings(x.mirror, x.cache))
		var checks []string
		for _, f := range r.Findings {
			checks = append(checks, f.Check)
		}
		if got := strings.Join(checks, " "); got != x.finding {
			t.Errorf("%s: %q %+v, want %q", name, got, r.Findings, x.finding)
		}
		if notes := strings.Join(r.Notes, "\n"); (notes == "") != (x.note == "") || !strings.Contains(notes, x.note) {
			t.Errorf("%s: notes %q", name, notes)
		}
	}
}
