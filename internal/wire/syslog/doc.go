// Package syslog hears what installers say while they work.
//
// In: datagrams to UDP port 514 of a segment, as busybox syslogd -R sends them
// (RFC 3164 without a host name), as RFC 3164 has them, or as RFC 5424 has them.
// Out: one Message a datagram, in the order they came, to Handle.
// It never answers, never believes a word (anyone may send anything under any
// address) and never decides what a message means for an install.
// Start reading at Server; parse.go reads one line.
package syslog
