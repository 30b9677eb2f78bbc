// Package dhcp is the DHCP server of one segment: bytes in, bytes out.
//
// In: datagrams on port 67; as a proxy beside another server, on 4011 too.
// Out: offers, acknowledgements, refusals; a machine.Sighting for whoever
// decides; events along the boot path.
// It chooses neither an address (core/lease) nor what is booted (its Desk),
// and it stays silent rather than acknowledge a lease that is not on disk.
// Rule numbers in the code (RFC sections aside) are these: RFC 2131, 2132,
// 3004, 3046, 3396, 4578, 5859, 6842, PXE 2.1, and what EDK2 and iPXE do.
// Start reading at Server.Serve, then serve in exchange.go and proxy.go;
// reply.go builds every answer; packet is the codec, ear hears other servers.
// What is read at once is answered together: round.go.
package dhcp
