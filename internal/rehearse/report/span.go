package report

import (
	"strings"
	"time"

	"seedbed/internal/core/install"
)

// Span is one stage of a rehearsal and how long it took.
type Span struct {
	Name string        `json:"name"`
	Took time.Duration `json:"took"`
}

// marks end the stages: the boot, the step, and a part of its text.
var marks = []struct {
	name string
	boot int
	step install.Step
	text string
}{
	{"firmware: power-on to the first loader or script", 1, "", ""}, // ends at the first loaded or scripted
	{"loader: script, kernel, initrd", 1, install.Fetched, "initrd"},
	{"installer starts: kernel, network, answer file", 1, install.Answered, "preseed.cfg"},
	{"installs: disk, base system, packages, boot loader", 1, install.Installed, ""},
	{"unmounts and restarts", 2, "", "power on"},
	{"second boot: network, then the local disk", 2, install.Scripted, ""},
	{"the new system: disk to login over SSH", 2, "", "login over SSH"},
}

// Spans are the stages that were reached, in order, false starts left out.
func (r Result) Spans() []Span {
	var out []Span
	from := r.falseStarts()
	for _, m := range marks {
		at, ok := r.reached(m.boot, m.step, m.text)
		if !ok {
			break
		}
		out = append(out, Span{m.name, at - from})
		from = at
	}
	return out
}

func (r Result) reached(boot int, step install.Step, text string) (time.Duration, bool) {
	for _, s := range r.Stages {
		if s.Boot != boot || s.At < r.falseStarts() {
			continue
		}
		first := step == "" && text == "" && (s.Step == install.Loaded || s.Step == install.Scripted)
		if first || (step != "" || text != "") && s.Step == step && strings.Contains(s.Text, text) {
			return s.At, true
		}
	}
	return 0, false
}
