//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecureBoot: firmware with Microsoft's keys runs the distribution's own
// shim, GRUB and kernel, to the installer's first question.
func TestSecureBoot(t *testing.T) {
	t.Setenv("SEEDBED_E2E_REPORTS", scratch(t))
	asks(t, install(t, "lan-manual", 3, "--firmware", "secureboot"))
	console, err := os.ReadFile(filepath.Join(os.Getenv("SEEDBED_E2E_REPORTS"), t.Name(), "console.log"))
	if err != nil || !strings.Contains(string(console), "secureboot: Secure boot enabled") {
		t.Errorf("the kernel does not say that Secure Boot is on: %v", err)
	}
}

// TestUEFIHTTP: firmware that boots over HTTP alone comes to the same question.
func TestUEFIHTTP(t *testing.T) {
	r := install(t, "lan-manual", 3, "--firmware", "uefi-http")
	asks(t, r)
	if !r.saw(1, "sighted", "HTTPClient:Arch:00016") {
		t.Error("the firmware did not ask to be booted over HTTP")
	}
}

// TestMatrix: profiles and firmwares one after another, with a report each and
// a row each in the table.
func TestMatrix(t *testing.T) {
	file := write(t, scratch(t), "seedbed.yaml", settings)
	reports := filepath.Join(scratch(t), "reports")
	args := []string{"--state", catalogue(t), "-c", file, "rehearse", "--matrix", "lan-manual", "net-manual", "--firmware", "bios,uefi", "--patience", "5s", "--report", reports}
	cmd := exec.CommandContext(t.Context(), seedbed(t), append(args, "--json")...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 3 {
		t.Errorf("exit code %d, want 3 (%v)", code, err)
	}
	var rows []struct {
		Profile, Firmware, Question, Ending string
		Good                                bool
	}
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var got []string
	for _, r := range rows {
		got = append(got, r.Profile+" "+r.Firmware)
		t.Logf("%s, %s: %s", r.Profile, r.Firmware, r.Ending)
		if r.Good || !strings.Contains(r.Question, "language") {
			t.Errorf("%s, %s: good %v, it asks %q; want the language", r.Profile, r.Firmware, r.Good, r.Question)
		}
		if _, err := os.Stat(filepath.Join(reports, r.Profile+"-"+r.Firmware, "report.html")); err != nil {
			t.Error(err)
		}
	}
	if s := strings.Join(got, ", "); s != "lan-manual bios, lan-manual uefi, net-manual bios, net-manual uefi" {
		t.Errorf("rows: %s", s)
	}
}

// TestOtherMachines: more disks and cards, and a wire that loses frames and
// leads nowhere, do not stop a profile that is made for them.
func TestOtherMachines(t *testing.T) {
	opsGotIn(t, rehearseOwn(t, own(t, ownSettings), 0, "--disks", "2", "--nics", "2", "--memory", "2G", "--loss", "5%", "--no-internet"))
}
