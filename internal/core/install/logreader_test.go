package install

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// exchanged is what the debconf of Debian 13's installer wrote to its syslog
// for a small confmodule (recorded from the real program).
const exchanged = `debconf: --> VERSION 2.0
debconf: <-- 0 2.0
debconf: --> CAPB backup
debconf: <-- 0 multiselect backup progresscancel align escape
debconf: --> INPUT critical netcfg/get_nameservers
debconf: <-- 0 question will be asked
debconf: --> INPUT low netcfg/get_hostname
debconf: <-- 30 question skipped
debconf: --> GO
debconf: <-- 0 ok
debconf: --> GET netcfg/get_nameservers
debconf: <-- 0 1.2.3.4
debconf: --> SET netcfg/get_hostname foo
debconf: <-- 0 value set
debconf: --> FGET netcfg/get_hostname seen
debconf: <-- 0 false
debconf: --> PROGRESS START 0 3 netcfg/get_hostname
debconf: <-- 0 OK
debconf: --> PROGRESS STEP 1
debconf: <-- 0 OK
debconf: --> PROGRESS INFO netcfg/get_nameservers
debconf: <-- 0 OK
debconf: --> PROGRESS STOP
debconf: text_progress_stop
debconf: <-- 0 OK
debconf: --> INPUT critical netcfg/get_nameservers
debconf: <-- 0 question will be asked
debconf: --> INPUT critical netcfg/get_hostname
debconf: <-- 0 question will be asked
debconf: --> GO
debconf: <-- 0 ok
debconf: --> GO
debconf: <-- 0 ok`

// story tells what a log says, one report a line.
func story(r *LogReader, log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		tag, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		rep, ok := r.Read(tag, text)
		if !ok {
			continue
		}
		for _, f := range []struct {
			on   bool
			word string
		}{{rep.Asked, "ASKED "}, {rep.Answered, "ANSWERED "}, {rep.Progress, "PROGRESS "}, {rep.Finished, "FINISHED "}, {rep.Fatal, "FATAL "}} {
			if f.on {
				b.WriteString(f.word)
			}
		}
		b.WriteString(rep.Text + "\n")
	}
	return b.String()
}

func TestARealExchangeIsUnderstood(t *testing.T) {
	const want = `ASKED the installer asks netcfg/get_nameservers (critical)
ANSWERED netcfg/get_nameservers was answered
PROGRESS progress: netcfg/get_hostname
PROGRESS progress: netcfg/get_nameservers
ASKED the installer asks netcfg/get_nameservers (critical) and then netcfg/get_hostname
ANSWERED netcfg/get_nameservers was answered
`
	if got := story(&LogReader{}, exchanged); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestAnUnansweredGoIsAnOpenQuestion(t *testing.T) {
	const ask = "debconf: --> INPUT critical mirror/bad\ndebconf: <-- 0 question will be asked\ndebconf: --> GO\n"
	tests := map[string]struct{ then, open string }{
		"it waits":                         {"", "mirror/bad"},
		"the rest of the system goes on":   {"kernel: link up\ndhclient: DHCPACK from 10.0.0.1\ndebconf: Adding [X] -> [Y]\n", "mirror/bad"},
		"it is answered":                   {"debconf: <-- 0 ok\n", ""},
		"the person goes back":             {"debconf: <-- 30 goback\n", ""},
		"the reply was lost":               {"debconf: --> GET mirror/country\n", ""},
		"the exchange was lost altogether": {"main-menu[202]: INFO: Menu item 'bootstrap-base' selected\n", ""},
		"another one follows":              {"debconf: <-- 0 ok\ndebconf: --> INPUT high mirror/suite\ndebconf: <-- 0 question will be asked\ndebconf: --> GO\n", "mirror/suite"},
		"a skipped one follows":            {"debconf: <-- 0 ok\ndebconf: --> INPUT high mirror/suite\ndebconf: <-- 30 question skipped\ndebconf: --> GO\n", ""},
		"another debconf runs beside it":   {"debconf[77]: --> GET x/y\ndebconf[77]: <-- 0 ok\n", "mirror/bad"},
		"a question cleared is not asked":  {"debconf: <-- 0 ok\ndebconf: --> INPUT high mirror/suite\ndebconf: <-- 0 question will be asked\ndebconf: --> CLEAR\ndebconf: <-- 0\ndebconf: --> GO\n", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r LogReader
			story(&r, ask+tt.then)
			if r.Question() != tt.open {
				t.Errorf("open: %q, want %q", r.Question(), tt.open)
			}
		})
	}
}

func TestLinesOfTheInstallerAreRead(t *testing.T) {
	tests := []struct{ line, want string }{
		{"main-menu[202]: INFO: Menu item 'netcfg' selected", "PROGRESS menu item netcfg\n"},
		{"main-menu[927]: WARNING **: Configuring 'live-installer' failed with error code 1", "\"Configuring 'live-installer' failed with error code 1\"\n"},
		{"main-menu[927]: WARNING **: Menu item 'live-installer' failed.", "FATAL menu item failed: \"live-installer\"\n"},
		{"main-menu[248]: DEBUG: resolver (libnewt0.52): package doesn't exist (ignored)", ""},
		{"main-menu[248]: INFO: Falling back to the package description for console-setup-udeb", ""},
		{"finish-install: info: Running /usr/lib/finish-install.d/06user-setup", "PROGRESS finishing: 06user-setup\n"},
		{"finish-install: info: Running /usr/lib/finish-install.d/95umount", "PROGRESS FINISHED finishing: 95umount\n"},
		{"base-installer: error: Could not find any live images", "base-installer: \"Could not find any live images\"\n"},
		{"in-target: Setting up openssh-server (1:10.0p1-7) ...", "PROGRESS set up openssh-server\n"},
		{"in-target: Unpacking openssh-server (1:10.0p1-7) ...", ""},
		{"in-target: E: Unable to locate package nosuch", "apt says \"E: Unable to locate package nosuch\"\n"},
		{"grub-installer: info: Installing grub on '/dev/vda'", "PROGRESS boot loader on \"/dev/vda\"\n"},
		{"choose-mirror[30932]: WARNING **: mirror does not support the specified release (stretch)", "mirror: \"mirror does not support the specified release (stretch)\"\n"},
		{"kernel: [    1.2] Kernel panic - not syncing: VFS: no root", "FATAL kernel: \"Kernel panic - not syncing: VFS: no root\"\n"},
		{"preseed: successfully loaded preseed file from http://10.0.0.1/answer/preseed.cfg", "PROGRESS loaded the answer file http://10.0.0.1/answer/preseed.cfg\n"},
		{"finish-install: info: Running /usr/lib/finish-install.d/\x1b[31mred", "PROGRESS finishing: \"\\x1b[31mred\"\n"},
	}
	for _, tt := range tests {
		if got := story(&LogReader{}, tt.line); got != tt.want {
			t.Errorf("%s\n got %s want %s", tt.line, got, tt.want)
		}
	}
}

func TestSecretsOfTheExchangeAreNotTold(t *testing.T) {
	log := "debconf: --> SET passwd/root-password hunter2\ndebconf: <-- 0 value set\ndebconf: --> GET passwd/root-password\ndebconf: <-- 0 hunter2\n" +
		"debconf: --> INPUT critical hunter2 hunter2\ndebconf: --> PROGRESS INFO hunter2 x\n"
	if got := story(&LogReader{}, log); strings.Contains(got, "hunter2") {
		t.Errorf("told: %s", got)
	}
}

func FuzzLogReader(f *testing.F) {
	f.Add("debconf", "--> INPUT critical a/b\n<-- 0 question will be asked\n--> GO")
	f.Add("main-menu[1]", "INFO: Menu item 'x' selected")
	f.Add("kernel", strings.Repeat("Kernel panic - not syncing \xff", 100))
	f.Fuzz(func(t *testing.T, tag, text string) {
		var r LogReader
		for line := range strings.Lines(text) {
			rep, _ := r.Read(tag, line)
			if len(rep.Text) > 8*longest || !utf8.ValidString(rep.Text) || strings.ContainsAny(rep.Text, "\n\x1b\x00") {
				t.Errorf("%q became %q", line, rep.Text)
			}
		}
	})
}
