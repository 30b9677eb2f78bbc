//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"seedbed/internal/disk/iso"
)

// TestShortMediumIsServedInPlace: a real medium, imported while the server
// runs, is served at once and byte for byte, by TFTP and by HTTP.
func TestShortMediumIsServedInPlace(t *testing.T) {
	file, ok := testISO()
	if !ok {
		t.Skip("needs a medium: SEEDBED_TEST_ISO, or make medium")
	}
	room, client := classicNet(t)
	v := newServer(t, room, netbootTree(t), classic)
	v.serve(t)
	if _, ok := udhcpc(t, client, "c1"); !ok {
		t.Fatal("no lease")
	}
	base := "http://" + serverAddr
	code := func(path string) string {
		t.Helper()
		return curl(t, client, "-o", "/dev/null", "-w", "%{http_code}", base+path)
	}
	if got := code("/images/medium/"); got != "404" {
		t.Errorf("before the import the medium gives %s", got)
	}
	v.cli(t, "import", file, "--name", "medium")
	if got := code("/images/medium/"); got != "200" {
		t.Fatalf("after the import the medium gives %s", got)
	}
	img, err := iso.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	for _, name := range []string{"linux", "initrd.gz"} {
		b, err := fs.ReadFile(img, "install/netboot/debian-installer/amd64/"+name)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%x", sha256.Sum256(b))
		for _, url := range []string{base + "/boot/medium/" + name, base + "/images/medium/install/netboot/debian-installer/amd64/" + name, "tftp://" + serverAddr + "/boot/medium/" + name} {
			got := curl(t, client, "--tftp-blksize", "1468", url)
			if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(got))); sum != want {
				t.Errorf("%s came as %d bytes with the sum %.12s, want %d with %.12s", url, len(got), sum, len(b), want)
			}
		}
	}
	if got := curl(t, client, base+"/images/medium/dists/trixie/Release"); !strings.Contains(got, "Codename: trixie\n") {
		t.Errorf("the archive's Release file is %.60q", got)
	}
}
