// Package shell writes words that a POSIX shell reads back unchanged.
//
// In: any text. Out: one quoted word. It runs nothing and judges nothing.
// Start reading at Quote.
package shell
