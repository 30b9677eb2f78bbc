// Package debian reads preseed files as neutral installs.
//
// In: the text of a file, or the answers that kickseed makes of one. Out: the
// draft with a line in its report for every answer. It reads as the installer
// does: what stands behind a line at which that stops is lost. Start at
// Preseed.
package debian
