// Package golden compares what a test made with what is kept for it.
//
// In: a file of the test's own testdata and the text that was made. Out: a
// failed test that shows the difference; with SEEDBED_UPDATE=1 in the
// environment the file is written anew instead. Only tests import it.
package golden
