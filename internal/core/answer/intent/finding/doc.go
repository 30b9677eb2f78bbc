// Package finding says what is wrong with an Install, and what a dialect
// loses of it.
//
// In: an Install and its Subject. Out: a List: the errors, each at its place in
// the settings with what to do, and the losses that a dialect's writer adds. A
// value that an installer's shell would read as more than a word is an error,
// whatever the installer. It writes no answer file.
// Start reading at Check.
package finding
