package rehearse

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seedbed/internal/core/install"
	"seedbed/internal/pulse"
	"seedbed/internal/rehearse/report"
)

// The timeline tells of what comes by the dozen once a boot; the list of
// requests has all of it.
func TestTheTimelineIsShort(t *testing.T) {
	p := pulse.By(func() time.Duration { return 0 })
	r := &run{pulse: p, start: p.Now(), result: report.Result{}, Options: Options{Say: func(time.Duration, install.Step, string) {}}}
	for r.boot = 1; r.boot <= 2; r.boot++ {
		for _, path := range []string{"grubx64.efi", "command.lst", "fs.lst", "ufs2.mod", "cbfs.mod"} {
			r.take(install.Event{Step: install.Loaded, Text: path, Path: path, Bytes: 1})
		}
	}
	r.boot = 1
	r.take(install.Event{Step: install.Answered, Text: "preseed.cfg"})
	for _, path := range []string{"images/a/Release", "images/a/Packages.gz"} {
		r.take(install.Event{Step: install.Fetched, Text: path[len("images/a/"):], Path: path, Bytes: 1})
	}
	var got []string
	for _, s := range r.result.Stages {
		got = append(got, fmt.Sprintf("%d %s %s", s.Boot, s.Step, s.Text))
	}
	const modules = "GRUB's modules and lists, from command.lst on"
	want := []string{"1 loaded grubx64.efi", "1 loaded " + modules, "2 loaded grubx64.efi", "2 loaded " + modules,
		"1 answered preseed.cfg", "1 fetched packages of the medium, from Release on"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if r.result.Requests != 12 || len(r.result.Served) != 12 || r.result.Bytes != 12 {
		t.Errorf("%d requests of %d bytes, %d listed; want 12 of each", r.result.Requests, r.result.Bytes, len(r.result.Served))
	}
}
