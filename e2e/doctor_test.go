//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seedbed/internal/wire/dhcp/packet"
	"seedbed/internal/wire/segment"
)

// doctorReport is what doctor --json prints.
type doctorReport struct {
	Findings []doctorFinding
	Notes    []string
	Wires    []struct {
		Interface string
		Link      bool
		Servers   []struct{ Address, Offers, Relay string } `json:"dhcp-servers"`
	}
}

type doctorFinding struct{ Check, Message, Hint string }

// only gives the findings that are of the wire or of ports: what the host
// lacks is no matter here.
func (r doctorReport) only(checks ...string) (out []doctorFinding) {
	for _, f := range r.Findings {
		if len(checks) == 0 && !slices.Contains([]string{"loader", "wimboot", "rehearse", "disk", "clock"}, f.Check) || slices.Contains(checks, f.Check) {
			out = append(out, f)
		}
	}
	return out
}

// doctor runs it and gives its report; with findings it ends with 3.
func (v *server) doctor(t *testing.T, args ...string) doctorReport {
	t.Helper()
	start := time.Now()
	out, errs, err := v.space.try(t, v.bin, append([]string{"--state", v.state, "-c", v.settings, "doctor", "--json"}, args...)...)
	var r doctorReport
	if jerr := json.Unmarshal([]byte(out), &r); jerr != nil {
		t.Fatalf("doctor: %v, %v\n%s%s", err, jerr, out, errs)
	}
	var exit *exec.ExitError
	code := 0
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	if want := map[bool]int{true: 3}[len(r.Findings) > 0]; code != want {
		t.Errorf("exit code %d with %d findings", code, len(r.Findings))
	}
	t.Logf("doctor took %s", time.Since(start).Round(10*time.Millisecond))
	return r
}

// wants says that exactly one finding is there, with these words.
func (r doctorReport) wants(t *testing.T, check, words string) {
	t.Helper()
	all := r.only()
	if len(all) != 1 || all[0].Check != check || !strings.Contains(all[0].Message, words) || all[0].Hint == "" {
		t.Errorf("findings %+v, want %s with %q", all, check, words)
	}
}

// background starts a program in a room; what it says is logged when the test fails.
func background(t *testing.T, s *space, cmd *exec.Cmd) (out *output, stop func()) {
	t.Helper()
	out = newOutput()
	cmd.Stdout, cmd.Stderr = out, out
	if err := s.start(cmd); err != nil {
		t.Fatal(err)
	}
	stop = func() { cmd.Process.Kill(); cmd.Wait() }
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s says:\n%s", cmd.Path, tail(out.String(), 20))
		}
	})
	return out, stop
}

// TestShortDoctorFindsForeignServers: real ones, asked as they come (dnsmasq
// pings an address for three seconds before it offers it).
func TestShortDoctorFindsForeignServers(t *testing.T) {
	need(t, "ip")
	for _, b := range besides {
		t.Run(b.name, func(t *testing.T) {
			need(t, b.program)
			room, rival := newSpace(t), newSpace(t)
			cable(t, room, "eth1", rival, "r1")
			room.ip(t, "addr add "+serverAddr+"/24 dev eth1")
			rival.ip(t, "addr add "+rivalAddr+"/24 dev r1")
			v := newServer(t, room, netbootTree(t), classic)
			if got := v.doctor(t).only(); len(got) > 0 {
				t.Errorf("alone: %+v", got)
			}
			cmd := b.start(t, scratch(t))
			cmd.Args = slices.DeleteFunc(cmd.Args, func(a string) bool { return a == "--no-ping" })
			background(t, rival, cmd)
			var r doctorReport
			within(t, 20*time.Second, func() (bool, string) {
				r = v.doctor(t)
				return len(r.only()) > 0, "no finding"
			})
			r.wants(t, "foreign-dhcp", "another DHCP server "+rivalAddr)
			if len(r.Wires) != 1 || len(r.Wires[0].Servers) != 1 || r.Wires[0].Servers[0].Address != rivalAddr {
				t.Errorf("wires: %+v", r.Wires)
			}
			v.configure(t, "interfaces: [eth1]\ndhcp: proxy\nprofiles: {debian: {image: netboot}}\n")
			if r = v.doctor(t); len(r.only()) > 0 || !strings.Contains(strings.Join(r.Notes, "\n"), "DHCP server "+rivalAddr) {
				t.Errorf("as a proxy: %+v, notes %q", r.only(), r.Notes)
			}
			v.configure(t, "interfaces: [eth1]\ndhcp: off\nprofiles: {debian: {image: netboot}}\n")
			v.doctor(t).wants(t, "no-boot-file", rivalAddr)
			// Without an address, and named by hand.
			room.ip(t, "addr flush dev eth1")
			r = v.doctor(t, "-i", "eth1")
			if got := r.only("no-address"); len(got) != 1 || len(r.Wires[0].Servers) != 1 {
				t.Errorf("asked without an address: %+v, %+v", got, r.Wires)
			}
		})
	}
}

func TestShortDoctorFindsARelay(t *testing.T) {
	need(t, "ip", "dnsmasq", "dhcrelay")
	room, relay, far := newSpace(t), newSpace(t), newSpace(t)
	cable(t, room, "eth1", relay, "r1")
	cable(t, relay, "r0", far, "f0")
	room.ip(t, "addr add "+serverAddr+"/24 dev eth1")
	relay.ip(t, "addr add 192.168.0.9/24 dev r1", "addr add 10.1.0.1/24 dev r0")
	far.ip(t, "addr add 10.1.0.2/24 dev f0", "route add 192.168.0.0/24 via 10.1.0.1")
	relay.run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
	background(t, far, exec.Command("dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--port=0", "--user=root", "--interface=f0",
		"--bind-interfaces", "--pid-file=", "--dhcp-leasefile="+filepath.Join(scratch(t), "leases"), "--dhcp-range=192.168.0.100,192.168.0.110,255.255.255.0,10m"))
	out, _ := background(t, relay, exec.Command("dhcrelay", "-4", "-d", "--no-pid", "-i", "r1", "-i", "r0", "10.1.0.2"))
	within(t, 5*time.Second, func() (bool, string) { return strings.Contains(out.String(), "Socket"), out.String() })
	v := newServer(t, room, netbootTree(t), classic)
	r := v.doctor(t)
	r.wants(t, "foreign-dhcp", "another DHCP server 10.1.0.2 (through the relay 192.168.0.9)")
	if !strings.Contains(strings.Join(r.Notes, "\n"), "eth1: a DHCP relay (192.168.0.9)") {
		t.Errorf("notes: %q", r.Notes)
	}
}

func TestShortDoctorLooksAtLinkAndPorts(t *testing.T) {
	need(t, "ip", "dnsmasq")
	room, client := classicNet(t)
	v := newServer(t, room, netbootTree(t), classic)
	client.ip(t, "link set c1 down")
	v.doctor(t).wants(t, "no-link", "eth1: there is no link")
	room.ip(t, "link set eth1 down")
	v.doctor(t).wants(t, "link-down", "eth1: the interface is switched off")
	client.ip(t, "link set c1 up")
	room.ip(t, "link set eth1 up", "addr flush dev eth1", "addr add 10.7.0.1/24 dev eth1")
	v.doctor(t).wants(t, "other-subnet", "192.168.0.0/24")
	room.ip(t, "addr flush dev eth1", "addr add "+serverAddr+"/24 dev eth1")
	dir := scratch(t)
	_, stop := background(t, room, exec.Command("dnsmasq", "--keep-in-foreground", "--log-facility=-", "--conf-file=/dev/null", "--port=0", "--user=root",
		"--listen-address="+serverAddr, "--bind-interfaces", "--pid-file=", "--enable-tftp", "--tftp-root="+dir))
	var r doctorReport
	within(t, 10*time.Second, func() (bool, string) { r = v.doctor(t); return len(r.only()) > 0, "no finding" })
	r.wants(t, "port", "UDP port 69 on eth1 is in use by dnsmasq (process ")
	stop()
	v.serve(t)
	if r = v.doctor(t); len(r.only()) > 0 || !strings.Contains(strings.Join(r.Notes, "\n"), "seedbed serves from "+v.state) {
		t.Errorf("beside its own server: %+v, notes %q", r.only(), r.Notes)
	}
	v.stop(t)
	v.configure(t, strings.ReplaceAll(classic, "eth1", "eth9"))
	v.doctor(t).wants(t, "no-interface", "eth9")
}

// TestShortDoctorHearsBoots: live, beside a server, what keeps machines from
// booting; and a recording of the same says the same.
func TestShortDoctorHearsBoots(t *testing.T) {
	need(t, "ip", "busybox", "curl", "nft", "tcpdump")
	room, between, client := newSpace(t), newSpace(t), newSpace(t)
	cable(t, room, "eth1", between, "b1")
	cable(t, between, "b2", client, "c1")
	between.ip(t, "link add bridge0 type bridge", "link set bridge0 up", "link set b1 master bridge0", "link set b2 master bridge0")
	room.ip(t, "addr add "+serverAddr+"/24 dev eth1")
	v := newServer(t, room, netbootTree(t), classic)
	v.serve(t)
	file := filepath.Join(scratch(t), "boot.pcap")
	dump, stopDump := background(t, room, exec.Command("tcpdump", "-i", "eth1", "-U", "-s", "0", "-w", file))
	within(t, 10*time.Second, func() (bool, string) { return strings.Contains(dump.String(), "listening on"), dump.String() })
	live := exec.Command(v.bin, "--state", v.state, "-c", v.settings, "doctor", "--live", "-i", "eth1", "--for", "40s", "--json")
	out, _ := background(t, room, live)
	within(t, 5*time.Second, func() (bool, string) { return strings.Contains(out.String(), "hearing machines boot"), out.String() })
	// soon says that a finding comes while it happens.
	soon := func(check, words string) {
		t.Helper()
		start := time.Now()
		within(t, 12*time.Second, func() (bool, string) {
			return slices.ContainsFunc(lines(out.String()), func(f doctorFinding) bool { return f.Check == check && strings.Contains(f.Message, words) }), out.String()
		})
		t.Logf("%s was told %s after it was over", check, time.Since(start).Round(100*time.Millisecond))
	}

	// A boot that goes on, and a second one of the same machine: nothing to tell.
	for range 2 {
		boot(t, client)
		curl(t, client, "tftp://"+serverAddr+"/pxelinux.cfg/default", "-o", os.DevNull)
	}
	if got := lines(out.String()); len(got) > 0 {
		t.Errorf("of a good boot: %+v", got)
	}
	for range 2 { // the loader again, and nothing after it
		boot(t, client)
	}
	soon("loader-loop", "architecture 0 asked 2 times")
	between.run(t, "nft", "add table bridge f; add chain bridge f c { type filter hook forward priority 0; }; "+
		"add rule bridge f c ip saddr "+serverAddr+" udp sport != 67 udp dport != 68 drop")
	client.try(t, "timeout", "7", "busybox", "tftp", "-g", "-b", "512", "-r", "ldlinux.c32", "-l", os.DevNull, serverAddr)
	soon("tftp-firewall", `"ldlinux.c32"`)
	// This firmware hears two offers and takes none.
	scripted(t, client, "02:00:00:00:00:09")
	soon("proxy-ignored", "no DHCPREQUEST: this firmware ignores ProxyDHCP")
	stopDump()
	if err := live.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	live.Wait()
	if code := live.ProcessState.ExitCode(); code != 3 {
		t.Errorf("after Ctrl-C the exit code is %d, want 3", code)
	}
	want := checksOf(lines(out.String()))
	if got := checksOf(v.doctor(t, "--pcap", file).Findings); got != want {
		t.Errorf("the recording says %s, live said %s", got, want)
	}
	if _, err := exec.LookPath("editcap"); err != nil {
		t.Skip("needs editcap, to write the recording as pcapng")
	}
	room.run(t, "editcap", "-F", "pcapng", file, file+"ng")
	if got := checksOf(v.doctor(t, "--pcap", file+"ng").Findings); got != want {
		t.Errorf("as pcapng it says %s, live said %s", got, want)
	}
}

// lines reads findings that came a line each, among others.
func lines(text string) (all []doctorFinding) {
	for line := range strings.Lines(text) {
		var f doctorFinding
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &f) == nil {
			all = append(all, f)
		}
	}
	return all
}

func checksOf(all []doctorFinding) string {
	var names []string
	for _, f := range all {
		who, _, _ := strings.Cut(f.Message, ": ")
		names = append(names, f.Check+" of "+who)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// boot asks for an address as a BIOS network card does, and loads what it is told.
func boot(t *testing.T, client *space) {
	t.Helper()
	got, ok := udhcpc(t, client, "c1", bios...)
	if !ok {
		t.Fatal("no lease")
	}
	client.ip(t, "addr replace "+got["ip"]+"/24 dev c1")
	curl(t, client, "tftp://"+serverAddr+"/"+got["boot_file"], "-o", os.DevNull)
}

// scripted plays, frame by frame, firmware that asks three times and takes
// neither the offer of an address nor that of a boot file.
func scripted(t *testing.T, s *space, mac string) {
	t.Helper()
	hw, err := net.ParseMAC(mac)
	if err != nil {
		t.Fatal(err)
	}
	var tap *segment.Tap
	if err := s.do(func() (err error) { tap, err = segment.OpenTap("c1"); return err }); err != nil {
		t.Fatal(err)
	}
	defer tap.Close()
	send := func(from string, m packet.Message) {
		m.HType, m.HLen, m.XID, m.Flags = packet.Ethernet, 6, 0x7e57, packet.FlagBroadcast
		copy(m.CHAddr[:], hw)
		src, to := netip.AddrPortFrom(netip.IPv4Unspecified(), packet.ClientPort), netip.AddrPortFrom(netip.MustParseAddr("255.255.255.255"), packet.ServerPort)
		if m.Op == packet.OpReply {
			src, to = netip.AddrPortFrom(netip.MustParseAddr(from), packet.ServerPort), netip.AddrPortFrom(to.Addr(), packet.ClientPort)
			m.Options = append(m.Options, packet.Option{Code: packet.OptServerID, Data: src.Addr().AsSlice()})
		}
		if err := tap.Send(segment.BuildUDP(segment.UDPFrame{Src: hw, Dst: segment.Broadcast, From: src, To: to, Data: m.Append(nil, 1400)})); err != nil {
			t.Fatal(err)
		}
	}
	kind := func(k packet.MessageType) packet.Option {
		return packet.Option{Code: packet.OptMessageType, Data: []byte{byte(k)}}
	}
	for range 3 {
		send("", packet.Message{Op: packet.OpRequest, Options: append([]packet.Option{kind(packet.Discover)}, rom(7)...)})
		send(rivalAddr, packet.Message{Op: packet.OpReply, YIAddr: netip.MustParseAddr("192.168.0.101"), Options: []packet.Option{kind(packet.Offer)}})
		send("192.168.0.151", packet.Message{Op: packet.OpReply, File: "shimx64.efi", Options: []packet.Option{kind(packet.Offer),
			{Code: packet.OptVendorClass, Data: []byte("PXEClient")}}})
		time.Sleep(2 * time.Second)
	}
}
