// Package shell takes a line apart as the shell and getopt(1) of an installer do.
//
// In: the arguments of a command, as kickseed hands them to the eval of busybox's
// shell. Out: the words of its first command, whatever else the shell would do
// (run, expand, open a file), and the options among the words with those that
// getopt(1) leaves out. It executes nothing, and knows no command.
// Start reading at Lex.
package shell
