package form

import (
	"strings"
	"testing"

	"seedbed/internal/core/answer/kickstart/argument"
	"seedbed/internal/core/answer/kickstart/table"
)

// elsewhere are commands that room rule writes by itself, and options that mean
// the lack or the other name of something that is written.
var elsewhere = map[string]bool{
	"firewall": true, "firstboot": true, "keyboard": true, "rootpw": true, "timezone": true, "key": true, "method": true, "install": true,
	"bootloader --nolinear": true, "lilo --nolinear": true, "bootloader --md5pass": true, "bootloader --disabled": true, "vnc --connect": true,
	"user --plaintext": true, "btrfs --parent": true, "autopart --nolvm": true,
}

func TestEveryOptionIsWritten(t *testing.T) {
	for _, v := range table.All() {
		set := table.For(v)
		for _, name := range set.Names() {
			cmd := set.Command(name)
			if cmd.Status != table.Supported || elsewhere[name] {
				continue
			}
			f := Of(name)
			if f == nil {
				t.Errorf("%v: %s has no form", v, name)
				continue
			}
			for _, o := range cmd.Options {
				if !o.Deprecated && !elsewhere[name+" "+o.Names[0]] && !f.writes(o, v) {
					t.Errorf("%v: %s does not write %s", v, name, o.Names[0])
				}
			}
		}
	}
}

func TestNamesOfOneCommandShareAForm(t *testing.T) {
	for _, v := range table.All() {
		set, forms := table.For(v), map[string]*Form{}
		for _, name := range set.Names() {
			syntax := set.Command(name).Syntax
			if f, ok := forms[syntax]; ok && f != Of(name) {
				t.Errorf("%v: %s is one command with another, but has a form of its own", v, name)
			}
			forms[syntax] = Of(name)
		}
	}
}

func (f *Form) writes(o *table.Option, v table.Version) bool {
	for _, p := range f.parts {
		if p.in.Holds(v) && p.name == o.Names[0] {
			return true
		}
	}
	return false
}

func TestEveryPartIsAnOptionOfSomeVersion(t *testing.T) {
	known := map[*Form]map[string]bool{}
	for name, f := range forms() {
		if known[f] == nil {
			known[f] = map[string]bool{}
		}
		for _, v := range table.All() {
			for _, p := range f.parts {
				cmd := table.For(v).Command(name)
				if p.name == "" || cmd != nil && p.in.Holds(v) && cmd.Option(p.name) != nil {
					known[f][p.text] = true
				}
			}
		}
	}
	for name, f := range forms() {
		for _, p := range f.parts {
			if !known[f][p.text] {
				t.Errorf("no version has %s %s", name, p.text)
			}
		}
	}
}

func TestLineIsWrittenPartByPart(t *testing.T) {
	cmd := table.For(table.RHEL(9)).Command("part")
	values := map[string]argument.Value{
		"mntpoint":   {Kind: argument.List, List: []string{"/"}},
		"label":      {Kind: argument.Text, Text: "a b", Given: true},
		"size":       {Kind: argument.Int, Int: 5, Given: true},
		"maxSizeMB":  {Kind: argument.Int, Int: 0, Given: true},
		"grow":       {Kind: argument.Flag, True: true, Given: true},
		"format":     {Kind: argument.Flag, Given: true},
		"passphrase": {Kind: argument.Text, Text: "unused without --encrypted", Given: true},
	}
	const want = "part / --grow --noformat --size=5 --label=\"a b\"\n"
	if got := Line(cmd, table.RHEL(9), values); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Line(&table.Command{Name: "frobnicate"}, table.RHEL(9), nil); !strings.HasPrefix(got, "frobnicate") {
		t.Errorf("got %q", got)
	}
}
