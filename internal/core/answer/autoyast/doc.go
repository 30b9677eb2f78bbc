// Package autoyast writes AutoYaST control files for SLES and openSUSE Leap 12
// to 15.
//
// In: the neutral install and the subject. Out: the document, faults at their
// places, and what was lost. It reads no control file. Sections and elements
// are those of SUSE's AutoYaST guide. Start at AutoYaST.
package autoyast
