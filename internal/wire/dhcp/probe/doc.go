// Package probe finds out whether addresses are in use before they are given.
//
// In: addresses that the lease book wants looked at, and who answers at them,
// by ARP on the wire and by ping beyond a router. Out: to the book, those where
// nobody was found and those where somebody was; the latter are told.
// No client waits for it: addresses are looked at ahead of time, in rounds of
// a fifth of a second. Start reading at Prober.Run.
package probe
