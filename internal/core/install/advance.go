package install

import (
	"fmt"
	"time"

	"seedbed/internal/core/machine"
)

// advance is the state machine: what an open attempt is after an event.
// started says that this boot has come as far as a script or a file; it tells
// a second boot from the several requests for an address that one boot makes.
func advance(a Attempt, e Event, started bool) (Attempt, bool) {
	stage := a.State
	if stage == Stalled {
		stage = a.StalledIn
	}
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
	a = a.note(e)
	switch {
	case e.Step == Installed:
		a.State, a.Ended, a.Question = Done, e.At, ""
		a = a.start(e.At)
	case e.Failed && e.Step == Reported:
		a.State, a.Ended, a.Why = Failed, e.At, e.Text
	case e.Step == Reported && e.Answered:
		a.Question = ""
	case e.Step == Reported && e.Question != "":
		a.Question = e.Question
	case e.Step == Answered:
		a.Question = ""
	}
	return a, started
}

// boot counts a boot: the first, or another.
func (a Attempt) boot(stage State, e Event, again bool) Attempt {
	if stage == Waiting || again || a.Boots == 0 {
		a.Boots++
		a.Question = "" // whatever was on the screen is gone
	}
	return a.start(e.At)
}

func (a Attempt) start(at time.Time) Attempt {
	if a.Started.IsZero() {
		a.Started = at
	}
	return a
}

// note keeps what was last heard, and counts what was served.
func (a Attempt) note(e Event) Attempt {
	if !e.At.Before(a.LastAt) {
		a.LastStep, a.LastText, a.LastAt = e.Step, e.Text, e.At
	}
	a.Bytes += e.Bytes
	if e.Path != "" && !e.Failed {
		switch e.Step {
		case Loaded, Scripted, Fetched, Answered:
			a.Files++
		}
	}
	return a
}

// silence says why an attempt counts as stalled.
func silence(a Attempt, now time.Time) string {
	ago := now.Sub(a.LastAt).Round(time.Second)
	if a.Question != "" {
		return fmt.Sprintf("its installer asks %s and has been waiting for %s", a.Question, ago)
	}
	if a.LastText == "" {
		return fmt.Sprintf("silent for %s since %s", ago, a.LastStep)
	}
	return fmt.Sprintf("silent for %s since %s: %s", ago, a.LastStep, a.LastText)
}
