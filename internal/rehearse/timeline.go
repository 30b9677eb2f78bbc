package rehearse

import (
	"slices"
	"strings"

	"seedbed/internal/core/install"
	"seedbed/internal/rehearse/report"
)

// note keeps a stage of the timeline and says it, the first time only.
func (r *run) note(step install.Step, text string) {
	at := r.pulse.Since(r.start)
	r.result.Stages = append(r.result.Stages, report.Stage{At: at, Step: step, Text: text, Boot: r.boot})
	r.Say(at, step, text)
}

// hasStage says whether a step was seen since power-on with such a text.
func (r *run) hasStage(step install.Step, text string) bool {
	for _, s := range r.result.Stages[r.fresh:] {
		if s.Boot == r.boot && s.Step == step && (text == "" || strings.Contains(s.Text, text)) {
			return true
		}
	}
	return false
}

// collect takes what was made for the machine, each text once.
func (r *run) collect() {
	for {
		select {
		case d := <-r.kept:
			if !slices.Contains(r.result.Documents, d) {
				r.result.Documents = append(r.result.Documents, d)
			}
		default:
			return
		}
	}
}
