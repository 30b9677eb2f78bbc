package lint

import (
	"cmp"
	"encoding/json"
	"path/filepath"
)

// The parts of a SARIF log, by the names of the standard.
type sarifText struct {
	Text string `json:"text"`
}
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn,omitempty"`
	EndLine     int `json:"endLine,omitempty"`
	EndColumn   int `json:"endColumn,omitempty"`
}
type sarifArtifact struct {
	URI string `json:"uri"`
}
type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}
type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}
type sarifReplacement struct {
	Deleted  sarifRegion `json:"deletedRegion"`
	Inserted sarifText   `json:"insertedContent"`
}
type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}
type sarifFix struct {
	Description sarifText     `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}
type sarifResult struct {
	Rule      string          `json:"ruleId"`
	Index     int             `json:"ruleIndex"`
	Level     Severity        `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Fixes     []sarifFix      `json:"fixes,omitempty"`
}
type sarifDescriptor struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
	Full  sarifText `json:"fullDescription"`
	Help  sarifText `json:"help"`
}

// SARIF is findings as a SARIF 2.1.0 log (OASIS sarif-v2.1.0), which code
// hosts and editors read. rules are those that may be named in them.
func SARIF(version string, rules []Rule, found []Finding) ([]byte, error) {
	descriptors, index := []sarifDescriptor{}, map[string]int{}
	for i, r := range rules {
		index[r.ID] = i
		r := Finding{Question: r.Question, Effect: r.Effect, Fix: r.Fix, Msg: r.Title, Rule: r.ID, Why: r.Why}.complete()
		descriptors = append(descriptors, sarifDescriptor{r.Rule, sarifText{r.Msg}, sarifText{cmp.Or(r.Effect, r.Msg) + " (" + r.Why + ")"}, sarifText{r.Fix}})
	}
	results := []sarifResult{}
	for _, f := range found {
		at := sarifArtifact{filepath.ToSlash(f.File)}
		res := sarifResult{Rule: f.Rule, Index: index[f.Rule], Level: f.Severity, Message: sarifText{f.Msg + ". " + f.Effect + ". " + f.Fix},
			Locations: []sarifLocation{{sarifPhysical{Artifact: at}}}}
		if f.Line > 0 {
			res.Locations[0].Physical.Region = &sarifRegion{StartLine: f.Line, StartColumn: f.Column}
		}
		if len(f.Edits) > 0 {
			c := sarifChange{Artifact: at}
			for _, e := range f.Edits {
				c.Replacements = append(c.Replacements, sarifReplacement{sarifRegion{e.Line, e.Column, e.EndLine, e.EndColumn}, sarifText{e.New}})
			}
			res.Fixes = []sarifFix{{sarifText{f.Fix}, []sarifChange{c}}}
		}
		results = append(results, res)
	}
	driver := map[string]any{"name": "seedbed", "version": version, "rules": descriptors}
	return json.MarshalIndent(map[string]any{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{map[string]any{"tool": map[string]any{"driver": driver}, "results": results}}}, "", "  ")
}
