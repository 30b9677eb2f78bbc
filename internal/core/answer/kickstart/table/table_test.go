package table

import "testing"

func TestReleaseNamesAreUnderstood(t *testing.T) {
	for name, want := range map[string]string{
		"RHEL9": "RHEL9", "rhel-9": "RHEL9", "rhel-8.10": "RHEL8", "F43": "F43", "f8": "F8", "fedora-43": "F43", "FC3": "FC3",
		"rocky-9": "RHEL9", "almalinux-10": "RHEL10", "centos-stream-9": "RHEL9", "centos-7": "RHEL7", "Red Hat Enterprise Linux 7": "RHEL7",
		"Fedora 21": "F21", "DEVEL": "F45",
		"": "", "debian-13": "", "F2": "", "F46": "", "rhel-2": "", "rhel-12": "", "9": "",
	} {
		v, err := ParseVersion(name)
		if got := ""; err == nil {
			got = v.String()
			if got != want {
				t.Errorf("%q is read as %s, want %q", name, got, want)
			}
		} else if want != "" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestVersionsFollowOneAnother(t *testing.T) {
	order := []Version{RHEL(3), Fedora(3), RHEL(4), Fedora(4), Fedora(6), RHEL(5), Fedora(7), Fedora(13), RHEL(6), Fedora(14),
		Fedora(21), RHEL(7), Fedora(22), Fedora(28), RHEL(8), Fedora(29), Fedora(34), RHEL(9), Fedora(35), Fedora(40), RHEL(10), Fedora(41), Fedora(45)}
	for i := 1; i < len(order); i++ {
		if order[i-1] >= order[i] {
			t.Errorf("%v does not come before %v", order[i-1], order[i])
		}
	}
}

func TestCommandsComeAndGo(t *testing.T) {
	for _, c := range []struct {
		version, command string
		want             string
	}{
		{"RHEL6", "key", "ok"}, {"RHEL7", "key", ""}, {"RHEL8", "rhsm", "ok"}, {"RHEL8", "install", "deprecated"}, {"RHEL9", "install", "removed"},
		{"RHEL9", "auth", "ok"}, {"RHEL10", "auth", "removed"}, {"F45", "vnc", "removed"}, {"F44", "vnc", "deprecated"}, {"RHEL7", "btrfs", "ok"},
	} {
		v, err := ParseVersion(c.version)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if cmd := For(v).Command(c.command); cmd != nil {
			got = cmd.Status.String()
		}
		if got != c.want {
			t.Errorf("%s in %s: got %q, want %q", c.command, c.version, got, c.want)
		}
	}
}

func TestOptionsHaveTheirFacts(t *testing.T) {
	part := For(RHEL(9)).Command("partition")
	if o := part.Option("--ondrive"); o == nil || o.Dest != "disk" || !o.TakesValue() || o != part.Option("--ondisk") {
		t.Errorf("--ondrive: %+v", o)
	}
	if o := part.Option("--size"); o == nil || o.Type != "int" {
		t.Errorf("--size: %+v", o)
	}
	if o := For(RHEL(6)).Command("part").Option("--start"); o == nil || !o.Deprecated {
		t.Errorf("--start: %+v", o)
	}
	if o := For(RHEL(7)).Command("part").Option("--start"); o != nil {
		t.Errorf("--start is still there: %+v", o)
	}
	if o := For(RHEL(3)).Command("network").Option("--bootproto"); len(o.Choices) != 3 {
		t.Errorf("--bootproto: %+v", o)
	}
}

func TestEveryVersionHasItsTable(t *testing.T) {
	for _, v := range All() {
		if n := len(For(v).Names()); n < 40 {
			t.Errorf("%v knows %d commands", v, n)
		}
	}
}
