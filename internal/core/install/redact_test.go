package install

import (
	"strings"
	"testing"
)

func TestWhatIsKeptOfALogHoldsNoSecret(t *testing.T) {
	for _, c := range []struct{ tag, line, want string }{
		{"debconf", "--> INPUT critical passwd/root-password", "--> INPUT critical passwd/root-password"},
		{"debconf", "<-- 0 question will be asked", "<-- 0 question will be asked"},
		{"debconf", "--> GO", "--> GO"},
		{"debconf", "--> GET passwd/root-password", "--> GET passwd/root-password"},
		{"debconf", "<-- 0 hunter2", "<-- 0 …"},
		{"debconf[77]", "--> SET passwd/root-password hunter2", "--> SET passwd/root-password …"},
		{"debconf", "--> SET partman-crypto/passphrase open sesame", "--> SET partman-crypto/passphrase …"},
		{"debconf", "<-- 0 open sesame", "<-- 0 …"},
		{"debconf", "--> SUBST x/y WHO hunter2", "--> SUBST x/y …"},
		{"debconf", "--> X_PREVIOUS_MODULE hunter2", "--> …"},
		{"debconf", "Setting passwd/root-password to hunter2", "…"},
		{"debconf", "--> PROGRESS INFO netcfg/dhcp_progress", "--> PROGRESS INFO netcfg/dhcp_progress"},
		{"in-target", "debconf (developer): <-- SET a/b hunter2", "debconf (developer): --> SET a/b …"},
		{"in-target", "debconf (developer): --> 0 hunter2", "debconf (developer): <-- 0 …"},
		{"log-output", "user-setup: $6$salt$hunter2/x. is the hash", "user-setup: … is the hash"},
		{"anaconda", "rootpw --iscrypted $y$j9T$aa$hunter2", "rootpw --iscrypted …"},
		{"debconf-set-selections", "passwd passwd/root-password password hunter2 again", "passwd passwd/root-password password …"},
		{"x", "export PASSWORD=hunter2", "export PASSWORD=…"},
		{"main-menu[202]", "INFO: Menu item 'netcfg' selected", "INFO: Menu item 'netcfg' selected"},
		{"in-target", "Setting up passwd (1:4.17.4-2) ...", "Setting up passwd (1:4.17.4-2) ..."},
	} {
		if got := Redact(c.tag, c.line); got != c.want {
			t.Errorf("%s: %s\n got %s\nwant %s", c.tag, c.line, got, c.want)
		}
	}
}

// A debconf exchange loses every value, and reads the same afterwards.
func TestTheRedactedExchangeTellsTheSameStory(t *testing.T) {
	var kept strings.Builder
	for line := range strings.Lines(exchanged) {
		tag, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		kept.WriteString(tag + ": " + Redact(tag, text) + "\n")
	}
	if strings.Contains(kept.String(), "1.2.3.4") || strings.Contains(kept.String(), "foo") {
		t.Errorf("values are kept:\n%s", kept.String())
	}
	if a, b := story(&LogReader{}, exchanged), story(&LogReader{}, kept.String()); a != b {
		t.Errorf("got:\n%swant:\n%s", b, a)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("debconf", "--> SET a/b ", "hunter2")
	f.Add("debconf", "<-- 0 ", "hunter2")
	f.Add("in-target", "debconf (developer): <-- SET a ", "x")
	f.Fuzz(func(t *testing.T, tag, head, secret string) {
		// After a SET of any key and in any reply, nothing of the value is left.
		const word = "zq5hunter2zq"
		for _, line := range []string{"--> SET a/b " + secret + word, "<-- 0 " + secret + word, head + "debconf (developer): <-- SET a/b " + secret + word} {
			if got := Redact("debconf", line); strings.Contains(got, word) {
				t.Errorf("%q keeps the value: %q", line, got)
			}
		}
		Redact(tag, head+secret)
	})
}
