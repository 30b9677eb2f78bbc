package report

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/core/lint"
	"seedbed/internal/fault"
)

// Stage is one hop of the boot path as it happened: when it was first seen,
// counted from power-on, and what was said.
type Stage struct {
	At   time.Duration `json:"at"`
	Step install.Step  `json:"step"`
	Text string        `json:"text"`
	Boot int           `json:"boot"` // 1: the install; 2: the boot after it
}

// Served is one request that the servers answered.
type Served struct {
	At     time.Duration `json:"at"`
	Boot   int           `json:"boot"`
	Path   string        `json:"path"`
	Bytes  int64         `json:"bytes"`
	Failed bool          `json:"failed,omitempty"`
	Text   string        `json:"text,omitempty"`
}

// Screen is one picture of the machine's screen.
type Screen struct {
	At      time.Duration `json:"at"`
	Boot    int           `json:"boot"`
	Caption string        `json:"caption"`
	File    string        `json:"file"` // a PNG in the report's directory
}

// Verified is one of the profile's commands, run in the installed system.
type Verified struct {
	Command string        `json:"command"`
	OK      bool          `json:"ok"`
	Output  string        `json:"output,omitempty"` // the last part of both its outputs
	Error   string        `json:"error,omitempty"`  // why it is not OK
	Took    time.Duration `json:"took"`
}

// Said is the last line that it printed, and how it ended.
func (v Verified) Said() string {
	lines := strings.Split(strings.TrimSpace(v.Output), "\n")
	return strings.TrimSuffix(cmp.Or(v.Error, "good")+": "+lines[len(lines)-1], ": ")
}

// Restart is a start of the emulated machine that proved nothing: its kernel
// panicked before the system in it had asked for anything.
type Restart struct {
	Boot    int           `json:"boot"`
	From    time.Duration `json:"from"` // its power-on
	At      time.Duration `json:"at"`   // its end
	Why     string        `json:"why"`
	Console []string      `json:"console,omitempty"` // its last lines
}

// Document is a text made for this machine, byte for byte as it was served.
type Document struct{ Name, Text string }

// Result is how a rehearsal ended.
type Result struct {
	Began     time.Time      `json:"began"`
	Machine   string         `json:"machine"`
	Profile   string         `json:"profile"`
	Image     string         `json:"image"`
	Firmware  string         `json:"firmware"`
	Accel     string         `json:"accelerator"`
	Installed bool           `json:"installed"`
	Login     string         `json:"login,omitempty"` // what the installed system said over SSH
	Questions int            `json:"questions"`
	Question  string         `json:"question,omitempty"` // the key of the one it stopped at
	Asks      *Asked         `json:"asks,omitempty"`     // all that is known of that question
	Why       string         `json:"why,omitempty"`      // it did not reach a login
	Verified  []Verified     `json:"verified,omitempty"`
	Took      time.Duration  `json:"took"`
	Lost      time.Duration  `json:"lost,omitempty"` // standstills of this program, in no other time here
	Requests  int            `json:"requests"`
	Bytes     int64          `json:"bytes"`
	Stages    []Stage        `json:"stages"`
	Restarts  []Restart      `json:"restarts,omitempty"` // starts of an emulated machine that do not count
	Findings  []lint.Finding `json:"findings,omitempty"` // lint's, before the machine was started
	Served    []Served       `json:"served,omitempty"`
	Screens   []Screen       `json:"screens,omitempty"`
	Dir       string         `json:"dir"`
	Console   []string       `json:"console,omitempty"` // its last lines, when it stopped

	// AnswerFile is the text that Findings speak of; Documents is all that was
	// made for the machine. They may hold passwords: the report masks them.
	AnswerFile string     `json:"-"`
	AnswerName string     `json:"-"`
	Documents  []Document `json:"-"`
}

// Good says that the machine went from power-on to a login by itself, and that
// what the profile wants verified holds.
func (r Result) Good() bool { return r.Installed && r.Login != "" && r.Question == "" && r.Why == "" }

// Keep writes the report: for programs, for CI, and for people.
func (r Result) Keep(dir string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "rehearsal.json"), append(b, '\n'), 0o644)
	}
	if err == nil {
		err = writeTo(filepath.Join(dir, "junit.xml"), r.JUnit)
	}
	if err == nil {
		err = writeTo(filepath.Join(dir, "report.html"), r.HTML)
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "", "writing the report")
	}
	return nil
}

// falseStarts is when the first boot began that counts.
func (r Result) falseStarts() time.Duration {
	var end time.Duration
	for _, s := range r.Restarts {
		if s.Boot == 1 {
			end = s.At
		}
	}
	return end
}
