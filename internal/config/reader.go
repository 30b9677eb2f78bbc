package config

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// reader walks the YAML tree, filling cfg and collecting every fault.
type reader struct {
	file  string
	dir   string
	cfg   *Config
	found fault.List
	marks marks
}

func (r *reader) at(n *yaml.Node) fault.Position {
	p := fault.Position{File: r.file}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	return p
}

func (r *reader) add(n *yaml.Node, severity, hint, format string, args ...any) {
	r.found = append(r.found, fault.Finding{Position: r.at(n), Severity: severity, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *reader) bad(n *yaml.Node, hint, format string, args ...any) {
	r.add(n, "error", hint, format, args...)
}

// keys are the handlers of a mapping's keys.
type keys map[string]func(*yaml.Node)

// mapping hands each value to its key's handler. Unknown and repeated keys
// are faults, the former with the nearest known key as a hint.
func (r *reader) mapping(n *yaml.Node, what string, k keys) {
	n = deref(n)
	if n.Kind != yaml.MappingNode {
		if n.Tag != "!!null" {
			r.bad(n, "write it as key: value lines", "%s must be a mapping", what)
		}
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], deref(n.Content[i+1])
		h, ok := k[key.Value]
		switch {
		case !ok:
			r.bad(key, nearest(key.Value, k), "unknown key %q in %s", key.Value, what)
		case seen[key.Value]:
			r.bad(key, "keep one of them", "key %q stands twice in %s", key.Value, what)
		case val.Tag == "!!null":
			// an empty value is the default
		default:
			h(val)
		}
		seen[key.Value] = true
	}
}

func deref(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// nearest is a hint naming the known key most like a wrong one.
func nearest(word string, k keys) string {
	best, dist := "", len(word)/2+2
	all := make([]string, 0, len(k))
	for name := range k {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, name := range all {
		d := distance(word, name)
		if len(word) > 3 && strings.HasSuffix(name, "-"+word) {
			d = 1 // password for root-password
		}
		if d < dist {
			best, dist = name, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "known here: " + strings.Join(all, ", ")
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(diag+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// list calls each for every item; a single scalar counts as a list of one.
func (r *reader) list(n *yaml.Node, what string, each func(*yaml.Node)) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, c := range n.Content {
			each(deref(c))
		}
	case yaml.ScalarNode:
		each(n)
	default:
		r.bad(n, "", "%s must be a list", what)
	}
}

func (r *reader) str(n *yaml.Node, into *string) {
	if n.Kind != yaml.ScalarNode {
		r.bad(n, "", "a text is expected here")
		return
	}
	*into = n.Value
}

func (r *reader) strs(n *yaml.Node, what string, into *[]string) {
	r.list(n, what, func(c *yaml.Node) {
		var s string
		if r.str(c, &s); s != "" {
			*into = append(*into, s)
		}
	})
}

// bytes reads a value that clients send as bytes: hexadecimal with colons, as
// 01:00:0c:29, or a text.
func (r *reader) bytes(n *yaml.Node, into *string) {
	r.str(n, into)
	if b, err := hex.DecodeString(strings.ReplaceAll(n.Value, ":", "")); err == nil && len(n.Value) == 3*len(b)-1 && len(b) > 1 {
		*into = string(b)
	}
	if len(*into) > 255 || *into == "" {
		r.bad(n, "as 01:00:0c:29:83:d1:d1, or a text", "1 to 255 bytes are possible here")
		*into = ""
	}
}

func (r *reader) relayPort(n *yaml.Node, into *machine.Port) {
	r.mapping(n, "relay-port", keys{
		"circuit-id": func(n *yaml.Node) { r.bytes(n, &into.Circuit) },
		"remote-id":  func(n *yaml.Node) { r.bytes(n, &into.Remote) },
	})
	if *into == (machine.Port{}) {
		r.bad(n, "as relay-port: {circuit-id: ge-0/0/7, remote-id: sw1}", "relay-port names no port")
	}
}

func (r *reader) boolean(n *yaml.Node, into *bool) {
	if err := n.Decode(into); err != nil || n.Kind != yaml.ScalarNode {
		r.bad(n, "write true or false", "%q is neither true nor false", n.Value)
	}
}

// oneOf reads a word of a fixed few.
func (r *reader) oneOf(n *yaml.Node, into *string, words ...string) {
	if !slices.Contains(words, n.Value) {
		r.bad(n, "one of: "+strings.Join(words, ", "), "%q is not known here", n.Value)
		return
	}
	*into = n.Value
}

func (r *reader) port(n *yaml.Node, into *uint16) {
	p, err := strconv.ParseUint(n.Value, 10, 16)
	if err != nil || p == 0 {
		r.bad(n, "a number from 1 to 65535", "%q is not a port", n.Value)
		return
	}
	*into = uint16(p)
}

func (r *reader) addr(n *yaml.Node, into *netip.Addr) {
	a, err := netip.ParseAddr(n.Value)
	if err != nil || !a.Is4() {
		r.bad(n, "as 192.168.0.1", "%q is not an IPv4 address", n.Value)
		return
	}
	*into = a
}

func (r *reader) addrs(n *yaml.Node, what string, into *[]netip.Addr) {
	r.list(n, what, func(c *yaml.Node) {
		var a netip.Addr
		if r.addr(c, &a); a.IsValid() {
			*into = append(*into, a)
		}
	})
}

// duration reads 10m, 2h, 90s, 1d, or a plain number of seconds.
func (r *reader) duration(n *yaml.Node, into *time.Duration) {
	v := n.Value
	if s, err := strconv.ParseUint(v, 10, 32); err == nil {
		*into = time.Duration(s) * time.Second
		return
	}
	if days, ok := strings.CutSuffix(v, "d"); ok {
		if d, err := strconv.ParseUint(days, 10, 16); err == nil {
			*into = time.Duration(d) * 24 * time.Hour
			return
		}
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		r.bad(n, "as 10m, 2h or 90s", "%q is not a length of time", v)
		return
	}
	*into = d
}

var units = []struct {
	name string
	size int64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3},
	{"T", 1 << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"B", 1}}

// size reads 2GiB, 500MB, 1.5G or, where rest is allowed, the word rest.
func (r *reader) size(n *yaml.Node, rest bool, into *int64) {
	if rest && n.Value == "rest" {
		*into = -1
		return
	}
	for _, u := range units {
		if num, ok := strings.CutSuffix(n.Value, u.name); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
			if err == nil && f > 0 && f*float64(u.size) < 1<<60 {
				*into = int64(f * float64(u.size))
				return
			}
		}
	}
	hint := "as 2GiB or 500MB"
	if rest {
		hint += ", or rest"
	}
	r.bad(n, hint, "%q is not a size", n.Value)
}
