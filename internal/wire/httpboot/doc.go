// Package httpboot serves boot files, media and answer files by HTTP, and
// takes the callbacks of installers.
//
// In: GET and HEAD of any path, POST or GET under /events/. Out: bytes with
// Range and ETag, directory listings, events with what was sent. Which bytes
// a path has is decided in core/boot. It never redirects, never writes a
// file, and never compresses. Start reading at Server.Serve.
package httpboot
