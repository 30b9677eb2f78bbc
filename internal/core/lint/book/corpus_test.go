package book

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/reach"
	"seedbed/internal/core/machine"
)

// The corpus: testdata/KIND/NAME.case. A case is a header of "name: value"
// lines, a line "--", and the answer file as it is served. The header says
// what is known beside the file:
//
//	for: debian-13            the release
//	args: auto=true …         kernel arguments ("args:" alone: none at all)
//	loader, firmware, memory, cards, offline, mirror, dns, gateway, disks (as 20G,2T), packages, suites, iso, kernel-of, netboot, callback, warns (the image),
//	server, proxy, unreached (an URL and why), initrd (names of files in it)
//	text: none                there is no answer file
//	want: P003 at 4           a finding, by rule and line (0: the whole file)
//	fixed: yes                with the safe edits made, nothing is found any more
//
// Without want, nothing may be found.
func TestCorpus(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/*.case")
	if err != nil || len(cases) == 0 {
		t.Fatal("there is no corpus", err)
	}
	bad, good := map[int]int{}, map[int]int{}
	for _, name := range cases {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(name, "testdata/"), ".case"), func(t *testing.T) {
			c := readCase(t, name)
			found := lint.Run(All(), c.subject())
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%s at %d", f.Rule, f.Line))
			}
			slices.Sort(got)
			if want := slices.Sorted(slices.Values(c.want)); !slices.Equal(slices.Compact(got), want) {
				t.Errorf("found %q, want %q", got, want)
			}
			for _, f := range found {
				if f.Why == "" || f.Fix == "" || f.Stage == "" || f.Effect == "" || f.Msg == "" {
					t.Errorf("a field is missing: %+v", f)
				}
			}
			if c.fixed {
				s := c.subject()
				text, _ := lint.Fix(s.Text, found)
				s = c.subject()
				s.Text = text
				for _, f := range lint.Run(All(), s) {
					t.Errorf("still found after mending: %s at %d in\n%s", f.Rule, f.Line, text)
				}
			}
			for _, w := range c.want {
				id, _, _ := strings.Cut(w, " ")
				r, _ := Find(id)
				for _, trap := range r.Traps {
					bad[trap]++
				}
			}
			for _, trap := range c.good {
				good[trap]++
			}
		})
	}
	for _, r := range All() {
		for _, trap := range r.Traps {
			if bad[trap] == 0 {
				t.Errorf("trap %d of %s has no bad case", trap, r.ID)
			}
			if good[trap] == 0 {
				t.Errorf("trap %d of %s has no good case: one with \"good: %d\" that nothing is found in", trap, r.ID, trap)
			}
		}
	}
	t.Logf("%d cases; traps with a bad and a good case: %v", len(cases), slices.Sorted(maps.Keys(bad)))
}

type kase struct {
	head  map[string]string
	text  []byte
	kind  answer.Kind
	want  []string
	good  []int
	fixed bool
}

func readCase(t *testing.T, name string) kase {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, text, ok := bytes.Cut(b, []byte("--\n"))
	if !ok {
		t.Fatal("no line -- after the header")
	}
	c := kase{head: map[string]string{}, text: text, kind: answer.Kind(filepath.Base(filepath.Dir(name)))}
	for line := range strings.Lines(string(head)) {
		k, v, ok := strings.Cut(strings.TrimRight(line, "\n"), ":")
		if !ok {
			t.Fatalf("header %q", line)
		}
		v = strings.TrimPrefix(v, " ")
		switch k {
		case "want":
			id, _, at := strings.Cut(v, " at ")
			if _, ok := Find(id); !ok || !at {
				t.Fatalf("want: %q names no rule and line", v)
			}
			c.want = append(c.want, v)
		case "good":
			for w := range strings.FieldsSeq(v) {
				n, err := strconv.Atoi(w)
				if err != nil {
					t.Fatal(err)
				}
				c.good = append(c.good, n)
			}
		case "for", "args", "loader", "firmware", "memory", "cards", "offline", "mirror", "dns", "gateway", "disks", "packages", "suites", "text", "fixed", "kind", "iso", "kernel-of", "netboot", "callback", "warns", "server", "proxy", "unreached", "initrd":
			c.head[k] = v
		default:
			t.Fatalf("the header has %q", k)
		}
	}
	if len(c.want) > 0 && len(c.good) > 0 {
		t.Fatal("a case is good or has a want")
	}
	c.fixed = c.head["fixed"] == "yes"
	return c
}

// image is one with the ISO's size ("iso: 3G") and the side that the kernel
// comes from ("kernel-of: netboot").
func (c kase) image() *image.Image {
	iso, side, netboot := c.head["iso"], image.Side(c.head["kernel-of"]), c.head["netboot"]
	var warnings []string
	if w := c.head["warns"]; w != "" {
		warnings = []string{w}
	}
	if iso == "" && side == "" && netboot == "" && warnings == nil {
		return nil
	}
	family := map[string]image.Family{"autoinstall": image.Subiquity, "kickstart": image.RedHat}[string(c.kind)]
	if family == "" {
		distro, _, _ := strings.Cut(c.head["for"], "-")
		family = image.Family(distro)
	}
	return &image.Image{Name: "image", Family: family, Mirror: true, Warnings: warnings, Netboot: netboot != "no", Sources: map[image.Side]image.Source{image.Medium: {Size: size(iso)}},
		Files: []image.File{{Role: image.Kernel, Side: cmp.Or(side, image.Medium)}}}
}

// size reads 20G, 512M, 2T as bytes.
func size(s string) int64 {
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimRight(s, "MGT"), 10, 64)
	if err != nil {
		panic(err)
	}
	return n << map[byte]int{'M': 20, 'G': 30, 'T': 40}[s[len(s)-1]]
}

func (c kase) subject() *lint.Subject {
	r, err := lint.ParseRelease(c.head["for"])
	if err != nil {
		panic(err)
	}
	s := &lint.Subject{Name: "file", Text: c.text, Kind: c.kind, Release: r, Loader: c.head["loader"], Mirror: c.head["mirror"],
		Firmware: machine.Firmware(c.head["firmware"]), Offline: c.head["offline"] == "yes"}
	if k := c.head["kind"]; k != "" {
		s.Kind = answer.Kind(k)
	}
	if c.head["text"] == "none" {
		s.Text = nil
	}
	if a, ok := c.head["args"]; ok {
		s.Args = append([]string{}, strings.Fields(a)...)
	}
	if d, ok := c.head["dns"]; ok {
		s.Subnet = &lease.Subnet{Network: netip.MustParsePrefix("192.0.2.0/24"), Gateway: netip.MustParseAddr("192.0.2.1")}
		if d != "none" {
			s.Subnet.DNS = []netip.Addr{netip.MustParseAddr(d)}
		}
		if c.head["gateway"] == "none" {
			s.Subnet.Gateway = netip.Addr{}
		}
	}
	s.Memory, _ = strconv.Atoi(c.head["memory"])
	s.Cards, _ = strconv.Atoi(c.head["cards"])
	for i, d := range strings.FieldsFunc(c.head["disks"], func(c rune) bool { return c == ',' }) {
		s.Disks = append(s.Disks, lint.Disk{Path: "/dev/vd" + string(rune('a'+i)), Size: size(d)})
	}
	if p, ok := c.head["packages"]; ok {
		s.Packages = func(n string) bool { return slices.Contains(strings.Fields(p), n) }
		s.Groups = s.Packages
	}
	s.Suites = strings.Fields(c.head["suites"])
	if names, ok := c.head["initrd"]; ok {
		s.InInitrd = func(n string) bool { return slices.Contains(strings.Fields(names), n) }
	}
	s.NoCallback = c.head["callback"] == "no"
	s.Image, s.Server, s.Proxy = c.image(), c.head["server"], c.head["proxy"]
	if u, why, ok := strings.Cut(c.head["unreached"], " "); ok {
		s.Probed = map[string]string{}
		for _, p := range reach.Outside(s) {
			if p.URL == u {
				s.Probed[p.Key()] = why
			}
		}
	}
	return s
}
