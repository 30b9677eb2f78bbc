// Package dnsmasq reads the DHCP and TFTP parts of dnsmasq.conf.
//
// In: its text (dnsmasq(8)). Out: subnets, machines and the report in a
// settings.Draft. Tags reach as far as Seedbed has something like them: those
// of a range choose the subnet. What it serves of DNS is lost, and said.
// Start at Read.
package dnsmasq
