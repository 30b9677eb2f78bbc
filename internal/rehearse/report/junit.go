package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// JUnit XML, in the form that CI systems share: one suite a rehearsal.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Stamp    string      `xml:"timestamp,attr"`
		Cases    []junitCase `xml:"testcase"`
		Out      string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Skipped *struct{}     `xml:"skipped"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the rehearsal as tests: each stage, the login, and each of the
// profile's commands. What was not reached is skipped.
func (r Result) JUnit(w io.Writer) error {
	s := junitSuite{Name: "rehearsal of " + r.Profile + " (" + r.Firmware + ")", Time: seconds(r.Took), Stamp: r.Began.UTC().Format("2006-01-02T15:04:05"),
		Out: clean(strings.Join(append(r.restarted(), r.Console...), "\n"))}
	class := "seedbed.rehearse." + r.Profile + "." + r.Firmware
	failed := false
	add := func(name string, took time.Duration, reached bool) {
		c := junitCase{Class: class, Name: clean(name), Time: seconds(took)}
		switch {
		case reached:
		case failed:
			c.Skipped = &struct{}{}
			s.Skipped++
		default:
			failed = true
			c.Failure = &junitFailure{Message: clean(r.Ending()), Type: r.kind(), Text: clean(strings.Join(r.Console, "\n"))}
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	spans := r.Spans()
	for i, m := range marks {
		if i < len(spans) {
			add(m.name, spans[i].Took, true)
		} else {
			add(m.name, 0, false)
		}
	}
	for _, v := range r.Verified {
		c := junitCase{Class: class, Name: clean("verify: " + v.Command), Time: seconds(v.Took)}
		if !v.OK {
			c.Failure = &junitFailure{Message: clean(v.Said()), Type: "verify", Text: clean(v.Output)}
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	s.Tests = len(s.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// restarted is a line for each start that does not count.
func (r Result) restarted() (lines []string) {
	for _, again := range r.Restarts {
		lines = append(lines, fmt.Sprintf("started anew after %s, boot %d: %s", Minutes(again.At), again.Boot, again.Why))
	}
	return lines
}

func (r Result) kind() string {
	if r.Asks != nil {
		return "question"
	}
	return "stopped"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// clean makes what a machine printed fit for XML and HTML: valid UTF-8,
// without control characters.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == 0xfffe || c == 0xffff {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
}

// writeTo makes a file of what write gives.
func writeTo(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = write(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
