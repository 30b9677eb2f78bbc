package debconf

import (
	"os"
	"strings"
	"testing"
)

func TestAnswersAreJudged(t *testing.T) {
	for _, c := range []struct {
		name, owner, key, typ, value, release string
		flaw                                  Flaw
		instead                               string
	}{
		{"a good answer", "d-i", "netcfg/get_hostname", "string", "web", "debian-13", "", ""},
		{"any release", "d-i", "netcfg/get_hostname", "string", "web", "", "", ""},
		{"a misspelt key", "d-i", "netcfg/get_hostnam", "string", "web", "debian-13", Unknown, "netcfg/get_hostname"},
		{"a key of nothing", "d-i", "foo/bar/baz", "string", "web", "debian-13", Unknown, ""},
		{"a package's own key", "postfix", "postfix/main_mailer_type", "select", "No configuration", "debian-13", "", ""},
		{"a key that is gone", "d-i", "console-setup/layoutcode", "string", "us", "debian-13", Gone, "keyboard-configuration/layoutcode"},
		{"the same where it was", "d-i", "console-setup/layoutcode", "string", "us", "ubuntu-12.04", "", ""},
		{"a key of Ubuntu's", "d-i", "user-setup/encrypt-home", "boolean", "false", "debian-12", Gone, ""},
		{"a wrong type", "d-i", "clock-setup/utc", "string", "true", "debian-13", WrongType, "boolean"},
		{"a misspelt type", "d-i", "clock-setup/utc", "bolean", "true", "debian-13", WrongType, "boolean"},
		{"select for string", "d-i", "time/zone", "string", "UTC", "debian-13", "", ""},
		{"no boolean", "d-i", "clock-setup/utc", "boolean", "yes", "debian-13", NoBoolean, ""},
		{"a boolean without a value", "d-i", "clock-setup/utc", "boolean", "", "debian-13", NoBoolean, ""},
		{"a bad choice", "d-i", "pkgsel/upgrade", "select", "full", "debian-13", BadChoice, ""},
		{"no choice", "d-i", "pkgsel/upgrade", "select", "", "debian-13", EmptyValue, ""},
		{"none of several", "d-i", "apt-setup/services-select", "multiselect", "", "debian-13", "", ""},
		{"one of several is bad", "d-i", "apt-setup/services-select", "multiselect", "security, volatile", "debian-13", BadChoice, ""},
		{"a flag", "d-i", "clock-setup/utc", "seen", "false", "debian-13", "", ""},
		{"one of a family", "d-i", "apt-setup/local7/key", "string", "x", "debian-13", "", ""},
		{"a module's parameters", "d-i", "hw-detect/module_params/ne2k", "string", "io=1", "debian-13", "", ""},
		{"a note", "d-i", "finish-install/reboot_in_progress", "note", "", "debian-13", "", ""},
		{"firmware since Debian 12", "d-i", "hw-detect/firmware-lookup", "string", "never", "debian-11", Gone, ""},
	} {
		got := Judge(c.owner, c.key, c.typ, c.value, c.release)
		switch {
		case c.flaw == "" && len(got) > 0:
			t.Errorf("%s: %+v", c.name, got)
		case c.flaw != "" && (len(got) != 1 || got[0].Flaw != c.flaw || got[0].Instead != c.instead || got[0].Msg == ""):
			t.Errorf("%s: got %+v, want %s, %q", c.name, got, c.flaw, c.instead)
		}
	}
}

func TestTheCatalogueIsWhole(t *testing.T) {
	n := 0
	for q := range All() {
		n++
		switch {
		case !strings.Contains(q.Key, "/") || q.Type == "" || q.Package == "":
			t.Errorf("%+v", q)
		case q.Now != "":
			if _, ok := Lookup(q.Now); !ok {
				t.Errorf("%s: what took its place, %s, is not in the catalogue", q.Key, q.Now)
			}
		}
	}
	if n < 350 {
		t.Errorf("only %d questions", n)
	}
	// Without these an install stops.
	for _, key := range strings.Fields("netcfg/get_nameservers passwd/root-password passwd/username partman-basicfilesystems/no_swap grub-installer/bootdev finish-install/reboot_in_progress") {
		if q, _ := Lookup(key); q.Asked != Critical {
			t.Errorf("%s is asked at priority %q", key, q.Asked)
		}
	}
}

func TestTypesAreThoseOfTheInstallersTemplates(t *testing.T) {
	file := os.Getenv("SEEDBED_DEBCONF_TEMPLATES")
	if file == "" {
		t.Skip("SEEDBED_DEBCONF_TEMPLATES names no table of debconf templates")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for row := range strings.Lines(string(b)) {
		col := strings.Split(strings.TrimRight(row, "\n"), "\t")
		q, ok := catalogue()[col[1]]
		if !ok || len(col) < 3 {
			continue
		}
		checked++
		if q.Type != col[2] && q.Key != "hw-detect/firmware-lookup" { // a text there, set as a string
			t.Errorf("%s is of type %s, not %s", q.Key, col[2], q.Type)
		}
	}
	if checked < 300 {
		t.Errorf("only %d keys are in both", checked)
	}
}
