package table

import (
	"slices"
	"strconv"
	"strings"
)

// Version is a version of the Kickstart syntax: one for each release of Fedora
// and each major release of Red Hat Enterprise Linux. Versions compare as the
// releases' syntaxes followed one another: RHEL 7 lies between Fedora 21 and 22.
type Version int

// rhel counts from here, behind the last Fedora of which it was made.
const rhel = 100

// forked names, for each RHEL, the Fedora that it follows.
var forked = map[int]int{3: 2, 4: 3, 5: 6, 6: 13, 7: 21, 8: 28, 9: 34, 10: 40, 11: 45}

// Oldest and newest releases of each line.
const (
	firstFedora, lastFedora = 3, 45
	firstRHEL, lastRHEL     = 3, 11
)

// Fedora is the version of a Fedora release, from 3 on.
func Fedora(n int) Version { return Version(n * 1000) }

// RHEL is the version of a Red Hat Enterprise Linux release, from 3 on.
func RHEL(n int) Version { return Version(forked[n]*1000 + rhel + n) }

// rhelNumber is the major release, or 0 for a Fedora.
func (v Version) rhelNumber() int {
	if rest := int(v) % 1000; rest > rhel {
		return rest - rhel
	}
	return 0
}

// IsRHEL says that the version is one of Red Hat Enterprise Linux.
func (v Version) IsRHEL() bool { return v.rhelNumber() > 0 }

// Number is the release's number within its line.
func (v Version) Number() int {
	if n := v.rhelNumber(); n > 0 {
		return n
	}
	return int(v) / 1000
}

// Since says whether a syntax that Fedora brought in release fedora and RHEL in
// release rhel holds for v. A zero means never.
func (v Version) Since(fedora, rhel int) bool {
	if n := v.rhelNumber(); n > 0 {
		return rhel > 0 && n >= rhel
	}
	return fedora > 0 && v.Number() >= fedora
}

// String is the version's name, as "RHEL9", "F43" or "FC6".
func (v Version) String() string {
	n := v.Number()
	switch {
	case v.IsRHEL():
		return "RHEL" + strconv.Itoa(n)
	case n <= 6:
		return "FC" + strconv.Itoa(n)
	}
	return "F" + strconv.Itoa(n)
}

// Header is what stands behind "#version=" in a file of this version: the
// newest Fedora is called DEVEL.
func (v Version) Header() string {
	if v == Fedora(lastFedora) {
		return "DEVEL"
	}
	return v.String()
}

// All are the versions that the table knows, Fedora first, each line ascending.
func All() []Version {
	var out []Version
	for n := firstFedora; n <= lastFedora; n++ {
		out = append(out, Fedora(n))
	}
	for n := firstRHEL; n <= lastRHEL; n++ {
		out = append(out, RHEL(n))
	}
	return out
}

// UnknownVersionError is a release name that means no version.
type UnknownVersionError struct{ Name string }

func (e *UnknownVersionError) Error() string {
	return "no Kickstart version is called " + strconv.Quote(e.Name) +
		"; there are RHEL3 to RHEL" + strconv.Itoa(lastRHEL) + " and FC3 to F" + strconv.Itoa(lastFedora)
}

// families are the first words of release names, and whether they follow RHEL.
var families = map[string]bool{
	"fedora": false, "f": false, "fc": false,
	"rhel": true, "redhat": true, "centos": true, "centosstream": true, "rocky": true, "rockylinux": true,
	"alma": true, "almalinux": true, "oracle": true, "oraclelinux": true, "ol": true, "scientific": true, "scientificlinux": true,
	"el": true, "redhatenterpriselinux": true, "redhatenterpriselinuxserver": true,
}

// ParseVersion reads a release's name: "RHEL9", "rhel-9", "rhel-9.4", "F43",
// "fedora-43", "rocky-9", "Red Hat Enterprise Linux 9", "DEVEL". The error is
// an *UnknownVersionError.
func ParseVersion(name string) (Version, error) {
	low := strings.ToLower(strings.TrimSpace(name))
	if low == "devel" {
		return Fedora(lastFedora), nil
	}
	i := strings.IndexAny(low, "0123456789")
	if i > 0 {
		family := strings.NewReplacer("-", "", " ", "", "_", "", "linux", "linux").Replace(low[:i])
		number, _, _ := strings.Cut(low[i:], ".")
		n, err := strconv.Atoi(number)
		if red, ok := families[family]; ok && err == nil {
			if red && n >= firstRHEL && n <= lastRHEL {
				return RHEL(n), nil
			}
			if !red && n >= firstFedora && n <= lastFedora {
				return Fedora(n), nil
			}
		}
	}
	return 0, &UnknownVersionError{name}
}

// Versions is a set of versions.
type Versions []Version

// String writes the set as ranges, as "FC3-F27,RHEL3-RHEL7".
func (vs Versions) String() string {
	var out []string
	for _, red := range []bool{false, true} {
		var line Versions
		for _, v := range vs {
			if v.IsRHEL() == red && !slices.Contains(line, v) {
				line = append(line, v)
			}
		}
		slices.Sort(line)
		for i := 0; i < len(line); {
			j := i
			for j+1 < len(line) && line[j+1].Number() == line[j].Number()+1 {
				j++
			}
			if i == j {
				out = append(out, line[i].String())
			} else {
				out = append(out, line[i].String()+"-"+line[j].String())
			}
			i = j + 1
		}
	}
	return strings.Join(out, ",")
}

// span is a range of versions of one line.
type span struct{ from, to Version }

// parseSpans reads what Versions.String writes.
func parseSpans(text string) ([]span, error) {
	var out []span
	for _, part := range strings.Split(text, ",") {
		from, to, ok := strings.Cut(part, "-")
		if !ok {
			to = from
		}
		a, err := ParseVersion(from)
		if err != nil {
			return nil, err
		}
		b, err := ParseVersion(to)
		if err != nil {
			return nil, err
		}
		out = append(out, span{a, b})
	}
	return out, nil
}

func within(spans []span, v Version) bool {
	for _, s := range spans {
		if v.IsRHEL() == s.from.IsRHEL() && v >= s.from && v <= s.to {
			return true
		}
	}
	return false
}

// Span is some ranges of versions; the zero Span is all of them.
type Span struct{ spans []span }

// ParseSpan reads ranges as Versions.String writes them; "" is all versions.
// What it cannot read holds for none.
func ParseSpan(text string) Span {
	if text == "" {
		return Span{}
	}
	spans, err := parseSpans(text)
	if err != nil {
		return Span{[]span{{1, 0}}}
	}
	return Span{spans}
}

// Holds says whether a version lies in the ranges.
func (s Span) Holds(v Version) bool { return len(s.spans) == 0 || within(s.spans, v) }
