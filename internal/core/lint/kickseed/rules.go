package kickseed

import (
	"slices"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/kickseed"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/debian"
)

// Rules are the rules of this room.
var Rules = []lint.Rule{
	endMarker, onDisk, unknownOption, notUTC, namedUser, raid, upgradeLoop, urlLoop, shellActive, keymapOption, autopart, interpreter,
	groups, halfStatic, clearpart, languages, unknownCommand, droppedLine, lastLine, otherSection, noEffect, badValue, misread, noKickseed,
}

var kinds = []answer.Kind{answer.Kickseed}

// source is where most of this is known from.
const source = "kickseed's scripts of Ubuntu 12.04 to 18.04 and Debian 12, read and run"

// each makes a check that reports the findings which pick takes; command is
// the first word of the line.
func each(pick func(command string, f kickseed.Finding) bool) func(*lint.Subject, *lint.Report) {
	return func(s *lint.Subject, r *lint.Report) {
		lines := kickseed.Parse(string(s.Text)).Lines()
		for _, f := range findings(s) {
			command := ""
			if f.Line >= 1 && f.Line <= len(lines) {
				command = lines[f.Line-1].Keyword
			}
			if pick(command, f) {
				r.At(f.Line, f.Column, "%s", f.Msg)
			}
		}
	}
}

// one makes a check for findings of some causes.
func one(causes ...kickseed.Cause) func(*lint.Subject, *lint.Report) {
	return each(func(_ string, f kickseed.Finding) bool { return slices.Contains(causes, f.Cause) })
}

func isPart(command string) bool { return command == "part" || command == "partition" }

func findings(s *lint.Subject) []kickseed.Finding { return debian.Kickseed(s).Findings }
