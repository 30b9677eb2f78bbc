// Package upstream decides what the package cache may fetch, and what of it
// may be kept.
//
// In: the repositories that the settings list; a path or an address that a
// client asks for; an address that a name led to. Out: the one URL to fetch,
// or a fault; whether bytes can ever change; the checksum that a name carries.
// It opens no connection and no file. Start reading at Policy.
package upstream
