package report

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lint"
)

//go:embed page.html
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"clock": clock, "minutes": Minutes, "mb": megabytes}).Parse(page))

// view is what the page shows. Everything in it but the pictures is text, and
// is escaped by the template.
type view struct {
	Result
	Ending   string
	Good     bool
	Bars     []bar
	Ticks    []tick
	Dots     []dot
	Width    int
	Height   int
	DotTop   int
	Pictures []picture
	Texts    []text
	Console  string
	Steps    []Stage
	More     int // requests that are not listed
}

// A bar is a stage, to scale; a tick a mark of the axis; a dot a request.
type bar struct {
	Name    string
	Took    time.Duration
	X, Y, W float64
	Colour  string
	LabelX  float64 // of its name: beside the bar where there is room, else within
	Anchor  string
	Ink     string
}
type tick struct {
	X    float64
	Text string
}
type dot struct {
	X     float64
	Title string
	Bad   bool
}
type picture struct {
	Screen
	Data template.URL
}
type text struct {
	Name  string
	Lines []line
}
type line struct {
	N        int
	Text     string
	Findings []lint.Finding
}

// HTML writes the report as one page that needs nothing else: no script, no
// other file, no network. Passwords and their hashes are masked.
func (r Result) HTML(w io.Writer) error {
	v := view{Result: r, Ending: r.Ending(), Good: r.Good(), Console: clean(strings.Join(r.Console, "\n")), More: r.Requests - len(r.Served)}
	for _, s := range r.Stages {
		if s.Step != install.Reported {
			v.Steps = append(v.Steps, s)
		}
	}
	v.draw()
	for _, s := range r.Screens {
		b, err := os.ReadFile(filepath.Join(r.Dir, filepath.Base(s.File)))
		if err != nil {
			continue
		}
		v.Pictures = append(v.Pictures, picture{s, template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b))})
	}
	shown := false
	for _, d := range r.Documents {
		t := numbered(d.Name, d.Text)
		if !shown && r.AnswerFile != "" && strings.HasPrefix(d.Name, "answer") {
			t.mark(r.Findings, r.AnswerName)
			shown = true
		}
		v.Texts = append(v.Texts, t)
	}
	if !shown && r.AnswerFile != "" {
		t := numbered(r.AnswerName, r.AnswerFile)
		t.mark(r.Findings, r.AnswerName)
		v.Texts = append([]text{t}, v.Texts...)
	}
	return pageTemplate.Execute(w, v)
}

// Measures of the timeline, in pixels.
const (
	drawn     = 1100.0
	rowHeight = 26
	headRoom  = 24
	footRoom  = 40
	labelRoom = 420.0 // of a stage's name, beside its bar
)

var colours = []string{"#4c72b0", "#55a868", "#c44e52", "#8172b2", "#937860", "#da8bc3", "#8c8c8c"}

// draw lays out the timeline to scale.
func (v *view) draw() {
	total := max(v.Took, time.Second)
	x := func(at time.Duration) float64 { return drawn * min(1, float64(at)/float64(total)) }
	var from time.Duration
	add := func(name string, took time.Duration, colour string) {
		b := bar{Name: name, Took: took, X: x(from), Y: float64(headRoom + len(v.Bars)*rowHeight), Colour: colour}
		b.W = max(1, x(from+took)-b.X)
		b.LabelX, b.Anchor, b.Ink = b.W+6, "start", "#222"
		switch {
		case b.X+b.W+labelRoom <= drawn:
		case b.X >= labelRoom:
			b.LabelX, b.Anchor = -6, "end"
		default:
			b.LabelX, b.Ink = 6, "#fff"
		}
		v.Bars = append(v.Bars, b)
		from += took
	}
	if end := v.falseStarts(); end > 0 {
		add("false start: the emulator's fault", end, "#bbb")
	}
	for i, s := range v.Spans() {
		add(s.Name, s.Took, colours[i%len(colours)])
	}
	if rest := v.Took - from; !v.Good && rest > 0 {
		name := "then: " + v.Why
		if v.Asks != nil {
			name = "it stops at " + v.Asks.Key
		}
		add(name, rest, "#d62728")
	}
	step := time.Second
	for _, s := range []time.Duration{5, 10, 30, 60, 120, 300, 600, 1800, 3600} {
		if step = s * time.Second; total/step <= 12 {
			break
		}
	}
	for at := time.Duration(0); at <= total; at += step {
		v.Ticks = append(v.Ticks, tick{x(at), clock(at)})
	}
	for _, s := range v.Served {
		v.Dots = append(v.Dots, dot{x(s.At), clock(s.At) + " " + s.Path, s.Failed})
	}
	v.Width, v.Height = int(drawn)+40, headRoom+len(v.Bars)*rowHeight+footRoom
	v.DotTop = v.Height - footRoom/2
}

// secrets are passwords, their hashes, and what an installer takes for one.
var secrets = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`\$(1|5|6|y|7|2[aby])\$[^\s"'<>\\]+`), `$$${1}$$(hidden)`},
	{regexp.MustCompile(`(?im)^(.*\bpassw\S*(?:-again|-crypted)?[ \t]+password[ \t]+)\S.*$`), `${1}(hidden)`},
	{regexp.MustCompile(`(?im)^(\s*(?:rootpw|user|sshpw|autopart|bootloader|part|logvol)\b.*?)((?:--password|--passphrase)[= ])\S+`), `${1}${2}(hidden)`},
	{regexp.MustCompile(`(?im)^(\s*rootpw\s+(?:--\S+\s+)*)[^\s-]\S*`), `${1}(hidden)`},
	{regexp.MustCompile(`(?im)("?(?:hashed_?)?pass(?:word|phrase)"?\s*[:=]\s*)[^\s,}{\[]\S*`), `${1}(hidden)`},
	{regexp.MustCompile(`(?is)(<(?:user_)?password>).*?(</)`), `${1}(hidden)${2}`},
}

func masked(s string) string {
	for _, x := range secrets {
		s = x.find.ReplaceAllString(s, x.put)
	}
	return s
}

func numbered(name, body string) text {
	t := text{Name: name}
	for i, l := range strings.Split(strings.TrimSuffix(masked(clean(body)), "\n"), "\n") {
		t.Lines = append(t.Lines, line{N: i + 1, Text: l})
	}
	return t
}

// mark puts each finding below the line that it speaks of.
func (t *text) mark(found []lint.Finding, file string) {
	for _, f := range found {
		if f.File == file && f.Line > 0 && f.Line <= len(t.Lines) {
			l := &t.Lines[f.Line-1]
			l.Findings = append(l.Findings, f)
		}
	}
}

func clock(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
