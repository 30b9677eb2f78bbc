package install

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Report is what one line of an installer's log tells.
type Report struct {
	Text     string // for people; what is not a plain name is quoted
	Question string // the debconf question that Asked or Answered is about
	Asked    bool   // it is on the screen now, and the installer waits
	Answered bool   // the installer goes on after it
	Progress bool   // the install has come a step further
	Finished bool   // the installer has done all it does before it reboots
	Fatal    bool   // an unattended install will not go on by itself
	Stage    string // the part of the install that begins, as the installer names it
}

// Event is the report as an event of a machine; the attempt may be 0.
func (r Report) Event(machine string, attempt int64, at time.Time) Event {
	return Event{At: at, Machine: machine, Attempt: attempt, Step: Reported, Text: r.Text,
		Failed: r.Fatal, Question: r.Question, Answered: r.Answered, Stage: r.Stage}
}

// longest is how much of a line is kept; the rest is cut.
const longest = 300

// quoted makes a piece of a client's line fit to be shown.
func quoted(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return strconv.QuoteToGraphic(s)
}

var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+:=-]{0,199}$`)

// name shows a word of the log: as it is when it is a plain name.
func name(s string) string {
	if plain.MatchString(s) && utf8.ValidString(s) {
		return s
	}
	return quoted(s)
}

// rule reads the lines of one program. Its pattern has at most one group, the
// name to be shown.
type rule struct {
	program string // the tag without its process number; "" for any
	pattern *regexp.Regexp
	make    func(group string) Report
}

func progress(prefix string) func(string) Report {
	return func(g string) Report { return Report{Text: prefix + name(g), Progress: true} }
}

func remark(prefix string) func(string) Report {
	return func(g string) Report { return Report{Text: prefix + quoted(g)} }
}

func fatal(prefix string) func(string) Report {
	return func(g string) Report { return Report{Text: prefix + quoted(g), Fatal: true} }
}

// rules are tried in order. The formats are those of debian-installer
// (main-menu's glib messages, the shell scripts' "info:" and "error:" lines,
// apt's output through in-target), as its logs show them from 2008 on.
var rules = []rule{
	{"main-menu", regexp.MustCompile(`^(?:\(process:\d+\): )?INFO: Menu item '([^']+)' selected$`), func(g string) Report {
		return Report{Text: "menu item " + name(g), Progress: true, Stage: name(g)}
	}},
	{"main-menu", regexp.MustCompile(`^WARNING \*\*: Menu item '([^']+)' failed\.?$`), fatal("menu item failed: ")},
	{"main-menu", regexp.MustCompile(`^WARNING \*\*: (Configuring '[^']+' failed with error code \d+)`), remark("")},
	{"finish-install", regexp.MustCompile(`^info: Running /usr/lib/finish-install\.d/(9[5-9]\S*)$`), func(g string) Report {
		return Report{Text: "finishing: " + name(g), Progress: true, Finished: true}
	}},
	{"finish-install", regexp.MustCompile(`^info: Running /usr/lib/finish-install\.d/(\S+)$`), progress("finishing: ")},
	{"preseed", regexp.MustCompile(`^successfully loaded preseed file from (\S+)`), progress("loaded the answer file ")},
	{"debootstrap", regexp.MustCompile(`^(?:I: |E: |W: )?(?:Setting up|Configuring|Unpacking) (\S+?)\.{0,3}(?: .*)?$`), progress("base system: ")},
	{"in-target", regexp.MustCompile(`^Setting up (\S+) \(`), progress("set up ")},
	{"in-target", regexp.MustCompile(`^(E: .+|dpkg: error .+)$`), remark("apt says ")},
	{"base-installer", regexp.MustCompile(`^info: (.+)$`), func(g string) Report {
		return Report{Text: "base system: " + quoted(g), Progress: true}
	}},
	{"grub-installer", regexp.MustCompile(`^info: Installing grub on '([^']*)'`), progress("boot loader on ")},
	{"kernel", regexp.MustCompile(`(Kernel panic - not syncing.*)$`), fatal("kernel: ")},
	{"kernel", regexp.MustCompile(`(Out of memory: Kill.*)$`), remark("kernel: ")},
	{"choose-mirror", regexp.MustCompile(`^WARNING \*\*: (.+)$`), remark("mirror: ")},
	{"anna", regexp.MustCompile(`^WARNING \*\*: (.+)$`), remark("installer components: ")},
	{"netcfg", regexp.MustCompile(`^(?:WARNING \*\*|ERROR|error): (.+)$`), remark("network: ")},
	{"", regexp.MustCompile(`^error: (.+)$`), nil}, // named after its program, in ReadInstallerLog
}

var allRules = slices.Concat(anacondaRules, rules)

// ReadInstallerLog tells what one line of an installer's syslog means by
// itself. tag is the program, with or without [process]; text is what follows
// it. interesting is false for the many lines that say nothing to people. It
// understands no debconf exchange: that takes a LogReader.
func ReadInstallerLog(tag, text string) (r Report, interesting bool) {
	program := programOf(tag)
	text = strings.TrimSpace(unescaped(text))
	if len(text) > 4*longest {
		text = text[:4*longest]
	}
	for _, rule := range allRules {
		if rule.program != "" && rule.program != program {
			continue
		}
		m := rule.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if rule.make == nil {
			return Report{Text: name(program) + ": " + quoted(m[1])}, true
		}
		return rule.make(m[1]), true
	}
	return Report{}, false
}

func programOf(tag string) string {
	program, _, _ := strings.Cut(tag, "[")
	return strings.TrimSuffix(strings.TrimSpace(program), ":")
}
