// Package machine reads what the files of a running system say of it.
//
// In: its root as an fs.FS, and a way to run its package manager's query. Out:
// survey.Facts, as they lie there. It reads no secret unless asked, writes
// nothing, and does not say what the facts mean. Start at Read.
package machine
