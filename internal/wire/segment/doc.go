// Package segment is where packets come and go: one wire, as the servers see it.
//
// In: an interface name (OpenKernel), or an address (NewMemory) for a network
// that lives in this process: gVisor's TCP/IP stack on an Ethernet switch, to
// which QEMU, further stacks and raw stations join.
// Out: UDP ports and TCP listeners that hear this wire and no other, and that
// can speak to a client that has no address yet (RFC 2131 section 4.1).
// It never reads what is inside a datagram and never decides whom to answer.
// Start reading at Segment; frame.go builds and parses frames by hand.
package segment
