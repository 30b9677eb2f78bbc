// Package store keeps on disk what must outlive the process.
//
// In: leases, machines, images, attempts, events and served documents.
// Out: the same, as they were; an error whenever they could not be kept. One
// SQLite file, DIR/seedbed.db; one Go file a table, one SQL file a schema
// step. It decides nothing, and never starts empty over a damaged file: it
// refuses, and leaves the file as it is. Start reading at Open.
package store
