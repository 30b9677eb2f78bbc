// Package ether is an Ethernet in this process: a learning switch and what
// plugs into it.
//
// In: frames, from ports (Switch.Attach) and from a virtual machine's network
// card behind a stream socket (Switch.AttachStream).
// Out: the same frames, at the port their address was last seen on, or at all
// of them; and, if asked, all of them in a pcap (Switch.Capture).
// It never waits for a slow port: a port that is full loses frames, as on a
// wire. It knows nothing above the Ethernet header.
// Start reading at Switch.send.
package ether
