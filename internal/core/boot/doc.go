// Package boot decides what a machine loads next. It is the only place that does.
//
// In: a machine, its profile, its attempt, what its firmware can load.
// Out: a Decision with its why; and, for a path that a client asks for, which
// bytes it gets. What a decision is in a loader's language is script's.
// It knows no socket, opens no file by name, and reads no clock.
// Start reading at Desk.Decide.
package boot
