// Package ear hears what other DHCP servers of a segment say to clients.
//
// In: datagrams on port 68, the clients' side. Out: an Answer for each that a
// server broadcast; and, on demand, a question that every server answers.
// It takes no address and answers nobody. What a server says to one client
// alone is not heard. Hearsay remembers who was given which address.
// Start reading at Ear.Run.
package ear
