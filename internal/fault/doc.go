// Package fault holds the few classes of failure that people meet.
//
// In: a kind, a public message, a hint, and the private cause.
// Out: an error that each door (terminal, HTTP, TFTP, exit code) turns into
// its own tongue with one table. It never prints, logs or exits.
// Start reading at Fault.
package fault
