// Package tftpd reads the files of /etc/default that start tftpd-hpa and
// isc-dhcp-server: assignments of a shell.
//
// In: such a file's text. Out: the TFTP directory, port and interfaces in a
// settings.Draft, and the report. It expands no variable. Start at Read.
package tftpd
