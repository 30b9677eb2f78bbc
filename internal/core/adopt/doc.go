// Package adopt takes over an old set-up: files of other servers become
// settings of ours.
//
// In: the texts of dhcpd.conf, dnsmasq.conf, menus of PXELINUX and the files
// of /etc/default, each told by its content. Out: settings in YAML, and for
// each thing in the files whether it was kept, changed or lost. One room a
// dialect below; settings collects. It opens no file. Start at Read.
package adopt
