// Package network writes the new system's network in the words of what
// configures it there: ifupdown, netplan, NetworkManager.
//
// In: the settled interfaces of the neutral install. Out: text, or a tree for
// YAML. All values in them are addresses, numbers or checked words. Start at
// Netplan.
package network
