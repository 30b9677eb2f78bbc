// Package rule knows what the commands of Kickstart ask beyond their options.
//
// In: a command's line, the version that reads it, what the lines before have
// said. Out: what is wrong with it, what is deprecated or given twice, and how
// the reference writes it. The rules stand in the files named after what the
// commands set up; each names the releases that it holds for. They are facts of
// the installers' readers (github.com/pykickstart/pykickstart), in our words.
// Start reading at Call.Check.
package rule
