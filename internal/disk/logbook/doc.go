// Package logbook keeps the logs of installers, one an attempt, each bounded.
//
// In: lines, in the order they came. Out: the first 2 MiB of them and the
// last 1 to 2 MiB, with a line between that says what was left out. Files are
// private (0600) and may be read beside a running server. It decides nothing:
// what must not be kept is taken out before.
// Start reading at Book.Append.
package logbook
