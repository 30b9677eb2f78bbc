// Package argument reads the words of a Kickstart command by its options.
//
// In: a command's facts from the table and the words of a line. Out: the values
// by name, the words that no option wanted, the deprecated options that were
// used, or the first fault with its word. It splits and abbreviates as Python's
// argparse does (docs.python.org/3/library/argparse.html), for the installers
// read their lines with it. What values mean together is for room check.
// Start reading at Read.
package argument
