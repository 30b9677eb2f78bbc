package butane

import (
	"encoding/json"
	"errors"
	"testing"

	"seedbed/internal/fault"
)

const good = `variant: fcos
version: 1.5.0
passwd:
  users:
    - name: core
      ssh_authorized_keys: [ssh-ed25519 AAAA]
`

func TestAConfigBecomesIgnition(t *testing.T) {
	b, warnings, err := Translate("x.bu", []byte(good))
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	var doc struct {
		Ignition struct{ Version string }
		Passwd   struct{ Users []struct{ Name string } }
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Ignition.Version != "3.4.0" || len(doc.Passwd.Users) != 1 || doc.Passwd.Users[0].Name != "core" {
		t.Errorf("%s", b)
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"a version that is not there": {"variant: fcos\nversion: 99.0.0\n", 0},
		"no YAML":                     {"variant: [\n", 0},
		"a path that is not absolute": {good + "storage:\n  files:\n    - path: etc/x\n", 9},
		"a file of this host":         {good + "storage:\n  files:\n    - path: /etc/x\n      contents: {local: /etc/passwd}\n", 10},
	} {
		b, _, err := Translate("x.bu", []byte(c.text))
		var list fault.List
		if !errors.As(err, &list) || len(b) != 0 {
			t.Errorf("%s: %v, %s", name, err, b)
			continue
		}
		if got := list.Errors()[0]; got.File != "x.bu" || got.Line != c.line {
			t.Errorf("%s: %v", name, list)
		}
	}
}

func TestAnUnknownKeyIsAWarning(t *testing.T) {
	_, warnings, err := Translate("x.bu", []byte(good+"storge: {}\n"))
	if err != nil || len(warnings) != 1 || warnings[0].Line != 7 {
		t.Errorf("%v, %v", warnings, err)
	}
}

func FuzzTranslate(f *testing.F) {
	f.Add(good)
	f.Fuzz(func(t *testing.T, text string) {
		b, _, err := Translate("x", []byte(text))
		if err == nil && !json.Valid(b) {
			t.Errorf("%q became %q", text, b)
		}
	})
}
