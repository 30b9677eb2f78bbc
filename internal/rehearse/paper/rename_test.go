package paper

import (
	"strings"
	"testing"

	"seedbed/internal/config"
	"seedbed/internal/core/install"
)

// Whatever a machine is called: what is installed boots its disk, and what is
// being installed goes on.
func TestAMachineThatIsRenamedOrTakenOutWhileItInstallsIsNotInstalledTwice(t *testing.T) {
	t.Parallel()
	s := serve(t, "192.0.2.150/24", one, imported(t, "debian-13", medium(t, "amd64")))
	settings := func(text string) {
		t.Helper()
		c, err := config.Parse("seedbed.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.app.Reload(c); err != nil {
			t.Fatal(err)
		}
	}
	called := func(name string, want install.State) {
		t.Helper()
		if a, ok := s.app.Attempt(name); !ok || a.ID != 1 || a.State != want || a.Machine != name {
			t.Fatalf("%s: attempt %d of %q is %s, want attempt 1 %s", name, a.ID, a.Machine, a.State, want)
		}
	}
	m := s.box(BIOS)
	args := boot(t, m).Args
	called("node1", install.Booting)
	web1 := strings.ReplaceAll(one, "node1", "web1")
	settings(web1)
	called("web1", install.Booting)
	if err := m.Install(t.Context(), args); err != nil {
		t.Fatalf("%v; so far:\n%s", err, m.Transcript())
	}
	called("web1", install.Done)
	if o := boot(t, m); !o.Disk {
		t.Fatalf("installed under its new name it %s", o)
	}
	if !s.saw(install.Identified, "node1 before: its attempts go with it") {
		t.Error("the new name is not in the record")
	}
	head, _, _ := strings.Cut(one, "machines:")
	settings(head + "unknown-machines: debian\n") // taken out, and every stranger is installed
	if o := boot(t, m); !o.Disk {
		t.Fatalf("taken out of the settings it %s", o)
	}
	settings(one)
	if o := boot(t, m); !o.Disk {
		t.Fatalf("declared again it %s", o)
	}
	called("node1", install.Done)
	if _, err := s.app.Arm("node1"); err != nil {
		t.Fatal(err)
	}
	if o := boot(t, m); o.Kernel == 0 {
		t.Errorf("armed again it %s", o)
	}
	if !s.saw(install.Decided, "attempt 2 is armed: profile debian") {
		t.Error("the arming is not in the record")
	}
}
