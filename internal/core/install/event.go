package install

import (
	"time"

	"seedbed/internal/core/machine"
)

// Step is a hop of the boot path. Log lines, events and the timeline people
// see all use these words and no others (docs/boot-path.md).
type Step string

// The boot path, in its order.
const (
	Sighted    Step = "sighted"
	Identified Step = "identified"
	Addressed  Step = "addressed"
	Decided    Step = "decided"
	Offered    Step = "offered"
	Loaded     Step = "loaded"
	Scripted   Step = "scripted"
	Fetched    Step = "fetched"
	Answered   Step = "answered"
	Reported   Step = "reported"
	Installed  Step = "installed"
)

// Event is one thing that happened to one machine.
type Event struct {
	ID      int64     `json:"id,omitempty"`
	At      time.Time `json:"time"`
	Machine string    `json:"machine"`
	Attempt int64     `json:"attempt,omitempty"` // 0: outside any attempt
	Step    Step      `json:"step"`
	Text    string    `json:"text"`            // for people; client-sent parts are quoted
	Path    string    `json:"path,omitempty"`  // what was asked for, where something was
	Bytes   int64     `json:"bytes,omitempty"` // how much of it was sent
	Failed  bool      `json:"failed,omitempty"`
	// Firmware is set on what a machine's firmware or boot loader caused: it
	// asks to be booted. An installer's own request for an address has none.
	Firmware machine.Firmware `json:"firmware,omitempty"`
	// Question is the debconf (or other installer's) question now open, on a
	// Reported event that says so; with Answered, the one that is no longer.
	Question string `json:"question,omitempty"`
	// Answered says that the installer goes on: no question is open now.
	Answered bool `json:"answered,omitempty"`
	// Partial says that a transfer goes on: Bytes is what was sent since the
	// last word of it. Its end has them all, and in Told how many of them were
	// told before. Neither is kept with the event.
	Partial bool  `json:"-"`
	Told    int64 `json:"-"`
	// Stage names the part of the install that begins with the event, if one
	// does. It is not kept with the event: the attempt has it as a Mark.
	Stage string `json:"-"`
}

// Query asks for events. Zero fields ask for all.
type Query struct {
	Machine string
	Attempt int64
	After   int64 // only events with a greater ID; 0: the newest Limit ones
	Limit   int   // 0: as many as the journal gives at once
}

// State is where an attempt stands.
type State string

// The states of an attempt.
const (
	Waiting    State = "waiting"    // armed; the machine has not been heard
	Booting    State = "booting"    // it loads loader, script, kernel, initrd
	Installing State = "installing" // its installer runs
	Done       State = "installed"  // the callback came: it boots its disk from now on
	Failed     State = "failed"     // its installer said so
	Stalled    State = "stalled"    // it has been silent for longer than its stage may last
)

// Over says that no further event is expected of an attempt in this state.
func (s State) Over() bool { return s == Done || s == Failed }

// Attempt is one try to install one machine.
type Attempt struct {
	ID      int64  `json:"id"`
	Machine string `json:"machine"`
	Profile string `json:"profile"`
	Image   string `json:"image,omitempty"`
	State   State  `json:"state"`
	// StalledIn is the state that a stalled attempt was in, and goes back to
	// when the machine is heard again.
	StalledIn State     `json:"stalled-in,omitempty"`
	Why       string    `json:"why,omitempty"` // of a failed or stalled one
	Token     string    `json:"-"`             // the secret in its callback address
	Armed     time.Time `json:"armed"`
	Started   time.Time `json:"started,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	LastStep  Step      `json:"last-step,omitempty"`
	LastText  string    `json:"last-text,omitempty"`
	LastAt    time.Time `json:"last-at,omitzero"`
	Bytes     int64     `json:"bytes"`              // served to the machine
	Files     int       `json:"files"`              // served to the machine
	Boots     int       `json:"boots"`              // how often it started to boot
	Question  string    `json:"question,omitempty"` // open now, as the installer names it
	Asked     time.Time `json:"asked,omitzero"`     // since when
	Packages  int       `json:"packages"`           // of the files, those that are packages
	// Marks are the stages that its last boot has come to, each once.
	Marks []Mark `json:"marks,omitempty"`
	// Silences are the longest in each stage, questions apart.
	Silences Silences `json:"longest-silence,omitzero"`
}

// Mark says when an attempt came to a stage, and how much had been served to
// the machine by then. Stages are "boot", "kernel", "answer file" and those
// that the installer names in its log.
type Mark struct {
	Stage string    `json:"stage"`
	At    time.Time `json:"time"`
	Bytes int64     `json:"bytes"`
}

// Silences are durations of two stages: how long nothing was heard.
type Silences struct {
	Booting    time.Duration `json:"booting,omitzero"`
	Installing time.Duration `json:"installing,omitzero"`
}

// Of is the one of a state; 0 of a state that knows no silence.
func (s Silences) Of(state State) time.Duration {
	switch state {
	case Booting:
		return s.Booting
	case Installing:
		return s.Installing
	}
	return 0
}

func (s Silences) longer(state State, d time.Duration) Silences {
	switch state {
	case Booting:
		s.Booting = max(s.Booting, d)
	case Installing:
		s.Installing = max(s.Installing, d)
	}
	return s
}
