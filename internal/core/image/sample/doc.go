// Package sample holds small trees with the marker files of real media, for
// tests and for the table of media in the documentation.
//
// In: nothing. Out: Media, each an fs.FS with the names and texts by which its
// family is known, and where those are taken from. It imports no other room.
// Start reading at Media.
package sample
