package syslog

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// Message is one line an installer logged. All strings are a stranger's words:
// valid UTF-8 without control characters (Raw excepted), but nothing more.
type Message struct {
	From     netip.Addr
	Facility int    // RFC 5424 table 1; 1 (user) when not told
	Severity int    // RFC 5424 table 2: 0 emergency to 7 debug; 5 when not told
	Time     string // as sent, "" when not told; the sender's clock may be years off
	Host     string // as sent, "" when not told; busybox does not
	Tag      string // the program, "" when not told
	PID      string // its number, "" when not told
	Text     string // the rest, without trailing line ends
	Raw      string // the datagram's bytes, cut at MaxLength
}

// Severities, RFC 5424 section 6.2.1.
const (
	Emergency = iota
	Alert
	Critical
	Error
	Warning
	Notice
	Informational
	Debug
)

// MaxLength is how much of a datagram is read, in bytes.
const MaxLength = 2048

const (
	facilityUser  = 1
	maxPriority   = 23*8 + 7 // facility local7, severity debug
	maxTag        = 64
	maxHost       = 255
	stampRFC3164  = len("Jan _2 15:04:05")
	structuredNil = "-"
)

// Parse reads one datagram. It never fails: what has no form is Text, with the
// facility and severity RFC 3164 section 4.3.3 gives it.
func Parse(from netip.Addr, datagram []byte) Message {
	if len(datagram) > MaxLength {
		datagram = datagram[:MaxLength]
	}
	m := Message{From: from, Facility: facilityUser, Severity: Notice, Raw: string(datagram)}
	line := tidy(datagram)
	pri, rest, ok := cutPriority(line)
	if !ok {
		m.Text = line
		return m
	}
	m.Facility, m.Severity = pri/8, pri%8
	if strings.HasPrefix(rest, "1 ") && m.rfc5424(rest[2:]) {
		return m
	}
	m.rfc3164(rest)
	return m
}

// tidy makes a line of a datagram: valid UTF-8, no line ends behind it, other
// control characters as spaces.
func tidy(b []byte) string {
	b = bytes.TrimRight(b, "\x00\r\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
}

// cutPriority takes "<PRI>" off the front.
func cutPriority(s string) (pri int, rest string, ok bool) {
	if !strings.HasPrefix(s, "<") {
		return 0, s, false
	}
	digits, rest, found := strings.Cut(s[1:], ">")
	if !found || len(digits) < 1 || len(digits) > 3 || strings.Trim(digits, "0123456789") != "" {
		return 0, s, false
	}
	pri, err := strconv.Atoi(digits)
	return pri, rest, err == nil && pri <= maxPriority
}

// rfc3164 reads [TIME] [HOST] [TAG[PID]:] TEXT. Senders leave out what they
// like, so a host is only believed when a tag follows it.
func (m *Message) rfc3164(s string) {
	m.Time, s = cutTime(s)
	if m.tag(s) {
		return
	}
	host, rest, found := strings.Cut(s, " ")
	if found && m.Time != "" && isWord(host, maxHost) && m.tag(rest) {
		m.Host = host
		return
	}
	m.Text = s
}

// cutTime takes a time off the front: RFC 3164's, or RFC 3339's as rsyslog
// forwards it.
func cutTime(s string) (stamp, rest string) {
	if len(s) > stampRFC3164 && s[stampRFC3164] == ' ' && isStamp(s[:stampRFC3164]) {
		return s[:stampRFC3164], s[stampRFC3164+1:]
	}
	word, after, found := strings.Cut(s, " ")
	if found && len(word) >= len("2006-01-02T15:04:05") && len(word) <= 40 && word[4] == '-' && word[10] == 'T' && word[13] == ':' {
		return word, after
	}
	return "", s
}

// isStamp says whether s has the form "Nov  4 02:00:00".
func isStamp(s string) bool {
	const form = "Aaa 99 99:99:99"
	for i := range len(form) {
		c := s[i]
		switch form[i] {
		case 'A':
			if c < 'A' || c > 'Z' {
				return false
			}
		case 'a':
			if c < 'a' || c > 'z' {
				return false
			}
		case '9':
			if (c < '0' || c > '9') && (c != ' ' || i != 4) {
				return false
			}
		default:
			if c != form[i] {
				return false
			}
		}
	}
	return true
}

// tag reads "main-menu[123]: text" or "kernel: text".
func (m *Message) tag(s string) bool {
	head, text, found := strings.Cut(s, ":")
	if !found || text != "" && text[0] != ' ' {
		return false
	}
	name, pid, hasPID := strings.Cut(head, "[")
	if hasPID {
		var end bool
		if pid, end = strings.CutSuffix(pid, "]"); !end || len(pid) > 10 || strings.Trim(pid, "0123456789") != "" {
			return false
		}
	}
	if !isWord(name, maxTag) {
		return false
	}
	m.Tag, m.PID, m.Text = name, pid, strings.TrimPrefix(text, " ")
	return true
}

// isWord says whether s is something a host or a program is called.
func isWord(s string, longest int) bool {
	if s == "" || len(s) > longest {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./@()+", r)
	})
}

// rfc5424 reads what follows "<PRI>1 ": TIME HOST APP PROCID MSGID DATA [MSG].
func (m *Message) rfc5424(s string) bool {
	var field [5]string
	for i := range field {
		word, rest, found := strings.Cut(s, " ")
		if !found || word == "" {
			return false
		}
		if word != structuredNil {
			field[i] = word
		}
		s = rest
	}
	rest, ok := skipStructured(s)
	if !ok {
		return false
	}
	m.Time, m.Host, m.Tag, m.PID = field[0], field[1], field[2], field[3]
	m.Text = strings.TrimPrefix(strings.TrimPrefix(rest, " "), "\uFEFF")
	return true
}

// skipStructured skips STRUCTURED-DATA, RFC 5424 section 6.3.
func skipStructured(s string) (rest string, ok bool) {
	if strings.HasPrefix(s, structuredNil) {
		rest = s[1:]
		return rest, rest == "" || rest[0] == ' '
	}
	if !strings.HasPrefix(s, "[") {
		return s, false
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == ']' && (i+1 == len(s) || s[i+1] == ' '):
			return s[i+1:], true
		}
	}
	return s, false
}
