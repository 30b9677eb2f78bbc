package dhcp

import (
	"testing"

	"seedbed/internal/conformance"
)

// docs/reference/dhcp-conformance.md is whole, and every test that it names is
// in the tree.
func TestConformanceListIsWhole(t *testing.T) {
	conformance.Check(t, "../../..", "dhcp-conformance.md", map[string]int{"D": 50, "P": 40}, 80)
}
