package other

import (
	"strings"

	"seedbed/internal/core/lint"
)

// longest is what an x86 kernel takes (COMMAND_LINE_SIZE).
const longest = 2048

var longArguments = lint.Rule{ID: "N001", Title: "the kernel arguments are longer than the kernel takes", Severity: lint.Error, Stage: "language", Traps: []int{107},
	Effect: "the end of the line is cut off, and with it arguments", Fix: "move answers from the arguments to the answer file",
	Why: "Linux, COMMAND_LINE_SIZE: 2048 bytes on x86",
	Check: func(s *lint.Subject, r *lint.Report) {
		if n := len(strings.Join(s.Args, " ")); n >= longest {
			r.Place(s.ArgsAt, "the kernel arguments have %d bytes, and the kernel takes %d", n, longest-1)
		}
	}}
