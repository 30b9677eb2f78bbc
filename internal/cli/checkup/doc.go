// Package checkup looks at this host and its wires for what would keep a
// server from serving.
//
// In: the settings, the state directory, names of interfaces, recordings. Out:
// a Report: findings, each with its remedy, and notes. It asks other DHCP
// servers and mirrors, and changes nothing. cli/doctor prints it.
// Start reading at Report.
package checkup
