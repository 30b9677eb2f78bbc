// Package pulse notices that this program stood still: stopped by a signal,
// frozen with its container, or on a computer that slept. Time of that kind is
// nobody's silence.
//
// In: a context. Out: a Pulse, which says how much was lost, and a clock that
// stands still with the program. It knows no other room; core, which has no
// clock, does not know it. Start reading at Start.
package pulse
