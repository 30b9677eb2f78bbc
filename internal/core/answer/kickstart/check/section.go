package check

import "seedbed/internal/core/answer/kickstart"

// header checks a section's own options.
func (r *Report) header(s *state, n *kickstart.Node) {}
