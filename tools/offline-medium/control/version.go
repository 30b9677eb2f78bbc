package control

import "strings"

// Compare orders two package versions as dpkg does (deb-version(7)): negative
// when a is older than b, zero when they are equal, positive when it is newer.
func Compare(a, b string) int {
	ea, ua, ra := split(a)
	eb, ub, rb := split(b)
	if c := part(ea, eb); c != 0 {
		return c
	}
	if c := part(ua, ub); c != 0 {
		return c
	}
	return part(ra, rb)
}

func split(v string) (epoch, upstream, revision string) {
	upstream = v
	if e, rest, ok := strings.Cut(v, ":"); ok {
		epoch, upstream = e, rest
	}
	if i := strings.LastIndexByte(upstream, '-'); i >= 0 {
		upstream, revision = upstream[:i], upstream[i+1:]
	}
	return epoch, upstream, revision
}

// part compares by turns a run of non-digits and a run of digits.
func part(a, b string) int {
	for a != "" || b != "" {
		for (a != "" && !digit(a[0])) || (b != "" && !digit(b[0])) {
			if c := weight(a) - weight(b); c != 0 {
				return c
			}
			a, b = tail(a), tail(b)
		}
		na, nb := digits(a), digits(b)
		a, b = a[len(na):], b[len(nb):]
		na, nb = strings.TrimLeft(na, "0"), strings.TrimLeft(nb, "0")
		if len(na) != len(nb) {
			return len(na) - len(nb)
		}
		if c := strings.Compare(na, nb); c != 0 {
			return c
		}
	}
	return 0
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func digits(s string) string {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	return s[:n]
}

func tail(s string) string {
	if s == "" || digit(s[0]) {
		return s
	}
	return s[1:]
}

// weight of the first character: a tilde before the end, the end before
// letters, letters before all else.
func weight(s string) int {
	switch {
	case s == "" || digit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z':
		return int(s[0])
	}
	return int(s[0]) + 256
}
