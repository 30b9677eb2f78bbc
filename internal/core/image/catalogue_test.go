package image

import (
	"strings"
	"sync"
	"testing"

	"seedbed/internal/fault"
)

func TestTheCatalogueGivesWhatWasPutByName(t *testing.T) {
	c := NewCatalogue([]Image{{Name: "b"}, {Name: "a"}})
	c.Put(Image{Name: "c", Title: "old"})
	c.Put(Image{Name: "c", Title: "new"})
	if i, ok := c.Get("c"); !ok || i.Title != "new" {
		t.Errorf("got %+v, %t", i, ok)
	}
	if !c.Drop("b") || c.Drop("b") {
		t.Error("an image is dropped once")
	}
	var names []string
	for _, i := range c.All() {
		names = append(names, i.Name)
	}
	if got := strings.Join(names, " "); got != "a c" {
		t.Errorf("all: %s", got)
	}
}

func TestTheCatalogueBearsManyAtOnce(t *testing.T) {
	c := NewCatalogue(nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				c.Put(Image{Name: "x"})
				c.Get("x")
				c.All()
				c.Drop("x")
			}
		})
	}
	wg.Wait()
}

func TestNamesThatURLsAndPathsCanBearAreValid(t *testing.T) {
	for _, n := range []string{"debian-13-amd64", "ubuntu-12.04-server-amd64", "A_b", "9", strings.Repeat("a", 64)} {
		if err := ValidName(n); err != nil {
			t.Errorf("%q: %v", n, err)
		}
	}
	for _, n := range []string{"", ".", "..", ".hidden", "-rf", "a/b", "a b", "ä", "a\x00", "a%2e", strings.Repeat("a", 65)} {
		if err := ValidName(n); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%q is taken: %v", n, err)
		}
	}
}
