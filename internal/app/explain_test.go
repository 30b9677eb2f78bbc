package app

import (
	"testing"

	"seedbed/internal/core/machine"
)

// What is remembered of a question belongs to an attempt: two machines without
// one may stand on different subnets.
func TestAQuestionWithoutAnAttemptIsNotRemembered(t *testing.T) {
	h := open(t, classic, true)
	if q := h.explained(machine.Machine{Name: "nobody"}, "netcfg/get_nameservers"); q.Text == "" || len(q.Rules) == 0 {
		t.Errorf("the catalogue's words are lost: %+v", q)
	}
	if len(h.asked) != 0 {
		t.Errorf("remembered: %+v", h.asked)
	}
}
