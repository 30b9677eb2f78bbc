package settings

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/lease"
)

// tree is a mapping of YAML that grows by keys in the order of the settings.
type tree struct{ yaml.Node }

func newTree(flow bool) *tree {
	t := &tree{yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}}
	if flow {
		t.Style = yaml.FlowStyle
	}
	return t
}

// put adds a value and a comment behind it.
func (t *tree) put(key string, v *yaml.Node, comment string) {
	v.LineComment = comment
	k := scalar(key)
	if _, err := strconv.Atoi(key); err == nil {
		k = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: key}
	}
	t.Content = append(t.Content, k, v)
}

// text adds a text, unless it is empty.
func (t *tree) text(key, v, comment string) {
	if v != "" {
		t.put(key, scalar(v), comment)
	}
}

// bare adds a word of ours, as true or a number.
func (t *tree) bare(key, v, comment string) {
	t.put(key, &yaml.Node{Kind: yaml.ScalarNode, Value: v}, comment)
}

func (t *tree) list(key string, items []string) {
	if len(items) == 0 {
		return
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, i := range items {
		n.Content = append(n.Content, scalar(i))
	}
	t.put(key, n, "")
}

// scalar is a text, quoted where YAML would read something else.
func scalar(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.ToValidUTF8(s, "?")}
	if !plain(s) || strings.ContainsAny(s, ":#,[]{}") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// Render writes the settings; Settle comes before it.
func (d *Draft) Render() ([]byte, error) {
	t := newTree(false)
	t.list("interfaces", d.Interfaces)
	if d.Proxy {
		t.text("dhcp", "proxy", "another server hands out the addresses")
	}
	if d.Authoritative != nil && !d.Proxy {
		t.bare("authoritative", strconv.FormatBool(*d.Authoritative), "")
	}
	if len(d.Subnets) > 0 {
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, s := range d.Subnets {
			n.Content = append(n.Content, &s.tree().Node)
		}
		t.put("subnets", n, "")
	}
	t.text("loader", d.Loader, "")
	if m := d.menu(); len(m.Content) > 0 {
		t.put("menu", &m.Node, "")
	}
	if d.Ignore {
		t.text("unknown-machines", "ignore", "")
	}
	if f := d.tftp(); len(f.Content) > 0 {
		t.put("tftp", &f.Node, "")
	}
	if len(d.Machines) > 0 {
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, m := range d.Machines {
			n.Content = append(n.Content, &m.tree().Node)
		}
		t.put("machines", n, "")
	}
	var b bytes.Buffer
	b.WriteString("# Written by seedbed adopt. Look it over, then: seedbed check -c FILE\n\n")
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&t.Node); err != nil {
		return nil, fmt.Errorf("writing the settings: %w", err)
	}
	d.comments(&b)
	return b.Bytes(), nil
}

func (d *Draft) menu() *tree {
	m := newTree(false)
	m.text("title", d.Menu.Title, "")
	if d.Menu.Timeout != nil {
		m.text("timeout", term(*d.Menu.Timeout), "")
	}
	if d.Menu.Local {
		m.text("default", "local", "")
	}
	m.text("password", d.Menu.Password, "")
	if port, speed, ok := strings.Cut(d.Menu.Serial, " "); ok {
		s := newTree(true)
		s.bare("port", port, "")
		s.bare("speed", speed, "")
		m.put("serial", &s.Node, "")
	}
	return m
}

func (d *Draft) tftp() *tree {
	f := newTree(false)
	if d.TFTPPort != 0 {
		f.bare("port", strconv.Itoa(d.TFTPPort), "")
	}
	if !d.RootMissing {
		f.text("root", d.TFTPRoot, "your own files, which win over what is made")
	}
	return f
}

func (s *Subnet) tree() *tree {
	t := newTree(false)
	t.text("network", s.Network.String(), "")
	var pools []string
	for _, p := range s.Pools {
		pools = append(pools, poolText(p))
	}
	t.list("pools", pools)
	if s.Gateway.IsValid() {
		t.text("gateway", s.Gateway.String(), "")
	}
	t.list("dns", texts(s.DNS))
	t.text("domain", s.Domain, "")
	if s.Broadcast.IsValid() {
		t.text("broadcast", s.Broadcast.String(), "")
	}
	t.list("ntp", texts(s.NTP))
	if s.LeaseTime != 0 {
		t.text("lease-time", term(s.LeaseTime), "")
	}
	if s.MaxLease != 0 {
		t.text("max-lease-time", term(s.MaxLease), "")
	}
	if s.NextServer.IsValid() {
		t.text("next-server", s.NextServer.String(), "without this line: this server's own address")
	}
	t.text("boot-file", s.BootFile, "")
	if len(s.Options) > 0 {
		o := newTree(false)
		for _, x := range s.Options {
			key := named[x.Code]
			if key == "" {
				key = strconv.Itoa(int(x.Code))
			}
			if v := value(x); len(v) == 1 {
				o.text(key, v[0], "")
			} else {
				o.list(key, v)
			}
		}
		t.put("options", &o.Node, "")
	}
	if len(s.Routes) > 0 {
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, r := range s.Routes {
			one := newTree(true)
			one.text("to", r.To.String(), "")
			one.text("via", r.Via.String(), "")
			n.Content = append(n.Content, &one.Node)
		}
		t.put("routes", n, "")
	}
	return t
}

func (m *Machine) tree() *tree {
	t := newTree(false)
	t.text("name", m.Name, "")
	var macs []string
	for _, a := range m.MACs {
		macs = append(macs, a.String())
	}
	if len(macs) == 1 {
		t.text("mac", macs[0], "")
	} else {
		t.list("macs", macs)
	}
	if id := m.ClientID; id != "" {
		if b, err := hex.DecodeString(strings.ReplaceAll(id, ":", "")); !plain(id) || err == nil && len(id) == 3*len(b)-1 {
			id = pairs(id)
		}
		t.text("client-id", id, "")
	}
	if m.Address.IsValid() {
		t.text("address", m.Address.String(), "")
	}
	return t
}

// pairs are bytes as 01:00:0c.
func pairs(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02x", s[i])
	}
	return b.String()
}

// comments says what the user may want to do next, as lines that do nothing.
func (d *Draft) comments(b *bytes.Buffer) {
	if d.RootMissing && d.TFTPRoot != "" {
		fmt.Fprintf(b, "\n# Copy this directory to this machine, then take the # away:\n# tftp: {root: %s}\n", strconv.Quote(d.TFTPRoot))
	}
	if len(d.Entries) == 0 {
		return
	}
	b.WriteString("\n# The old menu's entries. Import each medium (seedbed import MEDIUM --name NAME), put its NAME here, and\n" +
		"# BIOS and UEFI machines see the entry in Seedbed's own menu.\n# profiles:\n")
	taken := map[string]bool{"local": true, "menu": true, "ignore": true}
	for i, e := range d.Entries {
		name := word(e.Label)
		if name == "" || taken[name] {
			name = fmt.Sprintf("entry%d", i+1)
		}
		taken[name] = true
		fmt.Fprintf(b, "#   %s: # %s\n#     image: NAME\n", name, reading.Printable(e.At.String()))
		if e.Title != "" && e.Title != e.Label {
			fmt.Fprintf(b, "#     title: %s\n", strconv.Quote(reading.Printable(e.Title)))
		}
		if args := slices.DeleteFunc(slices.Clone(e.Args), func(a string) bool { return !plain(a) }); len(args) > 0 {
			fmt.Fprintf(b, "#     kernel-args: [%s]\n", strings.Join(quoted(args), ", "))
		}
	}
}

func quoted(list []string) []string {
	var out []string
	for _, s := range list {
		if strings.ContainsFunc(s, func(r rune) bool { return strings.ContainsRune("\"'\\:#,[]{}&*!|>%@`", r) }) {
			s = strconv.Quote(s)
		}
		out = append(out, s)
	}
	return out
}

// term is a length of time as our settings have it.
func term(t time.Duration) string {
	s := int64(t / time.Second)
	switch {
	case t >= lease.Infinite:
		return "infinite"
	case t%time.Second != 0:
		return t.String()
	case s == 0:
		return "0s"
	case s%86400 == 0:
		return fmt.Sprintf("%dd", s/86400)
	case s%3600 == 0:
		return fmt.Sprintf("%dh", s/3600)
	case s%60 == 0:
		return fmt.Sprintf("%dm", s/60)
	}
	return fmt.Sprintf("%ds", s)
}
