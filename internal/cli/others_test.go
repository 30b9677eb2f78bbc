package cli

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"seedbed/internal/app"
	"seedbed/internal/config"
)

// everything is a host with all boot loaders.
type everything struct{}

func (everything) Has(string) bool { return true }

func settings(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("seedbed.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBootFilesForAnotherDHCPServer(t *testing.T) {
	at := netip.MustParseAddr("192.168.0.150")
	words := func(text string) string {
		var all []string
		for _, f := range app.BootFiles(settings(t, text), nil, everything{}, at) {
			all = append(all, f.Word+"="+f.File)
		}
		return strings.Join(all, " ")
	}
	for text, want := range map[string]string{
		"interfaces: [eth1]\ndhcp: off\nunknown-machines: ignore": "ipxe=http://192.168.0.150/boot/01-${netX/mac:hexhyp}/boot.ipxe bios=pxelinux.0 x64=shimx64.efi ia32=shimia32.efi " +
			"arm64=shimaa64.efi x64-http=http://192.168.0.150/shimx64.efi arm64-http=http://192.168.0.150/shimaa64.efi",
		"interfaces: [eth1]\ndhcp: off\nloader: pxelinux": "bios=pxelinux.0 x64=shimx64.efi ia32=shimia32.efi " +
			"arm64=shimaa64.efi x64-http=http://192.168.0.150/shimx64.efi arm64-http=http://192.168.0.150/shimaa64.efi",
		"interfaces: [eth1]\ndhcp: off\nloader: ipxe\nhttp: {port: 8080}": "ipxe=http://192.168.0.150:8080/boot/01-${netX/mac:hexhyp}/boot.ipxe bios=undionly.kpxe x64=snponly.efi ia32=snponly-i386.efi " +
			"arm64=snponly-arm64.efi x64-http=http://192.168.0.150:8080/snponly.efi arm64-http=http://192.168.0.150:8080/snponly-arm64.efi",
	} {
		if got := words(text); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// TestOtherServersReadTheirLines lets each server that is on this host check
// the lines written for it.
func TestOtherServersReadTheirLines(t *testing.T) {
	at := netip.MustParsePrefix("192.168.0.150/24")
	for _, s := range []string{"auto", "pxelinux", "ipxe"} {
		files := app.BootFiles(settings(t, "interfaces: [eth1]\ndhcp: off\nloader: "+s), nil, everything{}, at.Addr())
		for program, c := range map[string]struct {
			text string
			args []string
		}{
			"dhcpd": {dhcpdLines(files, at.Addr()) + "subnet 192.168.0.0 netmask 255.255.255.0 { range 192.168.0.10 192.168.0.20; }\n", []string{"-t", "-4", "-cf"}},
			"kea-dhcp4": {"{ \"Dhcp4\": { \"lease-database\": {\"type\": \"memfile\", \"persist\": false},\n" + keaLines(files, at.Addr()) +
				", \"subnet4\": [ { \"id\": 1, \"subnet\": \"192.168.0.0/24\", \"pools\": [ { \"pool\": \"192.168.0.10 - 192.168.0.20\" } ] } ] } }\n", []string{"-t"}},
			"dnsmasq": {dnsmasqLines(files, at.Addr()) + "dhcp-range=192.168.0.10,192.168.0.20\n", []string{"--test", "-C"}},
		} {
			t.Run(program+" "+s, func(t *testing.T) {
				path, err := exec.LookPath(program)
				if err != nil {
					if path = "/usr/sbin/" + program; exec.Command("test", "-x", path).Run() != nil {
						t.Skip(program + " is not on this host")
					}
				}
				dir := t.TempDir()
				file := filepath.Join(dir, "settings")
				if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(path, append(c.args, file)...)
				cmd.Env = append(os.Environ(), "KEA_PIDFILE_DIR="+dir, "KEA_LOCKFILE_DIR="+dir)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s\n%s", err, out, c.text)
				}
			})
		}
	}
}

func TestWindowsLines(t *testing.T) {
	at := netip.MustParsePrefix("192.168.0.150/24")
	text := windowsLines(app.BootFiles(settings(t, "interfaces: [eth1]\ndhcp: off"), nil, everything{}, at.Addr()), at)
	for _, want := range []string{
		"Add-DhcpServerv4Class -Name 'Seedbed x64 7' -Type Vendor -Data 'PXEClient:Arch:00007'\n",
		"Add-DhcpServerv4Policy -Name 'Seedbed ipxe' -ScopeId 192.168.0.0 -ProcessingOrder 1 -Condition OR -UserClass EQ,'Seedbed ipxe'\n",
		"Add-DhcpServerv4Policy -Name 'Seedbed x64' -ScopeId 192.168.0.0 -ProcessingOrder 3 -Condition AND -VendorClass EQ,'Seedbed x64 7*','Seedbed x64 9*' -UserClass NE,'Seedbed ipxe'\n",
		"-PolicyName 'Seedbed x64' -OptionId 66 -Value '192.168.0.150'\n", "-PolicyName 'Seedbed x64' -OptionId 67 -Value 'shimx64.efi'\n",
		"-PolicyName 'Seedbed x64-http' -OptionId 60 -Value 'HTTPClient'\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %sin\n%s", want, text)
		}
	}
}

func TestDoctorPrintsTheLinesWhenDHCPIsOff(t *testing.T) {
	for _, c := range []struct {
		mode string
		want bool
	}{{"off", true}, {"proxy", false}} {
		file := filepath.Join(t.TempDir(), "seedbed.yaml")
		if err := os.WriteFile(file, []byte("interfaces: [lo]\ndhcp: "+c.mode+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		Main([]string{"doctor", "-c", file, "--state", t.TempDir()}, nil, &out, &out)
		for _, s := range []string{"ISC dhcpd", "Kea", "dnsmasq", "Windows"} {
			if strings.Contains(out.String(), "== "+s) != c.want {
				t.Errorf("%s, %s:\n%s", c.mode, s, out.String())
			}
		}
	}
}
