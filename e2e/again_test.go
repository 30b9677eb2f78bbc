//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

const again = `
interfaces: [eth1]
subnets:
  - {network: 192.168.0.0/24, pools: [192.168.0.210-192.168.0.220], dns: [192.168.0.1]}
loader: pxelinux
profiles:
  debian:
    image: netboot
    install: {root-password: "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3Jk", mirror: "http://192.168.0.9/debian"}
machines:
  - {name: node1, mac: "00:0c:29:83:d1:d1", profile: debian}
`

var (
	answerURL = regexp.MustCompile(`url=(http://\S+/preseed\.cfg)`)
	endURL    = regexp.MustCompile(`'(http://[^']*/events/[^']*/installed)'`)
)

// TestShortInstalledMachineBootsItsDiskAHundredTimes: from the callback on, every
// boot from the network leads to the local disk, whatever happens to the server
// in between: it is stopped and started, or killed, before every fourth boot.
func TestShortInstalledMachineBootsItsDiskAHundredTimes(t *testing.T) {
	room, client := classicNet(t)
	need(t, "curl")
	v := newServer(t, room, netbootTree(t), again)
	v.serve(t, "--force")
	const mac, hyphened = "00:0c:29:83:d1:d1", "00-0c-29-83-d1-d1"
	get := func(url string) string {
		t.Helper()
		return client.run(t, "curl", "-sS", "--fail", "--max-time", "10", "--noproxy", "*", url)
	}
	// boot asks for an address and a boot file as a ROM does, then for the script.
	boot := func() (script string) {
		t.Helper()
		c := newCaller(t, client, "c1", "192.168.0.50/24")
		c.say(mac, packet.Discover, rom(0)...)
		offers := c.hear(5*time.Second, func(all []packet.Message) bool { return len(all) > 0 })
		if len(offers) == 0 || offers[0].Type() != packet.Offer {
			t.Fatalf("no offer: %+v", offers)
		}
		return get("tftp://" + serverAddr + "/pxelinux.cfg/01-" + hyphened)
	}
	answer := answerURL.FindStringSubmatch(boot())
	if answer == nil {
		t.Fatalf("the machine is not installed:\n%s", boot())
	}
	get(answer[1])
	end := endURL.FindStringSubmatch(get(strings.Replace(answer[1], "preseed.cfg", "late.sh", 1)))
	if end == nil {
		t.Fatal("no callback in late.sh")
	}
	get(end[1])
	v.crash() // in the moment after the callback was acknowledged
	v.serve(t, "--force")
	stops, kills := 0, 1
	for n := 1; n <= 100; n++ {
		switch n % 8 {
		case 0:
			v.crash()
			v.serve(t, "--force")
			kills++
		case 4:
			v.stop(t)
			v.serve(t, "--force")
			stops++
		}
		if script := boot(); !strings.Contains(script, "LOCALBOOT") || strings.Contains(script, "linux") {
			t.Fatalf("boot %d after the install:\n%s", n, script)
		}
	}
	if out := v.cli(t, "installs", "--json"); strings.Count(out, `"id":`) != 1 || !strings.Contains(out, `"installed"`) {
		t.Errorf("the attempts: %s", out)
	}
	t.Logf("100 boots to the disk, %d restarts, %d kills", stops, kills)
}
