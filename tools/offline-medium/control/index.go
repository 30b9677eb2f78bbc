package control

import (
	"cmp"
	"slices"
	"strings"
)

// Index is what an archive lists: the newest stanza of each package, and who
// provides which virtual name.
type Index struct {
	byName    map[string]Stanza
	providers map[string][]string
}

// NewIndex takes the stanzas of one or more Packages files.
func NewIndex(stanzas []Stanza) *Index {
	x := &Index{byName: make(map[string]Stanza, len(stanzas)), providers: map[string][]string{}}
	for _, s := range stanzas {
		name := s.Get("Package")
		old, ok := x.byName[name]
		if !ok || Compare(s.Get("Version"), old.Get("Version")) > 0 {
			x.byName[name] = s
		}
	}
	for name, s := range x.byName {
		for _, alts := range Relations(s.Get("Provides")) {
			x.providers[alts[0]] = append(x.providers[alts[0]], name)
		}
	}
	for _, names := range x.providers {
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(rank(x.byName[a]), rank(x.byName[b])), strings.Compare(a, b))
		})
	}
	return x
}

// Lookup gives the newest stanza of a real package; nil when there is none.
func (x *Index) Lookup(name string) Stanza { return x.byName[name] }

// Select gives the sorted names of the packages that fit.
func (x *Index) Select(fits func(Stanza) bool) []string {
	var out []string
	for name, s := range x.byName {
		if fits(s) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Closure gives the named packages and all that they depend on, recommended
// packages not among them, and a line for each want that nothing meets
// ("x needs y | z"; a root that is missing is just its name). Of alternatives
// the one already chosen wins, then the first real package, then the provider
// with the highest priority.
func (x *Index) Closure(roots []string) (chosen map[string]Stanza, unmet []string) {
	c := &closure{x: x, chosen: map[string]Stanza{}, provided: map[string]bool{}}
	for _, r := range roots {
		if !c.want([]string{r}) {
			c.unmet = append(c.unmet, r)
		}
	}
	for len(c.todo) > 0 {
		s := c.todo[0]
		c.todo = c.todo[1:]
		for _, field := range []string{"Pre-Depends", "Depends"} {
			for _, alts := range Relations(s.Get(field)) {
				if !c.want(alts) {
					c.unmet = append(c.unmet, s.Get("Package")+" needs "+strings.Join(alts, " | "))
				}
			}
		}
	}
	return c.chosen, c.unmet
}

type closure struct {
	x        *Index
	chosen   map[string]Stanza
	provided map[string]bool
	todo     []Stanza
	unmet    []string
}

// want sees to it that one of the alternatives is chosen.
func (c *closure) want(alts []string) bool {
	for _, a := range alts {
		if c.chosen[a] != nil || c.provided[a] {
			return true
		}
	}
	for _, a := range alts {
		if s := c.x.byName[a]; s != nil {
			c.choose(a, s)
			return true
		}
	}
	for _, a := range alts {
		if p := c.x.providers[a]; len(p) > 0 {
			c.choose(p[0], c.x.byName[p[0]])
			return true
		}
	}
	return false
}

func (c *closure) choose(name string, s Stanza) {
	c.chosen[name] = s
	for _, alts := range Relations(s.Get("Provides")) {
		c.provided[alts[0]] = true
	}
	c.todo = append(c.todo, s)
}

// Relations splits a Depends-like field into its wants, each a list of
// alternative names, without versions, architectures and build profiles.
func Relations(field string) [][]string {
	var out [][]string
	for _, group := range strings.Split(field, ",") {
		var alts []string
		for _, a := range strings.Split(group, "|") {
			a = strings.TrimSpace(a)
			if i := strings.IndexAny(a, " \t\n(:[<"); i >= 0 {
				a = a[:i]
			}
			if a != "" {
				alts = append(alts, a)
			}
		}
		if alts != nil {
			out = append(out, alts)
		}
	}
	return out
}

func rank(s Stanza) int {
	i := slices.Index([]string{"required", "important", "standard", "optional", "extra"}, s.Get("Priority"))
	if i < 0 {
		return 5
	}
	return i
}
