// Package progress tells people what the maker is doing and how far it is.
//
// In: steps with a total, and either a counter or a way to look how much is
// done. Out: on a terminal one line redrawn in place, elsewhere a plain line
// every two seconds. It never measures anything by itself and never exits.
// Start reading at Board.
package progress
