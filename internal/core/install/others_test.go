package install

import (
	"strings"
	"testing"
)

func TestAnacondasLogIsRead(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"anaconda: ui.tui.hubs.summary: kickstart installation stopped for info: Installation Destination", "ASKED the installer asks spoke/storage (\"Installation Destination\")\n"},
		{"anaconda: ui.tui.hubs.summary: kickstart installation stopped for info: Nothing known", "ASKED the installer asks prompt/spokes (\"Nothing known\")\n"},
		{"anaconda: ui.tui.hubs.summary: CmdlineError: The following mandatory spokes are not completed: Root password", "FATAL the installer lacks answers: \"Root password\"\n"},
		{"anaconda: threading: Running Thread: AnaStorageThread (139873425180416)", "PROGRESS thread Storage\n"},
		{"anaconda: threading: Running Thread: AnaInstallThread (139873425180416)", "ANSWERED PROGRESS thread Install\n"},
		{"anaconda: threading: Thread Done: AnaStorageThread (139873425180416)", ""},
		{"packaging: bash: 12 %", ""},
	} {
		if got := story(&LogReader{}, c.line); got != c.want {
			t.Errorf("%s\n got %s want %s", c.line, got, c.want)
		}
	}
}

func TestSubiquitysEventsAreRead(t *testing.T) {
	const in = "subiquity/Install/install/curtin_install/run_curtin_step/cmd-install/stage-"
	for _, c := range []struct{ body, text, stage string }{
		{`{"name":"subiquity/Install/install/curtin_install","description":"installing system","event_type":"start","origin":"curtin","timestamp":1.5}`, `installer: "installing system"`, ""},
		{`{"name":"` + in + `partitioning","description":"configuring storage","event_type":"start"}`, `installer: "configuring storage"`, "storage"},
		{`{"name":"` + in + `curthooks/builtin/cmd-curthooks/setting-up-swap","description":"x","event_type":"start"}`, "", ""}, // too deep to be told
		{`{"name":"subiquity/Install/install/curtin_install/cmd-install/stage-extract","description":"writing install sources to disk","event_type":"start"}`, `installer: "writing install sources to disk"`, "packages"},
		{`{"name":"subiquity/Install/install/curtin_install","description":"installing system","event_type":"finish","result":"SUCCESS"}`, "", ""},
		{`{"name":"subiquity/Install/install/curtin_install","description":"installing system","event_type":"finish","result":"FAIL"}`, `the installer failed: "installing system"`, ""},
		{`{"name":"subiquity/Updates","description":"x","event_type":"finish","result":"FAIL"}`, `"x" failed`, ""},
		{`{}`, "", ""}, {`[1]`, "", ""}, {`not JSON`, "", ""},
	} {
		r, ok := ReadSubiquity([]byte(c.body))
		if ok != (c.text != "") || r.Text != c.text || r.Stage != c.stage || r.Fatal != strings.HasPrefix(c.text, "the installer failed") {
			t.Errorf("%s: %+v", c.body, r)
		}
	}
}

func FuzzReadSubiquity(f *testing.F) {
	f.Add([]byte(`{"name":"a","event_type":"start","description":"\u001b"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if r, _ := ReadSubiquity(body); len(r.Text) > 8*longest || strings.ContainsAny(r.Text, "\n\x1b\x00") {
			t.Errorf("%q became %q", body, r.Text)
		}
	})
}
