// Package api is the door for the commands of this host: HTTP with JSON over
// the socket DIR/seedbed.sock, which only its owner can open.
//
// In: requests of the command line. Out: what the running server knows, and a
// word to it: arm an attempt, read the settings again. Every route says who
// may use it; what says nothing is refused. It keeps nothing and decides
// nothing, and no port of a network leads here. Start reading at routes.
package api
