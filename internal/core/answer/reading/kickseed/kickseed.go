package kickseed

import (
	"slices"

	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/answer/kickstart"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/answer/reading/debian"
	"seedbed/internal/core/answer/reading/redhat"
)

// Kickseed reads a file of kickseed's, of the installers that Ubuntu had last.
func Kickseed(file, text string) *reading.Draft {
	d := reading.New(file, "ubuntu")
	result := kickseed.Translate(kickseed.Parse(text), kickseed.Ubuntu1804)
	lines := map[int]bool{}
	redhat.Kickseed(d, text, func(n *kickstart.Node) bool {
		if n.Name() == "preseed" {
			lines[n.Line] = true
			return true
		}
		return false
	})
	var answers []debian.Answer
	for _, a := range result.Answers {
		if lines[a.Line] {
			answers = append(answers, debian.Answer{Line: a.Line, Key: a.Key, Value: a.Value})
			delete(lines, 0)
		}
	}
	debian.Answers(d, answers)
	for _, f := range result.Findings {
		if f.Cause == kickseed.EndMarker || f.Cause == kickseed.NotUTC || f.Cause == kickseed.DeadAnswer {
			continue
		}
		d.Change(f.Line, "kickseed's reading of "+f.Word, "", "%s; it is read as it is meant", f.Msg)
	}
	slices.SortStableFunc(d.Items, func(a, b reading.Item) int { return a.Line - b.Line })
	d.Simple()
	return d
}
