package install

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"seedbed/internal/core/machine"
)

// advance is the state machine: what an open attempt is after an event.
// started says that this boot has come as far as a script or a file; it tells
// a second boot from the several requests for an address that one boot makes.
// heard is when the server began to hear, if that was after the last event: a
// silence from before is not the machine's.
func advance(a Attempt, e Event, started bool, heard time.Time) (Attempt, bool) {
	stage := a.State
	if stage == Stalled {
		stage = a.StalledIn
	}
	was, boots := stage, a.Boots
	switch e.Step {
	case Sighted, Identified, Addressed, Decided, Offered:
		if e.Firmware == "" {
			// An old system or the installer wants an address: a sign of
			// life of whoever runs, and no boot.
			if stage == Waiting {
				return a, started
			}
			break
		}
		again := stage == Installing || started && e.Step == Sighted && e.Firmware != machine.IPXE // iPXE runs within a boot
		a, started = a.boot(stage, e, again), started && !again
		stage = Booting
	case Loaded, Scripted:
		// Only firmware and boot loaders ask for these.
		again := stage == Installing
		a, started = a.boot(stage, e, again), e.Step == Scripted || started && !again
		stage = Booting
	case Fetched:
		if stage == Waiting {
			a = a.boot(stage, e, false)
			stage = Booting
		}
		started = true
	case Answered, Reported:
		a = a.start(e.At)
		stage, started = Installing, true
	}
	a.State, a.StalledIn, a.Why = stage, "", ""
	if was == stage && boots == a.Boots && a.Question == "" && !a.LastAt.IsZero() {
		a.Silences = a.Silences.longer(stage, e.At.Sub(later(a.LastAt, heard)))
	}
	a = a.note(e).mark(e)
	return a.settle(e), started
}

// settle ends an attempt where the event does, and keeps which question is open
// since when.
func (a Attempt) settle(e Event) Attempt {
	asked := a.Question
	switch {
	case e.Step == Installed:
		a.State, a.Ended, a.Question = Done, e.At, ""
		a = a.start(e.At)
	case e.Failed && e.Step == Reported:
		a.State, a.Ended, a.Why = Failed, e.At, e.Text
		if a.Question != "" { // it leads there, and nobody is to answer it any more
			a.Why, a.Question = a.Why+" (it had asked "+a.Question+")", ""
		}
	case e.Step == Reported && e.Answered:
		a.Question = ""
	case e.Step == Reported && e.Question != "":
		a.Question = e.Question
	case e.Step == Answered:
		a.Question = ""
	}
	switch {
	case a.Question == "":
		a.Asked = time.Time{}
	case a.Question != asked || a.Asked.IsZero():
		a.Asked = e.At
	}
	return a
}

// boot counts a boot: the first, or another.
func (a Attempt) boot(stage State, e Event, again bool) Attempt {
	if stage == Waiting || again || a.Boots == 0 {
		a.Boots++
		a.Question = "" // whatever was on the screen is gone
		a.Marks = []Mark{{Stage: "boot", At: e.At, Bytes: a.Bytes}}
	}
	return a.start(e.At)
}

func (a Attempt) start(at time.Time) Attempt {
	if a.Started.IsZero() {
		a.Started = at
	}
	return a
}

// clockBack is how much older than the last an event has to be to be newer all
// the same: somebody has set the clock back. Events that come late are those of
// long transfers, and they tell of themselves before that.
const clockBack = 5 * time.Minute

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// note keeps what was last heard, and counts what was served.
func (a Attempt) note(e Event) Attempt {
	if !e.At.Before(a.LastAt) || a.LastAt.Sub(e.At) > clockBack {
		a.LastStep, a.LastText, a.LastAt = e.Step, e.Text, e.At
		if (e.Step == Fetched || e.Step == Loaded) && strings.HasSuffix(e.Path, e.Text) {
			a.LastText = e.Path // says more than the file's name
		}
	}
	a.Bytes += e.Bytes - e.Told
	if e.Path != "" && !e.Failed && !e.Partial {
		switch e.Step {
		case Loaded, Scripted, Fetched, Answered:
			a.Files++
			if isPackage(e.Path) {
				a.Packages++
			}
		}
	}
	return a
}

// isPackage tells by its name whether a file is a package of a distribution.
func isPackage(path string) bool {
	switch p := strings.ToLower(path); {
	case strings.HasSuffix(p, ".deb"), strings.HasSuffix(p, ".udeb"), strings.HasSuffix(p, ".rpm"), strings.HasSuffix(p, ".apk"):
		return true
	default:
		return strings.Contains(p, ".pkg.tar.")
	}
}

// maxMarks bounds what a machine's log can make us keep.
const maxMarks = 64

// mark keeps the first time that this boot comes to a stage. The list is
// copied: the one before it may be on its way to the disk.
func (a Attempt) mark(e Event) Attempt {
	stage := e.Stage
	switch e.Step {
	case Fetched:
		stage = "kernel"
		if a.State != Booting {
			return a
		}
	case Answered:
		stage = "answer file"
	}
	if stage == "" || len(a.Marks) >= maxMarks || slices.ContainsFunc(a.Marks, func(m Mark) bool { return m.Stage == stage }) {
		return a
	}
	a.Marks = append(slices.Clip(slices.Clone(a.Marks)), Mark{stage, e.At, a.Bytes})
	return a
}

// silence says why an attempt counts as stalled; usual is the longest silence
// of earlier attempts in this stage, 0 when there were none.
func silence(a Attempt, now time.Time, usual time.Duration) string {
	ago := now.Sub(a.LastAt).Round(time.Second)
	if a.Question != "" {
		return fmt.Sprintf("its installer asks %s and has been waiting for %s", a.Question, ago)
	}
	why := fmt.Sprintf("silent for %s since %s", ago, a.LastStep)
	if a.LastText != "" {
		why += ": " + a.LastText
	}
	if usual > 0 {
		why += fmt.Sprintf(" (earlier attempts were never silent here for more than %s)", max(usual.Round(time.Second), time.Second))
	}
	return why
}
