package shell

// Kind names what a line does besides being words, or what is wrong with an
// option.
type Kind string

// The hazards of a line, and the troubles of an option.
const (
	Operator      Kind = "operator"       // ; & | run the rest of the line
	Redirection   Kind = "redirection"    // < > read or write a file
	Substitution  Kind = "substitution"   // a backtick, or a dollar after a backslash
	Pattern       Kind = "pattern"        // * ? [ become file names where any fit
	Home          Kind = "home"           // ~ at a word's start
	InlineComment Kind = "inline-comment" // # at a word's start

	UnknownOption    Kind = "unknown-option" // a joined value goes with it; one that stands apart becomes an argument
	UnsupportedValue Kind = "unsupported-value"
	MissingValue     Kind = "missing-value" // of an option, at the end of a line
)
