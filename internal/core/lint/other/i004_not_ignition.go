package other

import (
	"bytes"
	"encoding/json"
	"errors"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
)

var notIgnition = lint.Rule{ID: "I004", Title: "the config is not JSON", Kinds: []answer.Kind{answer.Ignition}, Severity: lint.Error, Stage: "end", Traps: []int{101},
	Effect: "the first boot of the installed system ends in the emergency shell", Fix: "mend the line; Butane's YAML must be translated first", Why: "Ignition's documentation",
	Check: func(s *lint.Subject, r *lint.Report) {
		var v any
		err := json.Unmarshal(s.Text, &v)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			r.At(bytes.Count(s.Text[:min(int(syntax.Offset), len(s.Text))], []byte("\n"))+1, 0, "not JSON: %v", err)
		}
	}}
