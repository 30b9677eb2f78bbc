package kickseed

import (
	"strings"

	"seedbed/internal/core/answer/preseed"
)

// Answer is one line that kickseed writes for the installer's preseed parser.
type Answer struct {
	preseed.Pos // of the word, or the command, that it comes from
	Owner       string
	Key         string
	Type        string
	Value       string
}

// String is the line as kickseed writes it; without a value it ends in a blank.
func (a Answer) String() string {
	return a.Owner + " " + a.Key + " " + a.Type + " " + a.Value
}

// Script is the text of a %pre or a %post section as it is run: without indent.
type Script struct {
	preseed.Pos
	Text        string
	Chroot      bool   // in the new system
	Interpreter string // "" for /bin/sh
}

// Result is what becomes of a file.
type Result struct {
	Answers  []Answer
	Pre      *Script // the last %pre section; the others are never run
	Post     []Script
	NIS      NIS
	Findings []Finding
	// Stopped: kickseed hung or aborted, and the installer gets none of this.
	Stopped bool
}

// NIS is what auth asks for in the new system.
type NIS struct {
	Enabled        bool
	Domain, Server string
}

// Preseed is the text that kickseed hands to the installer's preseed parser.
func (r *Result) Preseed() string {
	var b strings.Builder
	for _, a := range r.Answers {
		b.WriteString(a.String() + "\n")
	}
	return b.String()
}
