package adopt

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"seedbed/internal/config"
	"seedbed/internal/core/adopt/settings"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/lease"
	"seedbed/internal/fault"
	"seedbed/internal/golden"
)

// compare takes addresses as values, and no list as an empty one.
var compare = cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b lease.Option) bool { return a.Code < b.Code })}

func sample(t testing.TB, name, where string) File {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return File{Name: name, Path: where, Text: string(b)}
}

func nowhere(string) bool { return false }

// readable wants the settings to say to our own reader what the draft says.
func readable(t testing.TB, r Result) *config.Config {
	t.Helper()
	c, err := config.Parse("seedbed.yaml", r.Text)
	if err != nil {
		t.Fatalf("our own reader refuses it: %v\n%s", err, r.Text)
	}
	var want []lease.Subnet
	for _, s := range r.Draft.Subnets {
		want = append(want, s.Subnet)
	}
	if d := cmp.Diff(want, c.Subnets, compare); d != "" {
		t.Fatalf("subnets are not what was read (-draft +settings):\n%s\n%s", d, r.Text)
	}
	if len(c.Machines) != len(r.Draft.Machines) {
		t.Fatalf("%d machines, want %d", len(c.Machines), len(r.Draft.Machines))
	}
	for i, m := range r.Draft.Machines {
		if d := cmp.Diff(m.Machine, c.Machines[i], compare); d != "" {
			t.Fatalf("machine %s (-draft +settings):\n%s", m.Name, d)
		}
	}
	if r.Draft.Menu.Title != "" && c.Boot.Title != r.Draft.Menu.Title {
		t.Fatalf("the menu's title is %q, want %q", c.Boot.Title, r.Draft.Menu.Title)
	}
	return c
}

func report(r Result) string {
	var b strings.Builder
	for _, i := range r.Draft.Items {
		fmt.Fprintf(&b, "%s:%d: %s: %s: %s\n", i.File, i.Line, i.Verdict, i.What, i.Why)
	}
	return b.String()
}

func TestRealisticFiles(t *testing.T) {
	for name, files := range map[string][]File{
		"classic": {sample(t, "dhcpd.conf", "/etc/dhcp/dhcpd.conf"), sample(t, "menu.cfg", "/srv/tftp/pxelinux.cfg/default"), sample(t, "tftpd-hpa", "/etc/default/tftpd-hpa")},
		"dnsmasq": {sample(t, "dnsmasq.conf", "/etc/dnsmasq.conf")},
		"menu":    {sample(t, "menu.cfg", "/tmp/menu.cfg")},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read(files, Options{HasDir: nowhere})
			if err != nil {
				t.Fatal(err)
			}
			readable(t, r)
			golden.Check(t, name+".yaml", string(r.Text))
			golden.Check(t, name+".report", report(r))
		})
	}
}

// What the file means is what the settings mean, by figures written by hand.
func TestMeaningOfDHCPD(t *testing.T) {
	r, err := Read([]File{sample(t, "dhcpd.conf", "/etc/dhcp/dhcpd.conf")}, Options{Interfaces: []string{"ens3"}, HasDir: nowhere})
	if err != nil {
		t.Fatal(err)
	}
	c := readable(t, r)
	ip := netip.MustParseAddr
	if len(c.Subnets) != 2 || len(c.Machines) != 42 || len(c.Reservations) != 40 || !c.Authoritative || c.Interfaces[0] != "ens3" {
		t.Fatalf("%d subnets, %d machines, %d reservations, authoritative %v, %v", len(c.Subnets), len(c.Machines), len(c.Reservations), c.Authoritative, c.Interfaces)
	}
	lab, rack := c.Subnets[0], c.Subnets[1]
	if d := cmp.Diff(lease.Subnet{Network: netip.MustParsePrefix("192.168.10.0/24"),
		Pools:   []lease.Range{{First: ip("192.168.10.50"), Last: ip("192.168.10.99")}, {First: ip("192.168.10.200"), Last: ip("192.168.10.220")}},
		Gateway: ip("192.168.10.1"), DNS: []netip.Addr{ip("192.168.10.1"), ip("192.168.10.2")}, NTP: []netip.Addr{ip("192.168.10.1")},
		Domain: "lab.example", Broadcast: ip("192.168.10.255"), LeaseTime: 10 * time.Minute, MaxLease: 2 * time.Hour, NextServer: ip("192.168.10.5"),
		Options: []lease.Option{{Code: 176, Data: []byte("gw;1#2")}}}, lab, compare); d != "" {
		t.Error(d)
	}
	if rack.LeaseTime != time.Hour || rack.MaxLease != 24*time.Hour || rack.Gateway != ip("10.20.0.1") || len(rack.Options) != 2 ||
		rack.Routes[0] != (lease.Route{To: netip.MustParsePrefix("10.1.2.0/24"), Via: ip("10.20.0.1")}) {
		t.Errorf("the rack's: %+v", rack)
	}
	if m := c.Machines[0]; m.Name != "node01" || m.Address != ip("192.168.10.101") || m.MACs[0].String() != "00:0c:29:83:d1:01" {
		t.Errorf("the first machine: %+v", m)
	}
}

func TestGrammarFaultsHaveTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, at, says string }{
		{"option routers 10.0.0.1\ndefault-lease-time 600;\n", "f:1:16", "a semicolon is missing"},
		{"subnet 10.0.0.0 netmask 255.0.0.0 {\n  range 10.0.0.5 10.0.0.9\n}\n", "f:2:18", "a semicolon is missing"},
		{"subnet 10.0.0.0 netmask 255.0.0.0 {\n", "f:1:35", "never closed"},
		{"authoritative;\n}\n", "f:2:1", "closes nothing"},
		{"option domain-name \"a;\n", "f:1:20", "no closing"},
		{"subnet 10.0.0.0 netmask 255.0.0.0;\n", "f:1:1", "a { is missing"},
		{"dhcp-range=10.0.0.5,10.0.0.9\nhello world\n", "f:2:1", "no line of dnsmasq's"},
		{"TFTP_DIRECTORY=\"/srv\n", "f:1", "no closing quote"},
		{"LABEL a\nTEXT HELP\n hello\n", "f:2", "no ENDTEXT"},
	} {
		_, err := Read([]File{{Name: "f", Path: "/f", Text: c.text}}, Options{})
		list, ok := err.(fault.List)
		if !ok || list[0].Position.String() != c.at || !strings.Contains(list[0].Msg, c.says) {
			t.Errorf("%q: %v, want %s: %s", c.text, err, c.at, c.says)
		}
	}
	if _, err := Read([]File{{Name: "f", Text: "hello\n"}}, Options{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a file of no kind: %v", err)
	}
}

// Hostile values arrive whole, or are lost and said.
func TestHostileValues(t *testing.T) {
	for _, v := range []string{`yes`, `"null"`, `: - {a}`, `'`, `a\nb`, `\"x`, `0x41`, `1.2.3.4`, `# no comment`, `~`, `\377\000`, `- x`, `!!binary x`, `é€`, `%TAG`, `  blanks  `, `=`, `<<`, `2026-11-27`} {
		text := "subnet 10.0.0.0 netmask 255.255.255.0 { option domain-name \"" + v + "\"; option root-path \"" + v + "\"; option nwip-domain \"" + v +
			"\"; filename \"x" + v + "\"; }\nhost \"" + v + "\" { hardware ethernet 0:0:0:0:0:1; }\nhost a { hardware ethernet 00:0c:29:83:d1:d1; option host-name \"" + v + "\"; }\n"
		r, err := Read([]File{{Name: "f", Path: "/f", Text: text}}, Options{})
		if strings.Count(v, `"`)-strings.Count(v, `\"`) > 0 && err != nil {
			continue // that text ends early: the grammar's fault
		}
		if err != nil {
			t.Errorf("%q: %v", v, err)
			continue
		}
		readable(t, r)
	}
	for _, v := range []string{"yes", "null", "a: b", `"x"`, "# a", "'", "[", "\u2028", "é"} {
		r, err := Read([]File{{Name: "f", Path: "/f", Text: "MENU TITLE " + v + "\nLABEL " + v + "\nKERNEL " + v + "\nAPPEND a=" + v + "\n"}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		readable(t, r)
	}
}

func TestDnsmasqProxy(t *testing.T) {
	r, err := Read([]File{{Name: "f", Path: "/f", Text: "interface=eth2\ndhcp-range=192.168.0.0,proxy\ndhcp-boot=pxelinux.0\nport=0\nenable-tftp\n"}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := readable(t, r); c.DHCP != "proxy" || c.Interfaces[0] != "eth2" {
		t.Errorf("dhcp %s on %v", c.DHCP, c.Interfaces)
	}
	for _, i := range r.Draft.Items {
		if i.Verdict == reading.Lost {
			t.Errorf("lost: %+v", i)
		}
	}
}

func TestPasswordIsNeverShown(t *testing.T) {
	for _, p := range []string{"secret99", "$4$salt$secret99", "$6$a b$secret99"} {
		r, err := Read([]File{{Name: "f", Path: "/f", Text: "MENU MASTER PASSWD " + p + "\nLABEL x\nMENU PASSWD " + p + "\nLOCALBOOT 0\n"}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(r.Text)+report(r), "secret99") {
			t.Errorf("the password is shown:\n%s%s", r.Text, report(r))
		}
	}
}

// fuzz wants of a reader, for any text, a fault or settings that our own
// reader takes and understands as they were meant.
func fuzz(f *testing.F, k Kind, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := &settings.Draft{RootMissing: true}
		if read(d, k, File{Name: "f", Path: "/srv/tftp/pxelinux.cfg/default", Text: text}) != nil {
			return
		}
		d.Settle()
		yaml, err := d.Render()
		if err != nil {
			t.Fatal(err)
		}
		readable(t, Result{Text: yaml, Draft: d})
	})
}

func FuzzDHCPD(f *testing.F) {
	fuzz(f, DHCPD, sample(f, "dhcpd.conf", "").Text, "subnet 10.0.0.0 netmask 255.0.0.0{range 10.0.0.9 10.1.0.0;option nwip-domain \"\\x41\";}host a{hardware ethernet 0:0:0:0:0:1;fixed-address 10.0.0.1;}",
		"option a code 9=text;option a \"x\";subnet 10.0.0.0 netmask 255.255.255.0{option dhcp-client-identifier 1;pool{range 10.0.0.1;}}")
}

func FuzzDnsmasq(f *testing.F) {
	fuzz(f, Dnsmasq, sample(f, "dnsmasq.conf", "").Text, "dhcp-range=set:a,10.0.0.1,10.0.9.9,12h\ndhcp-option=tag:a,60,x\ndhcp-host=id:1:2,10.0.0.7,n\ndomain=#\n")
}

func FuzzPXELINUX(f *testing.F) {
	fuzz(f, PXELINUX, sample(f, "menu.cfg", "").Text, "menu title a: b\ntimeout 9\nlabel \"\nkernel x\nappend a=b c\nserial 1\nmenu master passwd $1$a$b\n")
}

func FuzzTFTPD(f *testing.F) {
	fuzz(f, TFTPD, sample(f, "tftpd-hpa", "").Text, "TFTP_ADDRESS=:70\nTFTP_OPTIONS='-s -a :71 /srv'\nINTERFACES=\"a b\"\n")
}
