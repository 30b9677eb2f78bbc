package kickseed

import (
	"regexp"
	"strings"

	"seedbed/internal/core/answer/kickseed/shell"
	"seedbed/internal/core/answer/preseed"
)

// Translate says what the kickseed of a variant makes of a file. Nothing is run;
// what an %include brings in is not known.
func Translate(f *File, v Variant) *Result {
	r := &run{variant: v, leaveFree: true, diskOf: map[string][]string{}, ids: map[string][]string{}, marks: map[string]Line{}}
	lines := f.Lines()
	r.pre(lines)
	r.pass(lines)
	if !r.Stopped {
		r.packages()
		r.answer("d-i", "debconf/priority", preseed.Select, word("critical"))
		r.reread()
	}
	return &r.Result
}

// run is the state of kickseed: the variables that outlive a command.
type run struct {
	Result
	variant Variant
	line    Line // in hand

	section Section
	script  *Script // the %post in the making
	packed  []packed

	recipe           string
	pendingLVM       string
	leaveFree        bool
	method           string
	needMethod       bool
	logvol           bool
	lang, defaulted  string
	repos            int
	raid             bool
	raidRecipe       string
	raidDevices      int
	diskOf           map[string][]string // recipes of the RAID members, by disk
	partitioningDone bool
	ids              map[string][]string // numbers of the RAID members, by name
	marks            map[string]Line     // where each kind of command stood first
}

// mark remembers the line in hand as the first of its kind.
func (r *run) mark(kind string) {
	if _, ok := r.marks[kind]; !ok {
		r.marks[kind] = r.line
	}
}

func word(text string) Word { return Word{Text: text} }

// answer writes one line for the installer.
func (r *run) answer(owner, key, typ string, value Word) {
	at := value.Pos
	if at.Line == 0 {
		at = r.line.Pos
	}
	r.Answers = append(r.Answers, Answer{Pos: at, Owner: owner, Key: key, Type: typ, Value: value.Text})
}

// set answers one of the installer's own questions with a text of ours.
func (r *run) set(key, typ, value string) { r.answer("d-i", key, typ, word(value)) }

// find records a finding about the line in hand.
func (r *run) find(effect Effect, cause Cause, about, msg string) *Finding {
	r.Findings = append(r.Findings, Finding{Pos: r.line.Pos, Effect: effect, Cause: cause, Word: about, Msg: msg})
	if effect.Stops() {
		r.Stopped = true
	}
	return &r.Findings[len(r.Findings)-1]
}

// warn is a finding that kickseed also logs.
func (r *run) warn(effect Effect, cause Cause, about, msg, log string) *Finding {
	f := r.find(effect, cause, about, msg)
	f.Log = log
	return f
}

// echoFlags matches what the shell's echo takes for its options, so that a line of
// nothing else is not printed.
var echoFlags = regexp.MustCompile(`^-[neE]+$`)

// pre is the first pass: it collects the %pre script and runs it.
func (r *run) pre(lines []Line) {
	in := false
	for _, l := range lines {
		if l.Last {
			break
		}
		r.line = l
		switch l.Keyword {
		case "%pre":
			if r.Pre != nil {
				r.find(Dropped, EarlierPre, "%pre", "only the last %pre is run: the one before, of which kickseed kept nothing, is lost")
				r.Findings[len(r.Findings)-1].Pos = r.Pre.Pos
			}
			in, r.Pre = true, &Script{Pos: l.Pos}
			r.preOptions(l)
			continue
		case "%packages", "%post":
			in = false
			continue
		}
		if in {
			r.scriptLine(r.Pre, l)
		}
	}
}

// preOptions reads the options of %pre, which kickseed takes for one word.
func (r *run) preOptions(l Line) {
	if l.Args == "" {
		return
	}
	w := Word{Text: l.Args, Pos: preseed.Pos{Line: l.Line, Column: l.ArgsColumn}}
	opts, _, _ := shell.Options("interpreter:", []Word{w})
	for _, o := range opts {
		if o.Value.Text != "/bin/sh" {
			r.warn(Altered, Interpreter, o.Value.Text, "%pre is always run by /bin/sh", "%pre interpreters other than /bin/sh not supported yet")
		}
	}
	if len(opts) == 0 {
		r.find(Ignored, SectionOption, l.Args, "options of %pre are read as one word and ignored; it is always run by /bin/sh")
	}
}

// scriptLine adds a line to a script as kickseed does: without what stands
// around it.
func (r *run) scriptLine(s *Script, l Line) {
	if l.Column > 1 && l.Text != "" && strings.Contains(s.Interpreter, "python") {
		r.find(Altered, Indentation, "", "kickseed takes the indent away, on which this script depends")
	}
	if l.Keyword == "%end" {
		r.find(Altered, EndMarker, "%end", "kickseed knows no %end: it becomes a line of the script, a command that is not found")
	} else if strings.HasPrefix(l.Keyword, "%addon") || l.Keyword == "%onerror" || l.Keyword == "%traceback" || l.Keyword == "%anaconda" || l.Keyword == "%pre-install" {
		r.find(Altered, UnknownSection, l.Keyword, "kickseed knows no "+l.Keyword+": it becomes a line of the script")
	}
	text := l.Text
	if s == r.Pre {
		text = l.once // the first pass alone
	}
	switch {
	case !echoFlags.MatchString(text):
		s.Text += text + "\n"
	case !strings.Contains(text, "n"):
		s.Text += "\n"
	}
}

// pass is the second pass: sections, and the commands of the main one.
func (r *run) pass(lines []Line) {
	r.section = Main
	for _, l := range lines {
		r.line = l
		if l.Last {
			if l.Text != "" {
				r.find(Dropped, LastLine, l.Keyword, "the file's last line has no newline at its end: kickseed does not read it")
			}
			break
		}
		switch l.Keyword {
		case "%include":
			r.find(Altered, Include, l.Args, "the file is read in the installer's own file system, where a %pre may have written it")
			continue
		case "%final":
			r.warn(Dropped, Reserved, l.Keyword, "kickseed stops reading here, and forgets its partitions and the last %post", "%final reserved for internal use")
			return
		case "%packages", "%pre", "%post":
			r.start(l)
		default:
			r.content(l)
		}
		if r.Stopped {
			return
		}
	}
	r.endScript()
	r.finals()
}

// start begins a section.
func (r *run) start(l Line) {
	r.endScript()
	if l.Keyword == "%packages" && l.Args != "" {
		r.find(Ignored, SectionOption, l.Args, "options of %packages are ignored")
	}
	if l.Keyword == "%post" {
		s := r.apart(l, false)
		if r.Stopped {
			return
		}
		r.postOptions(s.Words)
	}
	r.section = l.Section
}

func (r *run) endScript() {
	if r.script != nil {
		r.Post = append(r.Post, *r.script)
		r.script = nil
	}
}

func (r *run) postOptions(args []Word) {
	s := &Script{Pos: r.line.Pos, Chroot: true}
	opts, rest, bad := shell.Options("nochroot,interpreter:", args)
	r.troubles("%post", bad)
	for _, o := range opts {
		switch o.Name {
		case "--nochroot":
			s.Chroot = false
		case "--interpreter":
			s.Interpreter = o.Value.Text
		}
	}
	if len(rest) > 0 {
		r.find(Ignored, SectionOption, rest[0].Text, "%post takes no arguments")
	}
	if !s.Chroot && s.Interpreter != "" {
		if s.Interpreter != "/bin/sh" {
			r.warn(Altered, Interpreter, s.Interpreter, "%post --nochroot is always run by /bin/sh", "%post --nochroot interpreters other than /bin/sh not supported yet")
		}
		s.Interpreter = ""
	}
	r.script = s
}

// content is a line that starts no section.
func (r *run) content(l Line) {
	switch {
	case r.section == Post:
		r.scriptLine(r.script, l)
	case r.section == Pre || l.Blank():
	case r.section == Packages:
		if !echoFlags.MatchString(l.Text) {
			r.packageLine(l)
		}
	default:
		r.command(l)
	}
}

// command hands a line of the main section to its handler.
func (r *run) command(l Line) {
	h, ok := handlers[l.Keyword]
	if ok && h.ubuntu && !r.variant.RAID {
		ok = false
	}
	if !ok {
		effect, cause, msg := Dropped, UnknownCommand, "kickseed knows no such command"
		switch {
		case l.Keyword == "%end":
			cause, msg = EndMarker, "kickseed knows no %end: nothing ends here"
		case strings.HasPrefix(l.Keyword, "%"):
			cause, msg = UnknownSection, "kickseed knows no such section: its lines are read as commands"
		}
		if !echoFlags.MatchString(l.Text) {
			r.warn(effect, cause, l.Keyword, msg, "Unrecognised kickstart command: "+l.Keyword)
		}
		return
	}
	s := r.apart(l, true)
	if r.Stopped {
		return
	}
	if s.Unread {
		return
	}
	before := *r
	h.run(r, s.Words)
	if s.Subshell {
		r.forget(before)
	}
}

// forget takes back what a command left in variables: it ran in a shell of its
// own, whose variables end with it. What it wrote stays.
func (r *run) forget(before run) {
	before.Result = r.Result
	*r = before
}

// apart takes the arguments of a line apart and reports what the shell does
// besides.
func (r *run) apart(l Line, escape bool) *shell.Line {
	s := shell.Lex(l.Args, escape)
	s.Place(l.start())
	for _, h := range s.Hazards {
		f := r.find(Executed, Cause(h.Kind), "", "")
		f.Pos = s.Pos(l.start(), h.At)
		switch f.Cause {
		case Operator:
			f.Msg = "the shell ends the command here and runs the rest of the line as another"
		case Redirection:
			f.Msg = "the shell opens a file here; the word is no argument"
		case Substitution:
			f.Msg = "the shell runs or expands this and puts the outcome in its place"
		case Pattern:
			f.Effect, f.Msg = Altered, "the shell puts file names in the place of this word, if any fit"
		case Home:
			f.Effect, f.Msg = Altered, "the shell puts a home folder in the place of ~"
		case InlineComment:
			f.Effect, f.Msg = Ignored, "the shell takes the rest of the line for a comment"
		}
	}
	if s.Broken != "" {
		f := r.find(Aborts, SyntaxError, l.Keyword, "a syntax error to the shell ("+s.Broken+"): kickseed ends, and not one answer of the file reaches the installer")
		f.Pos = s.Pos(l.start(), 0)
	} else if s.Unread {
		r.find(Dropped, Redirection, l.Keyword, "the shell reads a file that is not there, and does not run the command")
	}
	return s
}

// troubles reports the options that getopt left out.
func (r *run) troubles(command string, bad []shell.Trouble) {
	for _, t := range bad {
		name, _, _ := strings.Cut(t.Word.Text, "=")
		var f *Finding
		switch cause := Cause(t.Kind); cause {
		case UnsupportedValue:
			f = r.find(Ignored, cause, name, command+" "+name+" takes no value here: the option is ignored")
		case MissingValue:
			f = r.find(Ignored, cause, name, command+" "+name+" lacks its value: the option is ignored")
		default:
			f = r.find(Ignored, cause, name, command+" has no option "+name+" here: it is ignored")
			if t.Split {
				f.Msg += ", and a value that stands apart becomes an argument"
			}
		}
		f.Pos = t.Word.Pos
	}
}

// reread compares what the installer's parser makes of the answers with what
// was meant.
func (r *run) reread() {
	entries, faults := preseed.Read(r.Preseed()).AsInstaller()
	read := map[int]preseed.Entry{}
	for _, e := range entries {
		read[e.Line] = e
	}
	fatal := 0
	for _, f := range faults {
		if f.Fatal {
			fatal = f.Line
		}
	}
	for i, a := range r.Answers {
		e, ok := read[i+1]
		if ok && e.Owner == a.Owner && e.Key == a.Key && e.Type == a.Type && e.Value == a.Value {
			continue
		}
		f := Finding{Pos: a.Pos, Effect: Fails, Cause: Misread, Word: a.Key, Msg: "the installer does not read the answer to " + a.Key + " as it is meant"}
		if fatal == i+1 {
			f.Msg = "the installer cannot read the answer to " + a.Key + ", stops and shows preseed/load_error"
		}
		r.Findings = append(r.Findings, f)
	}
}
