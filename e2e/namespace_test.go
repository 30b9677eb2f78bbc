//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// bios makes udhcpc speak like a BIOS network card.
var bios = []string{"-V", "PXEClient:Arch:00000:UNDI:002001", "-x", "0x5d:0000", "-x", "0x5e:010201", "-O", "tftp", "-O", "bootfile"}

// classicNet is the server's room and a client's, with a cable between.
func classicNet(t *testing.T) (srv, client *space) {
	t.Helper()
	need(t, "ip", "busybox", "curl")
	srv, client = newSpace(t), newSpace(t)
	cable(t, srv, "eth1", client, "c1")
	srv.ip(t, "addr add "+serverAddr+"/24 dev eth1")
	return srv, client
}

// TestShortNamespaceClients serves the classic set-up to real clients.
func TestShortNamespaceClients(t *testing.T) {
	room, client := classicNet(t)
	other := newSpace(t)
	cable(t, room, "eth2", other, "c2")
	room.ip(t, "addr add 10.9.0.1/24 dev eth2")
	tree := netbootTree(t)
	v := newServer(t, room, tree, classic)
	v.serve(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"DHCPGivesWhatTheClassicServerGave", func(t *testing.T) { classicDHCP(t, client) }},
		{"DhclientTakesIt", func(t *testing.T) { dhclient(t, client) }},
		{"TFTPServesLoaderAndMenu", func(t *testing.T) { classicTFTP(t, client, v) }},
		{"HTTPServesImages", func(t *testing.T) { classicHTTP(t, client, tree) }},
		{"RecordsTellIt", func(t *testing.T) { records(t, client, v) }},
		{"OtherInterfaceIsLeftAlone", func(t *testing.T) { otherInterface(t, other, v) }},
		{"SameLeaseAgain", func(t *testing.T) { sameLease(t, client, v) }},
		{"LeaseOutlivesACrash", func(t *testing.T) { outlives(t, client, v) }},
	} {
		if !t.Run(part.name, part.run) {
			return // what follows builds on it
		}
	}
	v.stop(t)
}

func classicDHCP(t *testing.T, client *space) {
	want := dhcp{"subnet": "255.255.255.0", "router": "192.168.0.1", "dns": "192.168.0.1", "domain": "mydomain.example",
		"broadcast": "192.168.0.255", "lease": "600", "serverid": serverAddr}
	check := func(got dhcp) {
		t.Helper()
		for k, w := range want {
			if got[k] != w {
				t.Errorf("%s is %q, want %q", k, got[k], w)
			}
		}
		last, err := strconv.Atoi(strings.TrimPrefix(got["ip"], "192.168.0."))
		if err != nil || last < 210 || last > 220 {
			t.Errorf("the address %q is not of the pool", got["ip"])
		}
	}
	got, ok := udhcpc(t, client, "c1")
	if !ok {
		t.Fatal("no lease")
	}
	check(got)
	if got["boot_file"] != "" || got["siaddr"] != "" {
		t.Errorf("a system that is up is told to load %q from %q", got["boot_file"], got["siaddr"])
	}
	address := got["ip"]
	want["siaddr"], want["boot_file"], want["tftp"], want["bootfile"] = serverAddr, "/pxelinux.0", serverAddr, "/pxelinux.0"
	if got, ok = udhcpc(t, client, "c1", bios...); !ok {
		t.Fatal("no lease for a network card")
	}
	check(got)
	if got["ip"] != address {
		t.Errorf("the network card has %s, the system of the same machine had %s", got["ip"], address)
	}
}

// dhclient asks with ISC's client, under another name: AppArmor confines the
// installed one to its own directories.
func dhclient(t *testing.T, client *space) {
	path, err := exec.LookPath("dhclient")
	if err != nil {
		t.Skip("dhclient is not installed")
	}
	dir := scratch(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mine := write(t, dir, "dhclient-e2e", string(b))
	script := write(t, dir, "script", "#!/bin/sh\nexit 0\n")
	conf := write(t, dir, "conf", "request subnet-mask, routers, domain-name, domain-name-servers, broadcast-address;\n")
	file := filepath.Join(dir, "leases")
	write(t, dir, "leases", "")
	out := newOutput()
	cmd := exec.Command(mine, "-4", "-1", "-d", "-sf", script, "-cf", conf, "-lf", file, "-pf", filepath.Join(dir, "pid"), "c1")
	cmd.Stdout, cmd.Stderr = out, out
	if err := client.start(cmd); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	text := ""
	within(t, 30*time.Second, func() (bool, string) {
		b, _ := os.ReadFile(file)
		text = string(b)
		return strings.Contains(text, "expire"), out.String()
	})
	for _, w := range []string{"fixed-address 192.168.0.2", "option subnet-mask 255.255.255.0;", "option routers 192.168.0.1;",
		"option dhcp-lease-time 600;", "option domain-name-servers 192.168.0.1;", `option domain-name "mydomain.example";`,
		"option broadcast-address 192.168.0.255;", "option dhcp-server-identifier " + serverAddr + ";"} {
		if !strings.Contains(text, w) {
			t.Errorf("dhclient did not note %q:\n%s", w, text)
		}
	}
}

func curl(t *testing.T, s *space, args ...string) string {
	t.Helper()
	return s.run(t, "curl", append([]string{"-sS", "--max-time", "30", "--noproxy", "*"}, args...)...)
}

func classicTFTP(t *testing.T, client *space, v *server) {
	for _, name := range []string{"pxelinux.0", "ldlinux.c32", "menu.c32", "libutil.c32"} {
		want := hostFile(t, name)
		for _, slash := range []string{"/", "//"} { // relative and absolute
			got := curl(t, client, "tftp://"+serverAddr+slash+name)
			if got != want {
				t.Errorf("%s%s is %d bytes (%.20q), the host's own has %d", slash, name, len(got), got, len(want))
			}
		}
	}
	menu := curl(t, client, "tftp://"+serverAddr+"/pxelinux.cfg/default")
	for _, w := range []string{"DEFAULT menu.c32\n", "PROMPT 0\n", "TIMEOUT 100\n", "ONTIMEOUT local\n", "MENU TITLE PXE\n", "LABEL local\n",
		"\tMENU LABEL Boot from local disk\n", "\tLOCALBOOT 0x80\n", "MENU SEPARATOR\n", "LABEL debian\n", "\tMENU LABEL Install Debian\n",
		"\tKERNEL /boot/netboot/linux\n", "\tINITRD /boot/netboot/initrd.gz\n"} {
		if !strings.Contains(menu, w) {
			t.Errorf("the menu has no %q:\n%s", w, menu)
		}
	}
	if got := curl(t, client, "tftp://"+serverAddr+"/boot/netboot/linux"); got != kernelText() {
		t.Errorf("the kernel came as %d bytes, want %d", len(got), len(kernelText()))
	}
	mac := strings.ReplaceAll(macOf(t, client, "c1"), ":", "-")
	if got := curl(t, client, "tftp://"+serverAddr+"/pxelinux.cfg/01-"+mac); !strings.Contains(got, "MENU TITLE PXE\n") {
		t.Errorf("the machine's own configuration is\n%s", got)
	}
	for _, bad := range []string{"/nothing.here", "//etc/passwd", "/../../etc/passwd", "/images/../../../../etc/passwd"} {
		out, errs, err := client.try(t, "curl", "-sS", "--path-as-is", "--max-time", "20", "tftp://"+serverAddr+bad)
		if err == nil || out != "" {
			t.Errorf("%s was served: %q %s", bad, out, errs)
		}
	}
}

// hostFile is a loader as this host's packages have it.
func hostFile(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"/usr/lib/PXELINUX", "/usr/lib/syslinux/modules/bios", "/usr/share/syslinux", "/usr/lib/syslinux"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			return string(b)
		}
	}
	t.Fatalf("%s is not on this host: run tools/setup e2e", name)
	return ""
}

func macOf(t *testing.T, s *space, iface string) string {
	t.Helper()
	var links []struct{ Address string }
	if err := json.Unmarshal([]byte(s.run(t, "ip", "-j", "link", "show", iface)), &links); err != nil || len(links) != 1 {
		t.Fatalf("ip -j link show %s: %v", iface, err)
	}
	return links[0].Address
}

func classicHTTP(t *testing.T, client *space, tree string) {
	base := "http://" + serverAddr
	kernel := kernelText()
	if got := curl(t, client, base+"/boot/netboot/linux"); got != kernel {
		t.Errorf("the kernel came as %d bytes, want %d", len(got), len(kernel))
	}
	for path, want := range map[string]string{
		"/boot/netboot/initrd.gz":     "200",
		"//boot//netboot/linux":       "200",
		"//images/netboot":            "200",
		"//pxelinux.0":                "200",
		"/healthz":                    "200",
		"/metrics":                    "200",
		"/boot/netboot/nothing":       "404",
		"/images/other/":              "404",
		"/images/netboot/../../../x":  "404",
		"/answer/0000/preseed.cfg":    "404",
		"/images/%2e%2e/%2e%2e/state": "404",
	} {
		got := curl(t, client, "--path-as-is", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", base+path)
		if strings.TrimSpace(got) != want {
			t.Errorf("%s gives %s, want %s and no redirect", path, got, want)
		}
	}
	if got := curl(t, client, base+"/healthz"); got != "ok\n" {
		t.Errorf("/healthz says %q", got)
	}
	if got := curl(t, client, "-r", "12288-12299", "-w", "%{http_code}", base+"/boot/netboot/linux"); got != kernel[12288:12300]+"206" {
		t.Errorf("the range came as %q", got)
	}
	head := strings.ToLower(curl(t, client, "-I", base+"/boot/netboot/linux"))
	for _, w := range []string{"200 ok", fmt.Sprintf("content-length: %d\r\n", len(kernel)), "accept-ranges: bytes", "etag: "} {
		if !strings.Contains(head, w) {
			t.Errorf("HEAD has no %q:\n%s", w, head)
		}
	}
	list := curl(t, client, base+"/images/netboot/debian-installer/amd64/")
	for _, w := range []string{`href="/images/netboot/debian-installer/amd64/linux"`, "initrd.gz</a>", "boot-screens/</a>"} {
		if !strings.Contains(list, w) {
			t.Errorf("the listing has no %q:\n%s", w, list)
		}
	}
	want, err := os.ReadFile(filepath.Join(tree, "version.info"))
	if err != nil {
		t.Fatal(err)
	}
	if got := curl(t, client, base+"/images/netboot/version.info"); got != string(want) {
		t.Errorf("version.info is %q", got)
	}
	if got := curl(t, client, "-X", "PUT", "-d", "x", "-o", "/dev/null", "-w", "%{http_code}", base+"/images/netboot/new"); got != "405" {
		t.Errorf("PUT gives %s", got)
	}
}

func records(t *testing.T, client *space, v *server) {
	mac := macOf(t, client, "c1")
	var m struct {
		Machines []struct {
			Name string   `json:"name"`
			MACs []string `json:"macs"`
		} `json:"machines"`
	}
	text := v.cli(t, "machines", "--json")
	if err := json.Unmarshal([]byte(text), &m); err != nil || len(m.Machines) != 1 || len(m.Machines[0].MACs) != 1 || m.Machines[0].MACs[0] != mac {
		t.Errorf("machines --json (%v), want the one with %s:\n%s", err, mac, text)
	}
	l := v.leases(t)
	if len(l) != 1 || l[0].MAC != mac || l[0].State != "active" || !strings.HasPrefix(l[0].Address, "192.168.0.2") {
		t.Errorf("leases --json: %+v", l)
	}
	var i struct{ Installs []any }
	text = v.cli(t, "installs", "--json")
	if err := json.Unmarshal([]byte(text), &i); err != nil || i.Installs == nil || len(i.Installs) != 0 {
		t.Errorf("installs --json (%v), want an empty list:\n%s", err, text)
	}
	if len(l) != 1 {
		return
	}
	text = v.cli(t, "leases", "--format", "dhcpd.leases")
	for _, w := range []string{"\nlease " + l[0].Address + " {\n", "  binding state active;\n", "  hardware ethernet " + mac + ";\n"} {
		if !strings.Contains(text, w) {
			t.Errorf("dhcpd.leases has no %q:\n%s", w, text)
		}
	}
	all := v.events(t)
	for _, w := range [][2]string{{"sighted", mac}, {"identified", "m-"}, {"decided", "menu"}, {"offered", `boot file "/pxelinux.0" from ` + serverAddr},
		{"addressed", l[0].Address}, {"loaded", "pxelinux.0"}, {"scripted", "pxelinux script: menu"}, {"fetched", "linux"}} {
		if !happened(all, w[0], w[1]) {
			t.Errorf("watch --once has no %s %q: %+v", w[0], w[1], all)
		}
	}
	if text = v.cli(t, "watch", "--once"); !strings.Contains(text, "scripted") {
		t.Errorf("watch --once for people:\n%s", text)
	}
}

// otherInterface is on a wire that the settings do not name.
func otherInterface(t *testing.T, other *space, v *server) {
	if got, ok := udhcpc(t, other, "c2", "-t", "3"); ok {
		t.Errorf("a client on eth2 was given %v", got)
	}
	other.ip(t, "addr add 10.9.0.2/24 dev c2", "route add "+serverAddr+" via 10.9.0.1")
	for _, url := range []string{"http://10.9.0.1/healthz", "http://" + serverAddr + "/healthz", "tftp://10.9.0.1/pxelinux.0", "tftp://" + serverAddr + "/pxelinux.0"} {
		out, _, err := other.try(t, "curl", "-sS", "--max-time", "2", "--noproxy", "*", url)
		if err == nil || len(out) > 0 {
			t.Errorf("%s was served to eth2: %.40q", url, out)
		}
	}
	if strings.Contains(v.log.String(), macOf(t, other, "c2")) {
		t.Error("the server's log speaks of a client on eth2")
	}
}

// sameLease renews, releases and asks anew.
func sameLease(t *testing.T, client *space, v *server) {
	was := v.leases(t)[0].Address
	dir := scratch(t)
	out := newOutput()
	cmd := exec.Command("busybox", "udhcpc", "-f", "-n", "-t", "5", "-T", "1", "-i", "c1", "-s", udhcpcScript(t, dir))
	cmd.Stdout, cmd.Stderr = out, out
	if err := client.start(cmd); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	calls := func(word string) {
		t.Helper()
		within(t, 20*time.Second, func() (bool, string) {
			b, _ := os.ReadFile(filepath.Join(dir, "calls"))
			return bytes.Contains(b, []byte(word)), fmt.Sprintf("no %s: %s\n%s", word, b, out)
		})
	}
	calls("bound")
	cmd.Process.Signal(syscall.SIGUSR1)
	calls("renew")
	if got := told(t, dir); got["ip"] != was || got["lease"] != "600" {
		t.Errorf("renewed %s for %s s, want %s for 600 s", got["ip"], got["lease"], was)
	}
	cmd.Process.Signal(syscall.SIGUSR2)
	within(t, 10*time.Second, func() (bool, string) {
		l := v.leases(t)
		return len(l) == 1 && l[0].State == "released", fmt.Sprintf("not released: %+v", l)
	})
	got, ok := udhcpc(t, client, "c1")
	if !ok || got["ip"] != was {
		t.Errorf("after a release the client was given %s, had %s", got["ip"], was)
	}
}

// outlives kills the server and asks the next one.
func outlives(t *testing.T, client *space, v *server) {
	was := v.leases(t)[0]
	v.crash()
	if l := v.leases(t); len(l) != 1 || l[0] != was {
		t.Errorf("after the crash the records have %+v, had %+v", l, was)
	}
	v.serve(t)
	if l := v.leases(t); len(l) != 1 || l[0] != was {
		t.Errorf("after the restart the server knows %+v, had %+v", l, was)
	}
	mac := macOf(t, client, "c1")
	setMAC(t, client, "c1", "02:00:00:00:00:99")
	got, ok := udhcpc(t, client, "c1", "-r", was.Address)
	if !ok || got["ip"] == was.Address {
		t.Errorf("a stranger who asked for %s was given %q", was.Address, got["ip"])
	}
	setMAC(t, client, "c1", mac)
	if got, ok = udhcpc(t, client, "c1"); !ok || got["ip"] != was.Address {
		t.Errorf("after the restart the client was given %q, had %s", got["ip"], was.Address)
	}
}

func setMAC(t *testing.T, s *space, iface, mac string) {
	t.Helper()
	s.ip(t, "link set "+iface+" down", "link set "+iface+" address "+mac, "link set "+iface+" up")
}
