package install

import (
	"regexp"
	"strings"
)

// Bounds of what a LogReader remembers of a machine, whatever it is sent.
const (
	maxSources = 16
	maxPending = 16
)

// LogReader follows the log of one machine's installer. With
// DEBCONF_DEBUG=developer on the kernel's command line debconf logs its whole
// exchange with the installer's parts, one request and one reply a time:
//
//	debconf: --> INPUT critical netcfg/get_nameservers
//	debconf: <-- 0 question will be asked
//	debconf: --> GO
//	debconf: <-- 0 ok
//
// Between the last two somebody must answer: a GO without its reply, after an
// INPUT that will be asked, is an open question. Lines may get lost on their
// way: any later request means that the one before was replied to. Values
// (passwords among them) are never taken out of the exchange. The zero value
// is ready; it is for one goroutine.
type LogReader struct {
	sources map[string]*exchange
}

// exchange is what one debconf process was last asked.
type exchange struct {
	input    string   // key of an INPUT not replied to yet
	priority string   // its priority
	pending  []string // keys that the next GO will ask
	levels   []string // their priorities
	open     []string // keys that are being asked now
	going    bool     // GO has no reply yet
	progress string   // what was told last, since apt repeats itself
}

var (
	request = regexp.MustCompile(`^--> ([A-Z_]+)(?: (.*))?$`)
	reply   = regexp.MustCompile(`^<-- (\d+)(?: (.*))?$`)
	asking  = regexp.MustCompile(`^(low|medium|high|critical) (\S+)\s*$`)
)

// Read tells what a line means, as ReadInstallerLog does, and besides that
// when a question is asked and when it is answered.
func (l *LogReader) Read(tag, text string) (r Report, interesting bool) {
	text = strings.TrimSpace(text)
	if programOf(tag) != "debconf" {
		r, interesting = ReadInstallerLog(tag, text)
		if r.Progress {
			// The menu and the last scripts go on only when nothing is asked.
			switch programOf(tag) {
			case "main-menu", "finish-install":
				r.Question, r.Answered = l.forget()
			}
		}
		return r, interesting
	}
	if old := l.sources[resumed]; old != nil {
		// Whatever debconf says first: it has gone on since.
		delete(l.sources, resumed)
		answered, was := old.goesOn()
		if r, interesting = l.exchange(tag, text); interesting {
			r.Answered = r.Answered || was && !r.Asked
			return r, true
		}
		return answered, was
	}
	return l.exchange(tag, text)
}

// resumed stands for the process that asked what an earlier run has heard.
const resumed = "\x00"

// Resume takes up a question that was open when an earlier run of this program
// ended: the next word of debconf closes it.
func (l *LogReader) Resume(question string) {
	if question != "" {
		l.source(resumed).open = []string{question}
	}
}

func (l *LogReader) exchange(tag, text string) (Report, bool) {
	x := l.source(tag)
	if m := request.FindStringSubmatch(text); m != nil {
		return x.request(m[1], m[2])
	}
	if m := reply.FindStringSubmatch(text); m != nil {
		return x.reply(m[1])
	}
	return Report{}, false
}

// Question is what the installer asks now, or "".
func (l *LogReader) Question() string {
	for _, x := range l.sources {
		if len(x.open) > 0 {
			return x.open[0]
		}
	}
	return ""
}

func (l *LogReader) source(tag string) *exchange {
	if x := l.sources[tag]; x != nil {
		return x
	}
	if l.sources == nil || len(l.sources) >= maxSources {
		// Too many can only be noise: an installer has one or two.
		l.sources = map[string]*exchange{}
	}
	x := &exchange{}
	l.sources[tag] = x
	return x
}

// forget closes whatever is open, in any source.
func (l *LogReader) forget() (question string, was bool) {
	for _, x := range l.sources {
		if len(x.open) > 0 {
			question, was = x.open[0], true
			x.open, x.going = nil, false
		}
	}
	return question, was
}

func (x *exchange) request(verb, rest string) (Report, bool) {
	answered, was := x.goesOn()
	x.input = ""
	switch verb {
	case "INPUT":
		if m := asking.FindStringSubmatch(rest); m != nil && plain.MatchString(m[2]) {
			x.input, x.priority = m[2], m[1]
		}
	case "GO":
		return x.goes(answered, was)
	case "CLEAR":
		x.pending, x.levels = nil, nil
	case "PROGRESS":
		if r, ok := progressOf(rest); ok && (was || r.Text != x.progress) {
			x.progress = r.Text
			r.Question, r.Answered = answered.Question, answered.Answered
			return r, true
		}
	}
	return answered, was
}

// goes opens what is pending.
func (x *exchange) goes(answered Report, was bool) (Report, bool) {
	x.going = true
	if len(x.pending) == 0 {
		return answered, was
	}
	x.open = x.pending
	text := "the installer asks " + x.open[0] + " (" + x.levels[0] + ")"
	if more := len(x.open) - 1; more > 0 {
		text += " and then " + strings.Join(x.open[1:], ", ")
	}
	x.pending, x.levels = nil, nil
	return Report{Text: text, Question: x.open[0], Asked: true}, true
}

func (x *exchange) reply(code string) (Report, bool) {
	if x.input != "" {
		if code == "0" && len(x.pending) < maxPending {
			x.pending, x.levels = append(x.pending, x.input), append(x.levels, x.priority)
		}
		x.input = ""
		return Report{}, false
	}
	if !x.going {
		return Report{}, false
	}
	r, ok := x.goesOn()
	if ok && code == "30" {
		r.Text = r.Question + " was left by going back"
	}
	return r, ok
}

// goesOn: the installer speaks again, so that nothing is asked any more.
func (x *exchange) goesOn() (Report, bool) {
	x.going = false
	if len(x.open) == 0 {
		return Report{}, false
	}
	q := x.open[0]
	x.open = nil
	return Report{Text: q + " was answered", Question: q, Answered: true}, true
}

// progressOf reads "START 0 100 KEY" and "INFO KEY"; the steps between them
// are too many to be told.
func progressOf(rest string) (Report, bool) {
	words := strings.Fields(rest)
	var key string
	switch {
	case len(words) == 4 && words[0] == "START":
		key = words[3]
	case len(words) == 2 && words[0] == "INFO":
		key = words[1]
	default:
		return Report{}, false
	}
	return Report{Text: "progress: " + name(key), Progress: true}, true
}
