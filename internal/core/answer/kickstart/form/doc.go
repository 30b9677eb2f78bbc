// Package form writes Kickstart commands in their one canonical form.
//
// In: a command as a version knows it, and the values it was given. Out: its
// line, with the options in the order of the reference writer; and where in a
// file it stands. How each command is written stands in form.txt. What is
// written of a value that means something special is room rule's affair.
// Start reading at Line.
package form
