package book

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/lint"
)

// Every answer file that the renderers' golden files hold is found good, with
// its kernel arguments, on a subnet with router and name server.
func TestNothingIsFoundInWhatIsRendered(t *testing.T) {
	files, err := filepath.Glob("../../answer/testdata/dialect/*.golden")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".golden"), func(t *testing.T) {
			s := golden(t, name)
			for _, f := range lint.Run(All(), s) {
				if f.Rule == "K004" && strings.HasSuffix(name, "-full.golden") {
					continue // that install says utc: false
				}
				t.Errorf("%s: %s %s: %s\n\t%s", f.Position, f.Severity, f.Rule, f.Msg, s.Line(f.Line))
			}
		})
	}
}

// golden reads "kernel arguments: …", and of the files behind "==> NAME" the
// answer file.
func golden(t *testing.T, name string) *lint.Subject {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var head, file, text string
	for i, part := range strings.Split("\n"+string(b), "\n==> ") {
		first, body, _ := strings.Cut(part, "\n")
		switch {
		case i == 0:
			head = part
		case slices.Contains([]string{"preseed.cfg", "ks.cfg", "user-data", "autoinst.xml", "agama.json", "config.ign", "answer.toml"}, first):
			file, text = first, strings.TrimSuffix(body, "\n")+"\n"
		}
	}
	if file == "" {
		t.Fatal("it holds no answer file")
	}
	release, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(name), ".golden"), "-example")
	release, _, _ = strings.Cut(release, "-full")
	release, _, _ = strings.Cut(release, "-raid")
	switch {
	case release == "coreos":
		release = "fedora-coreos"
	case strings.HasPrefix(release, "proxmox"):
		release = "proxmox-ve-9"
	}
	r, err := lint.ParseRelease(release)
	if err != nil {
		t.Fatal(err)
	}
	s := &lint.Subject{Name: file, Text: []byte(text), Kind: lint.KindOf(text), Release: r,
		Subnet: &lease.Subnet{Network: netip.MustParsePrefix("192.0.2.0/24"), Gateway: netip.MustParseAddr("192.0.2.1"), DNS: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}}
	if s.Kind == answer.Kickstart && (r.Distro == "ubuntu" || r.Distro == "debian") {
		s.Kind = answer.Kickseed
	}
	for line := range strings.Lines(head) {
		if args, ok := strings.CutPrefix(line, "kernel arguments: "); ok {
			s.Args = strings.Fields(args)
		}
	}
	return s
}
