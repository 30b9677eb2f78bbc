// Package inspect looks at a wire before anything is served on it.
//
// In: the name of an interface. Out: a core/symptom.Wire: is there a link,
// which addresses does the interface have, which DHCP servers answer there and
// through which relay. It asks by broadcasting DHCPDISCOVER and DHCPINFORM in
// the interface's own name, and takes no offer. It decides nothing.
// Start reading at Look.
package inspect
