// Package packet is the DHCP and BOOTP message, to and from bytes.
//
// In: a datagram, or a Message. Out: a Message, or a datagram. Options are
// joined, split, padded and ended as RFC 2131, 2132 and 3396 want; nothing a
// client sends makes it panic or read past the packet.
// It knows no lease and no machine, and decides nothing: servers and test
// clients use it alike. Start reading at Parse and Message.Append.
package packet
