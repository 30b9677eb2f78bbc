// Package tftp serves files, read-only, to firmware and boot loaders.
//
// In: datagrams to port 69 of a segment (RFC 1350, options as in RFC 2347,
// 2348, 2349 and 7440), and Files, which decides what bytes a name stands for.
// Out: those bytes, each transfer from a port and a goroutine of its own, and
// one Transfer record a request, given to Report when it is over.
// It never opens a path, never writes a file, never chooses what a machine
// boots, and never shows a client the server's paths.
// Start reading at Server; sender.go is the protocol, source.go reads blocks.
package tftp
