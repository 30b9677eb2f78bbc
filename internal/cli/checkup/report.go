package checkup

import (
	"seedbed/internal/core/symptom"
	"seedbed/internal/fault"
)

// Finding is one thing that is missing or wrong.
type Finding struct {
	Check string `json:"check"` // which look found it, as no-link; docs/reference/commands.md lists them
	fault.Finding
}

// Report is what was found.
type Report struct {
	Findings []Finding      `json:"findings"`
	Notes    []string       `json:"notes"` // worth knowing, and as it should be
	Wires    []symptom.Wire `json:"wires,omitempty"`
}

// Add enters a finding.
func (r *Report) Add(check, msg, hint string) {
	r.Findings = append(r.Findings, Finding{check, fault.Finding{Severity: "warning", Msg: msg, Hint: hint}})
}

// Note enters what is worth knowing.
func (r *Report) Note(text string) { r.Notes = append(r.Notes, text) }

// Fault enters an error by its message and hint.
func (r *Report) Fault(check string, err error) { r.Add(check, err.Error(), fault.HintOf(err)) }

// Settings enters what is wrong with the settings.
func (r *Report) Settings(list fault.List) {
	for _, f := range list {
		r.Findings = append(r.Findings, Finding{"settings", f})
	}
}

// Symptom enters one of a wire or a boot.
func (r *Report) Symptom(s symptom.Symptom) { r.Findings = append(r.Findings, Told(s)) }

// Told is a symptom as a finding.
func Told(s symptom.Symptom) Finding {
	return Finding{s.Name, fault.Finding{Severity: "warning", Msg: s.Who + ": " + s.Msg, Hint: s.Remedy}}
}
