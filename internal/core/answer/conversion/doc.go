// Package conversion turns an answer file of one dialect into one of another.
//
// In: the text of a file and the release that the new one is for. Out: the new
// document, and what became of each thing in the old one: kept, changed or
// lost, and why. What cannot be rendered is left out and reported, never
// dropped in silence. Start at Read and Draft.To.
package conversion
