// Package volumetest reads everything in an image, for the tests of its
// readers.
//
// In: an image as an fs.FS, made or spoilt by a test. Out: the first error
// that reading it met; the test fails where a bound is not kept.
// Start reading at Explore.
package volumetest
