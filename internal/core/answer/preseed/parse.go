package preseed

import "fmt"

// Pos is a place in a file: line and column from 1, the column in characters.
type Pos struct{ Line, Column int }

// Entry is one answer of a file, or one flag.
type Entry struct {
	Pos              // where its owner stands
	Last      int    // its last line; another than Line when lines are joined
	Owner     string // "d-i", or the package that asks
	Key       string
	Type      string // of the question, or "seen"
	Value     string
	KeyPos    Pos
	TypePos   Pos
	ValuePos  Pos // where the value stands, or would stand
	Continued bool
}

// Flag says whether the entry sets a question's seen flag (to Value) and not
// its answer.
func (e Entry) Flag() bool { return e.Type == "seen" }

// Cause names what is wrong with a line; one word for each kind of fault.
type Cause string

const (
	// OneWord, NoType: the installer cannot find owner, key and type. It drops
	// the rest of the file and shows preseed/load_error at priority critical.
	OneWord Cause = "one-word"
	NoType  Cause = "no-type"
	// IndentedComment: only a # in the first column is a comment to the installer.
	IndentedComment Cause = "indented-comment"
	// UnknownType: debconf-set-selections skips the line; the installer does not
	// check. The value may have been meant: a type is missing.
	UnknownType Cause = "unknown-type"
	// TrailingBlanks: they stay in the value.
	TrailingBlanks Cause = "trailing-blanks"
	// LeadingBlanks: more than one before the value; debconf keeps the others.
	LeadingBlanks Cause = "leading-blanks"
	// CarriageReturn: the installer drops it wherever it stands, debconf one at
	// the line's end only.
	CarriageReturn Cause = "carriage-return"
	// OpenEnd: the file ends in a line that a backslash continues. The installer
	// loses the whole answer.
	OpenEnd Cause = "open-end"
	// BlankAfterBackslash: the backslash does not continue the line.
	BlankAfterBackslash Cause = "blank-after-backslash"
	// CommentContinued: debconf joins the next line to a comment that ends in a
	// backslash; the installer does not.
	CommentContinued Cause = "comment-continued"
	// GluedLines: debconf joins lines without a blank; the installer with one.
	GluedLines Cause = "glued-lines"
)

// Fault is what is wrong at a place in a file, as one of the two parsers sees
// it.
type Fault struct {
	Pos
	Cause Cause
	// Fatal: the parser stops here; no line below is read.
	Fatal bool
	// Lost: the parser makes no entry of this line.
	Lost bool
	Msg  string
}

func (f Fault) Error() string { return fmt.Sprintf("line %d: %s", f.Line, f.Msg) }

// Types are those that debconf-set-selections knows, without "seen".
var Types = []string{Select, Boolean, String, Multiselect, Note, Password, "text", "title"}

// Parse reads a file as the installer does (see AsInstaller); the error is the
// fault at which it stops, a Fault. The entries before it are returned with it.
func Parse(text string) ([]Entry, error) {
	entries, faults := Read(text).AsInstaller()
	for _, f := range faults {
		if f.Fatal {
			return entries, f
		}
	}
	return entries, nil
}
