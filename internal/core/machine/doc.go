// Package machine knows who is speaking.
//
// In: a Sighting, the facts that one packet or request told.
// Out: a Machine, declared in the settings or met on the wire.
// It never answers, leases or decides what is booted; it opens no socket and
// no file. Start reading at Roster.Identify.
package machine
