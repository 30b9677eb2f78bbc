package lint

import (
	"cmp"
	"encoding/json"
	"path/filepath"
)

// SARIF is findings as a SARIF 2.1.0 log (OASIS sarif-v2.1.0), which code
// hosts and editors read. rules are those that may be named in them.
func SARIF(version string, rules []Rule, found []Finding) ([]byte, error) {
	type text struct {
		Text string `json:"text"`
	}
	type region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	type artifact struct {
		URI string `json:"uri"`
	}
	type physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   *region  `json:"region,omitempty"`
	}
	type location struct {
		Physical physical `json:"physicalLocation"`
	}
	type replacement struct {
		Deleted  region `json:"deletedRegion"`
		Inserted text   `json:"insertedContent"`
	}
	type change struct {
		Artifact     artifact      `json:"artifactLocation"`
		Replacements []replacement `json:"replacements"`
	}
	type fix struct {
		Description text     `json:"description"`
		Changes     []change `json:"artifactChanges"`
	}
	type result struct {
		Rule      string     `json:"ruleId"`
		Index     int        `json:"ruleIndex"`
		Level     Severity   `json:"level"`
		Message   text       `json:"message"`
		Locations []location `json:"locations"`
		Fixes     []fix      `json:"fixes,omitempty"`
	}
	type descriptor struct {
		ID    string `json:"id"`
		Short text   `json:"shortDescription"`
		Full  text   `json:"fullDescription"`
		Help  text   `json:"help"`
	}
	descriptors, index := []descriptor{}, map[string]int{}
	for i, r := range rules {
		index[r.ID] = i
		r := Finding{Question: r.Question, Effect: r.Effect, Fix: r.Fix, Msg: r.Title, Rule: r.ID, Why: r.Why}.complete()
		descriptors = append(descriptors, descriptor{r.Rule, text{r.Msg}, text{cmp.Or(r.Effect, r.Msg) + " (" + r.Why + ")"}, text{r.Fix}})
	}
	results := []result{}
	for _, f := range found {
		at := artifact{filepath.ToSlash(f.File)}
		res := result{Rule: f.Rule, Index: index[f.Rule], Level: f.Severity, Message: text{f.Msg + ". " + f.Effect + ". " + f.Fix},
			Locations: []location{{physical{Artifact: at}}}}
		if f.Line > 0 {
			res.Locations[0].Physical.Region = &region{StartLine: f.Line, StartColumn: f.Column}
		}
		if len(f.Edits) > 0 {
			c := change{Artifact: at}
			for _, e := range f.Edits {
				c.Replacements = append(c.Replacements, replacement{region{e.Line, e.Column, e.EndLine, e.EndColumn}, text{e.New}})
			}
			res.Fixes = []fix{{text{f.Fix}, []change{c}}}
		}
		results = append(results, res)
	}
	driver := map[string]any{"name": "seedbed", "version": version, "rules": descriptors}
	return json.MarshalIndent(map[string]any{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{map[string]any{"tool": map[string]any{"driver": driver}, "results": results}}}, "", "  ")
}
