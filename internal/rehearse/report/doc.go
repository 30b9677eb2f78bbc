// Package report is how a rehearsal ended: for programs (JSON), for CI (JUnit)
// and for people (one page, one line).
//
// In: what happened, with its times. Out: the files in the report's directory.
// It watches nothing itself. Start reading at Result.
package report
