// Package mirror is the package cache's door: an HTTP proxy for the listed
// repositories, also reached as /cache/NAME/.
//
// In: GET and HEAD of clients. Out: packages and indexes, fetched once however
// many ask, sent on while they arrive, and kept. What may be fetched and kept
// is decided in core/upstream; where bytes lie is disk/cache's matter. A file
// that did not come whole is never kept, and never looks whole to a client.
// Start reading at Server.ServeHTTP, then flight.run.
package mirror
