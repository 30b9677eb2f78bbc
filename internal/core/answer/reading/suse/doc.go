// Package suse reads AutoYaST control files and Agama profiles as neutral
// installs.
//
// In: the text of a file. Out: the draft with a line in its report for every
// section, or the fault that it is no XML or JSON. Start at AutoYaST and Agama.
package suse
