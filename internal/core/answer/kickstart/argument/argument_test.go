package argument

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"seedbed/internal/core/answer/kickstart/table"
)

func TestWordsAreSorted(t *testing.T) {
	part, raid := table.For(table.RHEL(9)).Command("part"), table.For(table.RHEL(9)).Command("raid")
	for _, c := range []struct {
		name  string
		cmd   *table.Command
		words string
		want  string // dest=value …, what is left over, or the fault
	}{
		{"joined and apart", part, "/ --size=5 --fstype xfs", "fstype=xfs mntpoint=[/] size=5"},
		{"a flag takes no value", part, "/ --grow=yes", "argument --grow: ignored explicit argument 'yes' @1"},
		{"the last of two counts", part, "/ --size=5 --size=6", "mntpoint=[/] size=6"},
		{"an option may be shortened", part, "/ --siz=5", "mntpoint=[/] size=5"},
		{"but not to what two begin with", part, "/ --pass=a --o=b", "ambiguous option: --o=b could match --onbiosdisk, --ondisk, --ondrive, --onpart @2"},
		{"an unknown option is left over, with its value", part, "/ --bogus x", "mntpoint=[/] left [1 2]"},
		{"the value of an unknown option may be taken for an argument", part, "--bogus / --size=1", "mntpoint=[/] size=1 left [0]"},
		{"an option is no value", part, "/ --size --grow", "argument --size: expected one argument @1"},
		{"a negative number is a value", part, "/ --size -5", "mntpoint=[/] size=-5"},
		{"a word with a blank is a value", part, "/ --label|--a b", "label=--a b mntpoint=[/]"},
		{"a number must be one", part, "/ --size=5G", "argument --size: invalid int value: '5G' @1"},
		{"an argument is missing", part, "--size=5", "the following arguments are required: <mntpoint> @-1"},
		{"a list takes what comes first", raid, "/ --device=0 a b", "device=0 mntpoint=[/] partitions=[] left [2 3]"},
		{"a list at once", raid, "/ a b --device=0", "device=0 mntpoint=[/] partitions=[a b]"},
		{"-- ends an option too", part, "/ --size -- 5", "argument --size: expected one argument @1"},
		{"places count --", part, "/ -- x --y", "mntpoint=[/] left [2 3]"},
		{"behind -- there are no options", part, "-- --size", "mntpoint=[--size]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sep := " "
			if strings.Contains(c.words, "|") {
				sep = "|"
			}
			words := strings.Split(c.words, sep)
			if sep == "|" {
				words = append(strings.Fields(words[0]), words[1])
			}
			a, f := Read(c.cmd, words)
			if got := describe(a, f); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func describe(a Arguments, f *Fault) string {
	if f != nil {
		return fmt.Sprintf("%s @%d", f.Msg, f.At)
	}
	var out []string
	for _, dest := range []string{"device", "fstype", "label", "mntpoint", "partitions", "size"} {
		v, ok := a.Values[dest]
		switch {
		case !ok:
		case v.Kind == List:
			out = append(out, fmt.Sprintf("%s=%v", dest, v.List))
		case v.Kind == Int:
			out = append(out, fmt.Sprintf("%s=%d", dest, v.Int))
		default:
			out = append(out, dest+"="+v.Text)
		}
	}
	if a.Extra != nil {
		out = append(out, fmt.Sprintf("left %v", a.Extra))
	}
	return strings.Join(out, " ")
}

func TestNumbersAreReadAsPythonReadsThem(t *testing.T) {
	for s, want := range map[string]int{"5": 5, " 5 ": 5, "+5": 5, "-5": -5, "1_000": 1000, "007": 7} {
		if n, ok := ParseInt(s); !ok || n != want {
			t.Errorf("%q: got %d, %v", s, n, ok)
		}
	}
	for _, s := range []string{"", "-", "5G", "0x5", "5.0", "_5", "5_", "5__0", "+-5", "٥x"} {
		if n, ok := ParseInt(s); ok {
			t.Errorf("%q is read as %d", s, n)
		}
	}
}

func TestPathsAreCleaned(t *testing.T) {
	for in, want := range map[string]string{"/": "/", "/home/": "/home", "/a/../b//c/.": "/b/c", "//a": "//a", "///a": "/a", "swap": "swap", "pv.1/..": "pv.1/.."} {
		if got := Mountpoint(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestDeprecatedOptionsAreNoted(t *testing.T) {
	cmd := table.For(table.RHEL(6)).Command("part")
	a, f := Read(cmd, strings.Fields("/ --start 1 --bytes-per-inode=2"))
	if f != nil || len(a.Deprecated) != 2 || !reflect.DeepEqual([]int{a.Deprecated[0].At, a.Deprecated[1].At}, []int{1, 3}) {
		t.Errorf("got %+v, %v", a.Deprecated, f)
	}
}
