// Package kickstart reads and edits Kickstart files.
//
// In: the text of a file. Out: its lines in order, as commands, sections,
// comments and blank lines, every word with its line and column; and the text
// again, byte for byte, but for what was edited. Any text can be parsed; a line
// that cannot be split says so itself. What a command means in which release is
// for the rooms below: table (facts) and check (verdicts, canonical text).
// Start reading at Parse.
package kickstart
