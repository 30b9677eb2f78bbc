// Package dhcpd reads dhcpd.conf of ISC DHCP.
//
// In: its text (dhcpd.conf(5), dhcp-options(5), dhcp-eval(5)). Out: subnets,
// machines and the report in a settings.Draft, or the first place where the
// grammar does not hold, with line and column. It evaluates no expression and
// opens no included file. Start at Read.
package dhcpd
