// Package cli is the command line: one file a command.
//
// In: arguments. Out: calls to the rooms, and what they answer printed: for
// people as tables, with --json as one document on standard output. Messages
// go to standard error, failures as "error:" and "hint:". It decides nothing.
// Start reading at Main.
package cli
