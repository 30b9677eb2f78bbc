// Package check says what the installers make of a Kickstart file.
//
// In: a parsed file and a version. Out: every problem with its place, as error,
// deprecated or warning; the file's verdict, which is the worst of them; and
// its canonical text, as the reference reader prints what it has read. It
// corrects nothing: that is for lint. Start reading at File.
package check
