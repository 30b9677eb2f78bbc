//go:build e2e

package e2e

import (
	"net/netip"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

// TestShortRealClients: clients that others wrote. busybox's and ISC's are in
// TestShortNamespaceClients.
func TestShortRealClients(t *testing.T) {
	srv, client := classicNet(t)
	v := newServer(t, srv, netbootTree(t), strings.Replace(classic, ".210-192.168.0.220", ".20-192.168.0.220", 1))
	v.serve(t)
	t.Run("dhcpcd", func(t *testing.T) { dhcpcd(t, client, "c1") })
	t.Run("udhcpcOfItsOwnPackage", func(t *testing.T) {
		need(t, "udhcpc")
		out, errs, err := client.try(t, "udhcpc", "-f", "-q", "-n", "-t", "5", "-T", "1", "-i", "c1", "-s", udhcpcScript(t, scratch(t)))
		if err != nil || !strings.Contains(out+errs, "lease of 192.168.0.") {
			t.Errorf("%v\n%s%s", err, out, errs)
		}
	})
	t.Run("nmapDiscovers", func(t *testing.T) {
		need(t, "nmap")
		client.ip(t, "addr replace 192.168.0.9/24 dev c1")
		out := client.run(t, "nmap", "--script", "broadcast-dhcp-discover", "--script-args", "broadcast-dhcp-discover.timeout=3", "-e", "c1")
		wants(t, out, "Response 1 of 1", "DHCP Message Type: DHCPOFFER", "Server Identifier: "+serverAddr, "Subnet Mask: 255.255.255.0",
			"Router: 192.168.0.1", "Domain Name: mydomain.example", "IP Address Lease Time: 10m00s", "Renewal Time Value: 5m00s", "Rebinding Time Value: 8m45s")
	})
	t.Run("nmapInforms", func(t *testing.T) {
		need(t, "nmap")
		out := client.run(t, "nmap", "-sU", "-p", "67", "-Pn", "-n", "--script", "dhcp-discover", serverAddr)
		wants(t, out, "67/udp open", "DHCP Message Type: DHCPACK", "Server Identifier: "+serverAddr, "Domain Name Server: 192.168.0.1")
		if strings.Contains(out, "Lease Time") {
			t.Errorf("an answer to DHCPINFORM has a lease time:\n%s", out)
		}
	})
	t.Run("perfdhcp", func(t *testing.T) {
		need(t, "perfdhcp")
		out, errs, err := client.try(t, "perfdhcp", "-4", "-l", "c1", "-r", "100", "-n", "150", "-R", "150", "-W", "2000000", serverAddr)
		if drops := regexp.MustCompile(`drops: (\d+)`).FindAllStringSubmatch(out, -1); err != nil || len(drops) != 2 || drops[0][1] != "0" || drops[1][1] != "0" {
			t.Errorf("%v %v\n%s%s", err, drops, out, errs)
		}
		if n := len(v.leases(t)); n < 150 {
			t.Errorf("%d leases after 150 exchanges", n)
		}
	})
	t.Run("LeasesForOtherTools", func(t *testing.T) { leaseTools(t, srv, v) })
	v.stop(t)
}

func wants(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

// dhcpcd keeps its state in fixed directories: it gets a mount namespace, with
// empty ones. It looks by ARP for who has the address: six seconds.
func dhcpcd(t *testing.T, s *space, iface string) {
	need(t, "dhcpcd", "unshare")
	out, errs, err := s.try(t, "unshare", "-m", "sh", "-c", "mount -t tmpfs none /run && mount -t tmpfs none /var/lib && exec dhcpcd -4 -1 -t 20 -B -d "+iface)
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	wants(t, out+errs, "from "+serverAddr, "for 600 seconds", "renew in 300 seconds, rebind in 525 seconds", "DAD completed for 192.168.0.", "adding default route via 192.168.0.1")
	s.ip(t, "addr flush dev "+iface)
}

// leaseTools reads --format dhcpd.leases with what reads dhcpd.leases(5).
func leaseTools(t *testing.T, s *space, v *server) {
	dir := scratch(t)
	file := write(t, dir, "dhcpd.leases", v.cli(t, "leases", "--format", "dhcpd.leases"))
	conf := write(t, dir, "dhcpd.conf", "subnet 192.168.0.0 netmask 255.255.255.0 { range 192.168.0.20 192.168.0.220; }\n")
	active := 0
	for _, l := range v.leases(t) {
		if l.State == "active" {
			active++
		}
	}
	if active < 150 {
		t.Fatalf("only %d leases to read", active)
	}
	ran := 0
	reads := func(name string, want *regexp.Regexp, count int, args ...string) {
		t.Helper()
		path, err := exec.LookPath(name)
		if err != nil {
			t.Logf("%s is not on this host: run tools/setup e2e", name)
			return
		}
		ran++
		out, errs, err := s.try(t, path, args...)
		if got := want.FindAllString(out+errs, -1); err != nil || len(got) != count {
			t.Errorf("%s found %d, want %d (%v):\n%s%s", name, len(got), count, err, tail(out, 20), tail(errs, 20))
		}
	}
	reads("dhcp-lease-list", regexp.MustCompile(`(?m)^MAC [0-9a-f:]{17} IP 192\.168\.0\.\d+ `), active, "--parsable", "--lease", file)
	reads("perl", regexp.MustCompile(`(?m)^192\.168\.0\.\d+ active [0-9a-f:]{17}$`), active, "-MText::DHCPLeases", "-e",
		`for (Text::DHCPLeases->new(file=>$ARGV[0])->get_objects) { print join(" ", $_->name, $_->binding_state, $_->mac_address // ""), "\n" }`, file)
	reads("/usr/bin/python3", regexp.MustCompile(`(?m)^192\.168\.0\.\d+ True`), active, "-c",
		"import sys\nfrom isc_dhcp_leases import IscDhcpLeases\nfor l in IscDhcpLeases(sys.argv[1]).get(): print(l.ip, l.valid and l.active)", file)
	reads("dhcpd-pools", regexp.MustCompile(`(?m)^All networks +192\.168\.0\.20 +- 192\.168\.0\.220 +201 +`+strconv.Itoa(active)+` `), 1, "-c", conf, "-l", file)
	if ran == 0 {
		t.Skip("no program that reads dhcpd.leases is on this host")
	}
}

// TestShortRelay: a DHCP relay between the machines and the server. The port
// that it tells is a machine's name, and what it cannot be asked by ARP is
// pinged.
func TestShortRelay(t *testing.T) {
	need(t, "ip", "busybox", "dhcrelay")
	srv, relay, client := newSpace(t), newSpace(t), newSpace(t)
	cable(t, srv, "eth1", relay, "r0")
	cable(t, relay, "r1", client, "c1")
	srv.ip(t, "addr add "+serverAddr+"/24 dev eth1", "route add 10.1.0.0/24 via 192.168.0.2")
	relay.ip(t, "addr add 192.168.0.2/24 dev r0", "addr add 10.1.0.1/24 dev r1", "addr add 10.1.0.10/32 dev r1")
	relay.run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
	v := newServer(t, srv, netbootTree(t), strings.Replace(strings.Replace(classic, "subnets:\n", `subnets:
  - {network: 10.1.0.0/24, pools: [10.1.0.10-10.1.0.20], gateway: 10.1.0.1, dns: [10.1.0.1]}
`, 1), "profiles:", "machines:\n  - {name: atport, relay-port: {circuit-id: r1}, address: 10.1.0.77}\nprofiles:", 1))
	v.serve(t)
	v.says(t, "uses 10.1.0.10 without a lease", 10*time.Second)
	start := func(flags ...string) func() {
		out := newOutput()
		cmd := exec.Command("dhcrelay", append(append([]string{"-4", "-d", "--no-pid"}, flags...), "-i", "r1", "-i", "r0", serverAddr)...)
		cmd.Stdout, cmd.Stderr = out, out
		if err := relay.start(cmd); err != nil {
			t.Fatal(err)
		}
		within(t, 5*time.Second, func() (bool, string) { return strings.Contains(out.String(), "Socket"), out.String() })
		return func() { cmd.Process.Kill(); cmd.Wait() }
	}
	stop := start()
	got, ok := udhcpc(t, client, "c1")
	if !ok || got["ip"] != "10.1.0.11" || got["router"] != "10.1.0.1" || got["serverid"] != serverAddr {
		t.Errorf("by the relay: %v; .10 is in use, .11 is the first free one", got)
	}
	stop()
	client.ip(t, "addr flush dev c1")
	defer start("-a")()
	if got, ok = udhcpc(t, client, "c1"); !ok || got["ip"] != "10.1.0.77" {
		t.Errorf("by a relay that tells the port: %v, want the address reserved for it", got)
	}
	if l := v.leases(t); !strings.Contains(v.cli(t, "leases"), "atport") {
		t.Errorf("the lease is not the port's machine's: %+v", l)
	}
	v.stop(t)
}

// TestShortAddressInStrangeHands: a device has an address of the pool set by
// hand. It is never offered, and that is told.
func TestShortAddressInStrangeHands(t *testing.T) {
	srv, client := classicNet(t)
	for _, c := range []struct {
		setting, want string
	}{{"true", "192.168.0.211"}, {"false", "192.168.0.210"}} {
		v := newServer(t, srv, netbootTree(t), classic+"conflict-probe: "+c.setting+"\n")
		client.ip(t, "addr flush dev c1", "addr add 192.168.0.210/24 dev c1")
		v.serve(t)
		who := newCaller(t, client, "c1", "192.168.0.210/24")
		who.say("02:00:00:00:00:07", packet.Discover)
		all := who.hear(5*time.Second, func(all []packet.Message) bool { return len(all) > 0 })
		if len(all) != 1 || all[0].YIAddr.String() != c.want {
			t.Errorf("conflict-probe: %s: %+v, want an offer of %s", c.setting, all, c.want)
		}
		told := "uses 192.168.0.210 without a lease"
		if said := strings.Contains(v.log.String(), told); said != (c.setting == "true") || happened(v.events(t), "reported", told) != said {
			t.Errorf("conflict-probe: %s, and it is said %v", c.setting, said)
		}
		v.stop(t)
	}
}

// TestShortALostDatabase: the state directory is emptied under a server that
// has given leases; the next one finds them again by its clients' word.
func TestShortALostDatabase(t *testing.T) {
	srv, client := classicNet(t)
	v := newServer(t, srv, netbootTree(t), classic)
	v.serve(t)
	got, ok := udhcpc(t, client, "c1")
	if !ok {
		t.Fatal("no lease")
	}
	v.stop(t)
	for _, f := range []string{"seedbed.db", "seedbed.db-wal", "seedbed.db-shm"} {
		srv.run(t, "rm", "-f", filepath.Join(v.state, f))
	}
	v.configure(t, strings.Replace(classic, "profiles:\n  debian: {image: netboot, title: Install Debian}\n", "", 1))
	v.serve(t)
	v.says(t, "records of leases are missing", time.Second)
	addr4 := netip.MustParseAddr(got["ip"])
	who := newCaller(t, client, "c1", got["ip"]+"/24")
	who.say(macOf(t, client, "c1"), packet.Request, packet.Option{Code: packet.OptRequested, Data: addr4.AsSlice()})
	all := who.hear(5*time.Second, func(all []packet.Message) bool { return len(all) > 0 })
	if len(all) != 1 || all[0].Type() != packet.Ack || all[0].YIAddr.String() != got["ip"] {
		t.Errorf("INIT-REBOOT: %+v", all)
	}
	_, errs, _ := srv.try(t, v.bin, "--state", v.state, "-c", v.settings, "leases")
	wants(t, errs, "records are missing and are being rebuilt until")
	v.cli(t, "leases", "--rebuilt")
	v.says(t, "complete again", 5*time.Second)
	v.stop(t)
	v.serve(t)
	if strings.Contains(v.log.String(), "records of leases are missing") {
		t.Error("the next start rebuilds again")
	}
	v.stop(t)
}
