// Package redhat reads Kickstart and kickseed files as neutral installs.
//
// In: the text of a file. Out: the draft with a line in its report for every
// command and section. What %include brings in is not known, but for the file
// that Seedbed's own %pre writes. It judges no file: room kickstart/check does.
// Start at Kickstart.
package redhat
