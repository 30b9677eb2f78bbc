// Package cache keeps fetched packages as files, up to a size.
//
// In: keys, bytes as they arrive, what is known of them. Out: whole files, the
// least recently used of them removed when room is needed. A file is an entry
// only once all of it and its record are on disk: whatever ends the process,
// nothing half is ever found again. It does not know what a package is, and
// fetches nothing. Start reading at Open, then Store.Create.
package cache
