package install

import (
	"strings"
	"testing"
)

func TestAnacondasLogIsRead(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"anaconda: ui.tui.hubs.summary: kickstart installation stopped for info: Installation Destination", "ASKED the installer asks spoke/storage (\"Installation Destination\")\n"},
		{"anaconda: ui.tui.hubs.summary: kickstart installation stopped for info: Nothing known", "ASKED the installer asks prompt/spokes (\"Nothing known\")\n"},
		{"anaconda: ui.tui.hubs.summary: CmdlineError: The following mandatory spokes are not completed: Root password", "FATAL the installer lacks answers: spoke/password (\"Root password\")\n"},
		// As pyanaconda/ui/tui/hubs/summary.py joins it, and rsyslog passes it on.
		{"anaconda: anaconda.ui.tui.hubs.summary: CmdlineError: The following mandatory spokes are not completed:#012Installation source#012Software selection", "FATAL the installer lacks answers: spoke/source (\"Installation source, Software selection\")\n"},
		// autoinstall_stopped of pyanaconda/ui/helpers.py.
		{"anaconda: anaconda.ui.helpers: Non interactive installation failed: Kickstart insufficient", "FATAL the installer stops: \"Kickstart insufficient\"\n"},
		// The forms of rhinstaller/kickstart-tests issue 998 and of its scripts.
		{"org.fedoraproject.Anaconda.Modules.Storage: INFO:anaconda.core.threads:Running Thread: AnaTaskThread-CreateStorageLayoutTask-1 (140036360238784)", "ANSWERED PROGRESS task CreateStorageLayoutTask\n"},
		{"org.fedoraproject.Anaconda.Modules.Storage: INFO:anaconda.core.threads:Thread Done: AnaTaskThread-CreateStorageLayoutTask-1 (140036360238784)", ""},
		{"org.fedoraproject.Anaconda.Modules.Storage: INFO:anaconda.core.threads:Thread Done: AnaTaskThread-ScanDevicesTask-1", ""},
		{"org.fedoraproject.Anaconda.Modules.Storage: INFO:anaconda.modules.storage.bootloader.factory:Created the boot loader GRUB2.", ""},
		// AlmaLinux/almalinux-deploy issue 178.
		{"anaconda: program: Running... systemctl restart rsyslog", ""},
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
		{`{"name":"subiquity/Install/install/postinstall/run_unattended_upgrades","description":"downloading and installing security updates","event_type":"finish","result":"FAIL"}`, `"downloading and installing security updates" failed`, ""},
		// An event as it was recorded in 2021 (the tests of a public log viewer).
		{`{"name": "subiquity/Meta/status_GET", "description": "200 {\"state\": \"STARTING_UP\", \"confirming_tty\": \"\"}", "event_type": "finish", "origin": "curtin", "timestamp": 1613128538.2999392, "level": "INFO", "result": "SUCCESS"}`, "", ""},
		{`{"name": "subiquity/Meta/status_GET", "description": "", "event_type": "start", "origin": "curtin", "timestamp": 1613128538.1, "level": "DEBUG"}`, "", ""},
		// Names and words of a failed install of 20.04, in the order they came (ubuntuforums.org, 2022-08-11).
		{`{"name":"subiquity/Install/install/curtin_install/cmd-install/stage-curthooks/builtin/cmd-curthooks/install-grub","description":"installing grub to target devices","event_type":"start","origin":"curtin","level":"DEBUG"}`, `installer: "installing grub to target devices"`, "loader"},
		{`{"name":"subiquity/Install/install/curtin_install/cmd-install/stage-curthooks/builtin/cmd-curthooks/install-grub","description":"installing grub to target devices","event_type":"finish","result":"FAIL","origin":"curtin","level":"ERROR"}`, `the installer failed: "installing grub to target devices"`, ""},
		{`{"name":"subiquity/Install/install","description":"Command '['systemd-cat', 'curtin']' returned non-zero exit status 3.","event_type":"finish","result":"FAIL","origin":"curtin","level":"ERROR"}`, `the installer failed: "Command '['systemd-cat', 'curtin']' returned non-zero exit status 3."`, ""},
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
