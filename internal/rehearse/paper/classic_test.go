package paper

import (
	"strings"
	"testing"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/tftp/tftptest"
)

// classic is the setup of isc-dhcp-server, tftpd-hpa and pxelinux that people
// come from, in our settings.
const classic = `
interfaces: [eth1]
subnets:
  - network: 192.168.0.0/24
    pools: [192.168.0.210-192.168.0.220]
    gateway: 192.168.0.1
    dns: [192.168.0.1]
    domain: mydomain.example
    broadcast: 192.168.0.255
    lease-time: 10m
    max-lease-time: 2h
    next-server: 192.168.0.150
    boot-file: /pxelinux.0
menu: {title: PXE, timeout: 10s, default: local}
profiles:
  debian:
    image: debian-13
    title: Install Debian 13
    kernel-args: [vga=normal]
    install: {root-password: "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3Jk"}
  debian-manual:
    image: debian-13
`

// What a BIOS ROM sees of the classic setup, byte for byte where it matters.
func TestClassicSetupIsServedAsItWas(t *testing.T) {
	t.Parallel()
	s := serve(t, "192.168.0.150/24", classic, imported(t, "debian-13", medium(t, "amd64")))
	m := s.box(BIOS)
	m.xid = 7
	var seen strings.Builder
	card := m.Wire.AttachStation(m.mac())
	c := pxeClient(0)
	offer, err := m.exchange(t.Context(), card, c.message(m, packet.Discover), packet.Offer)
	if err != nil || offer == nil {
		t.Fatalf("no offer: %v", err)
	}
	seen.WriteString("DHCPOFFER\n" + Describe(offer))
	req := c.message(m, packet.Request)
	req.Options = append(req.Options, packet.Option{Code: packet.OptRequested, Data: offer.YIAddr.AsSlice()},
		packet.Option{Code: packet.OptServerID, Data: offer.Get(packet.OptServerID)})
	ack, err := m.exchange(t.Context(), card, req, packet.Ack)
	if err != nil || ack == nil {
		t.Fatalf("no acknowledgement: %v", err)
	}
	seen.WriteString("\nDHCPACK\n" + Describe(ack))
	matches(t, "classic-dhcp.txt", seen.String())
	m.xid++
	greedy := c.message(m, packet.Discover)
	greedy.Options = append(greedy.Options, packet.Option{Code: packet.OptLeaseTime, Data: []byte{0, 1, 0x51, 0x80}}) // a day
	long, err := m.exchange(t.Context(), card, greedy, packet.Offer)
	if err != nil || long == nil || seconds(long.Get(packet.OptLeaseTime)) != "2h0m0s" {
		t.Errorf("who asks for a day is offered max-lease-time, not %+v (%v)", long, err)
	}
	card.Close()
	if err := m.settle(taken(ack)); err != nil {
		t.Fatal(err)
	}
	defer m.leave()
	text, err := m.tftp(t.Context(), "/pxelinux.cfg/default", tftptest.Options{TSize: true, Block: 1408})
	if err != nil {
		t.Fatal(err)
	}
	matches(t, "classic-menu.txt", string(text))
}

func TestClassicSetupBootsTheLocalDiskWhenNobodyTouchesTheMenu(t *testing.T) {
	t.Parallel()
	s := serve(t, "192.168.0.150/24", classic, imported(t, "debian-13", medium(t, "amd64")))
	m := s.box(BIOS)
	if o := boot(t, m); !o.Disk {
		t.Errorf("got: %s", o)
	}
	matches(t, "classic-boot.txt", m.Transcript())
	m.Pick = "debian-manual"
	if o := boot(t, m); o.Kernel == 0 {
		t.Errorf("a manual install was not started: %s", o)
	} else if args := strings.Join(o.Args, " "); strings.Contains(args, "url=") || strings.Contains(args, "auto=true") {
		t.Errorf("a manual install is given answers: %s", args)
	}
}

func TestForcedBootFileIsNotGivenToFirmwareThatCannotRunIt(t *testing.T) {
	t.Parallel()
	s := serve(t, "192.168.0.150/24", classic, imported(t, "debian-13", medium(t, "amd64")))
	for _, rom := range []ROM{X64, HTTP, IPXE} {
		m := s.box(rom)
		if o := boot(t, m); !o.Disk {
			t.Errorf("%s: got %s\n%s", rom, o, m.Transcript())
		}
	}
}
