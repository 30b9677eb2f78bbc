package tftp

import (
	"testing"

	"seedbed/internal/conformance"
)

// docs/reference/tftp-conformance.md is whole, and every test that it names is
// in the tree.
func TestConformanceListIsWhole(t *testing.T) {
	conformance.Check(t, "../../..", "tftp-conformance.md", map[string]int{"T": 25, "H": 12}, 40)
}
