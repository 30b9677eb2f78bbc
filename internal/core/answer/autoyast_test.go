package answer

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"seedbed/internal/core/image"
)

// Every element that is written is one that AutoYaST's schemas have, at its
// place and with its type.
func TestAutoYaSTHasTheDocumentedStructure(t *testing.T) {
	b, err := os.ReadFile("autoyast/testdata/structure.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			known[line] = true
		}
	}
	seen := 0
	for _, r := range []string{"sles-12", "sles-15", "opensuse-leap-15.6"} {
		for name, in := range variants() {
			s := release{name: r, family: image.SUSE}.subject()
			d, err := RenderAs(AutoYaST, &in, s)
			if err != nil {
				t.Fatalf("%s, %s: %v", r, name, err)
			}
			for _, e := range elements(t, d.Bytes) {
				if seen++; !known[e] {
					t.Errorf("%s, %s: the schemas have no %q", r, name, e)
				}
			}
		}
	}
	if seen < 500 {
		t.Errorf("%d elements looked at", seen)
	}
}

// elements lists "path type" of each element of a document.
func elements(t *testing.T, text []byte) (all []string) {
	d := xml.NewDecoder(strings.NewReader(string(text)))
	path := ""
	for {
		switch tok, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		default:
			switch tok := tok.(type) {
			case xml.StartElement:
				path += "/" + tok.Name.Local
				e := path
				for _, a := range tok.Attr {
					if a.Name.Local == "type" {
						e += " " + a.Value
					}
				}
				all = append(all, e)
			case xml.EndElement:
				path = path[:strings.LastIndexByte(path, '/')]
			}
		}
	}
}
