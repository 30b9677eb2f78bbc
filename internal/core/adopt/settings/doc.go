// Package settings collects what an old set-up's files say, as settings of ours.
//
// In: what the readers beside it (dhcpd, dnsmasq, pxelinux, tftpd) find. Out:
// the Draft, and its text in YAML that our own reader accepts; for each thing
// in the files an item that says whether it was kept, changed or lost. It
// opens no file and shows no password. Start at Draft.
package settings
