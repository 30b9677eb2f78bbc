package kickseed

import (
	"seedbed/internal/core/answer/kickseed/shell"
	"seedbed/internal/core/answer/preseed"
)

// Effect is what comes of a finding.
type Effect string

const (
	Ignored  Effect = "ignored"  // an option or a command has no effect
	Dropped  Effect = "dropped"  // the line as a whole has no effect
	Altered  Effect = "altered"  // it means something else here
	Executed Effect = "executed" // the shell runs or expands a part of the line
	Fails    Effect = "fails"    // a later step of the install fails or asks
	Hangs    Effect = "hangs"    // kickseed loops for ever, before the first screen
	Aborts   Effect = "aborts"   // kickseed ends; not one answer reaches the installer
)

// Stops says whether nothing of the file reaches the installer.
func (e Effect) Stops() bool { return e == Hangs || e == Aborts }

// Cause names the kind of a finding; one word for each.
type Cause string

const (
	UnknownCommand    Cause = "unknown-command"
	UnknownOption     Cause = Cause(shell.UnknownOption) // a joined value goes with it; one that stands apart becomes an argument
	UnsupportedOption Cause = "unsupported-option"       // known, and without effect
	UnsupportedValue  Cause = Cause(shell.UnsupportedValue)
	MissingValue      Cause = Cause(shell.MissingValue) // of an option, at the end of a line
	Arguments         Cause = "arguments"               // too many or too few
	Unsupported       Cause = "unsupported"             // the command as a whole
	EndlessLoop       Cause = "endless-loop"
	SyntaxError       Cause = "syntax-error"
	Operator          Cause = Cause(shell.Operator)      // ; & | run the rest of the line
	Redirection       Cause = Cause(shell.Redirection)   // < > read or write a file
	Substitution      Cause = Cause(shell.Substitution)  // a backtick, or a dollar after a backslash
	Pattern           Cause = Cause(shell.Pattern)       // * ? [ become file names where any fit
	Home              Cause = Cause(shell.Home)          // ~ at a word's start
	InlineComment     Cause = Cause(shell.InlineComment) // # at a word's start
	EndMarker         Cause = "end-marker"               // %end, which kickseed does not know
	UnknownSection    Cause = "unknown-section"          // %addon and the like
	Exclusion         Cause = "exclusion"                // -package
	Group             Cause = "group"                    // a package group that is none here
	PackageWords      Cause = "package-words"            // more than one word in a line of %packages
	SectionOption     Cause = "section-option"
	Interpreter       Cause = "interpreter"
	Indentation       Cause = "indentation" // scripts lose it
	EarlierPre        Cause = "earlier-pre" // only the last %pre is run
	LastLine          Cause = "last-line"   // no newline at its end: not read
	Include           Cause = "include"
	Reserved          Cause = "reserved"    // %final
	NotUTC            Cause = "not-utc"     // timezone without --utc
	DeadAnswer        Cause = "dead-answer" // an answer that no installer asks for any more
	Misread           Cause = "misread"     // the installer reads the answer otherwise than it is meant
)

// Finding is one thing that the writer of a file would not expect.
type Finding struct {
	preseed.Pos
	Effect Effect
	Cause  Cause
	Word   string // the command, option or value it is about; never a password
	Msg    string
	Log    string // the line that kickseed writes to the system log, if any
}
