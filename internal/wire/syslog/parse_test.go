package syslog

import (
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var client = netip.MustParseAddr("192.0.2.10")

func TestLinesAsSendersWriteThem(t *testing.T) {
	const stamp = "Nov 24 02:00:00"
	for sent, want := range map[string]Message{
		// busybox syslogd -R in debian-installer
		"<30>Nov 24 02:00:00 main-menu[123]: INFO: Menu item 'partman-base' selected\n": {
			Facility: 3, Severity: Informational, Time: stamp, Tag: "main-menu", PID: "123", Text: "INFO: Menu item 'partman-base' selected"},
		"<6>Nov  4 02:00:00 kernel: [    1.5] eth0: link up": {
			Facility: 0, Severity: Informational, Time: "Nov  4 02:00:00", Tag: "kernel", Text: "[    1.5] eth0: link up"},
		"<13>in-target: Setting up linux-image (6.1): done": {
			Facility: 1, Severity: Notice, Tag: "in-target", Text: "Setting up linux-image (6.1): done"},
		"<15>Nov 24 02:00:00 debconf: --> SUBST partman/text :DEV": {
			Facility: 1, Severity: Debug, Time: stamp, Tag: "debconf", Text: "--> SUBST partman/text :DEV"},
		"<30>finish-install: ": {Facility: 3, Severity: Informational, Tag: "finish-install"},
		"<29>Nov 24 02:00:00 no tag in here, 10:30 is a time": {
			Facility: 3, Severity: Notice, Time: stamp, Text: "no tag in here, 10:30 is a time"},
		// RFC 3164 with a host; rsyslog's time
		"<86>Nov 24 02:00:00 web1.example sshd[7]: Accepted": {
			Facility: 10, Severity: Informational, Time: stamp, Host: "web1.example", Tag: "sshd", PID: "7", Text: "Accepted"},
		"<30>2024-11-24T02:00:00.123+01:00 web1 systemd[1]: Started": {
			Facility: 3, Severity: Informational, Time: "2024-11-24T02:00:00.123+01:00", Host: "web1", Tag: "systemd", PID: "1", Text: "Started"},
		// RFC 5424
		`<165>1 2003-10-11T22:14:15.003Z host.example app 42 ID47 [a@1 k="x\"] y" z="]"][b@2] ` + "\uFEFFhello": {
			Facility: 20, Severity: Notice, Time: "2003-10-11T22:14:15.003Z", Host: "host.example", Tag: "app", PID: "42", Text: "hello"},
		"<34>1 - - - - - -": {Facility: 4, Severity: Critical},
		// No form at all
		"hello":                {Facility: 1, Severity: Notice, Text: "hello"},
		"":                     {Facility: 1, Severity: Notice},
		"<999>x":               {Facility: 1, Severity: Notice, Text: "<999>x"},
		"<-1>x":                {Facility: 1, Severity: Notice, Text: "<-1>x"},
		"<30>a\nb\x1b[31m\xff": {Facility: 3, Severity: Informational, Text: "a b [31m\uFFFD"},
		"<30>x[1:2]: y":        {Facility: 3, Severity: Informational, Text: "x[1:2]: y"},
		"<30>1 only some words": {
			Facility: 3, Severity: Informational, Text: "1 only some words"},
	} {
		want.From, want.Raw = client, sent
		if d := cmp.Diff(want, Parse(client, []byte(sent)), cmpopts.EquateComparable(netip.Addr{})); d != "" {
			t.Errorf("%q: -want +got\n%s", sent, d)
		}
	}
}

func TestLongLinesAreCut(t *testing.T) {
	m := Parse(client, []byte("<30>x: "+strings.Repeat("y", 5000)))
	if len(m.Raw) != MaxLength || len(m.Text) != MaxLength-len("<30>x: ") {
		t.Errorf("raw %d, text %d bytes", len(m.Raw), len(m.Text))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"<30>Nov 24 02:00:00 main-menu[123]: INFO: x", `<165>1 2003-10-11T22:14:15.003Z h a 42 ID [a@1 k="\"]"] m`,
		"<34>1 - - - - - -", "<6>Nov 24 02:00:00 h kernel: [1.5] x", "<0>", "<>", "\x00\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := Parse(client, b)
		if m.Severity < Emergency || m.Severity > Debug || m.Facility < 0 || m.Facility > 23 {
			t.Errorf("facility %d severity %d", m.Facility, m.Severity)
		}
		for _, s := range []string{m.Time, m.Host, m.Tag, m.PID, m.Text} {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("unclean %q", s)
			}
		}
	})
}
