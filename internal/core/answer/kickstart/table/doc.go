// Package table knows which Kickstart commands and options each release of
// Fedora and Red Hat Enterprise Linux understands.
//
// In: a release's name. Out: its Version, and for it the commands with their
// status, options, types and choices. The facts stand in table.txt, made by
// tools/kickstart-table. It reads no file of a user and judges nothing.
// Start reading at For.
package table
