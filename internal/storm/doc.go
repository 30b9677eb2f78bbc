// Package storm plays many machines that boot at once, to find out what a
// server bears.
//
// In: a wire, how many machines, how their firmware asks, what the wire loses.
// Out: a Result: who was given which address, how long it took, how often it
// had to ask, who was late and by what. It speaks DHCP in frames of its own making, decides nothing for
// the server, and keeps nothing. Start reading at Run; how firmware asks is in
// manners.go, with its sources, and the network interface in card.go.
package storm
