package question

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// Installer is whose question it is.
type Installer string

// The installers of the catalogue.
const (
	Debian    Installer = "debian-installer"
	Anaconda  Installer = "anaconda"
	Subiquity Installer = "subiquity"
	YaST      Installer = "autoyast"
	Agama     Installer = "agama"
)

// Question is one that an installer may stop at.
type Question struct {
	Installer Installer
	Key       string // as netcfg/get_nameservers; Anaconda's spokes as spoke/storage
	Text      string // what stands on the screen
	Stage     string // when: language, network, mirror, accounts, clock, storage, packages, loader, end
	When      string // why it is asked although nobody is there
	Fix       string // what prevents it, one sentence
}

//go:embed questions.txt
var text string

var catalogue = sync.OnceValue(func() []Question {
	all, err := parse(text)
	if err != nil {
		panic(err) // the file is part of the program; a test reads it
	}
	return all
})

var byKey = sync.OnceValue(func() map[string]Question {
	m := make(map[string]Question, len(catalogue()))
	for _, q := range catalogue() {
		m[q.Key] = q
	}
	return m
})

// Find gives the question with a key; the keys of different installers differ.
func Find(key string) (Question, bool) {
	q, ok := byKey()[key]
	return q, ok
}

// ByText finds the question whose text stands in a line of a screen or
// console; the longest text wins, and of equal ones the first in the file. It
// is for installers that log no keys.
func ByText(i Installer, line string) (Question, bool) {
	var found Question
	for _, q := range catalogue() {
		if q.Installer == i && len(q.Text) > len(found.Text) && strings.Contains(line, q.Text) {
			found = q
		}
	}
	return found, found.Key != ""
}

// parse reads stanzas of "name: value" lines, parted by blank lines; lines
// that begin with # are comments.
func parse(text string) ([]Question, error) {
	var all []Question
	var q Question
	flush := func() error {
		if q == (Question{}) {
			return nil
		}
		if q.Installer == "" || q.Key == "" || q.Text == "" || q.Stage == "" || q.When == "" || q.Fix == "" {
			return fmt.Errorf("the question %q lacks a field", q.Key)
		}
		all, q = append(all, q), Question{}
		return nil
	}
	for n, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			continue
		case strings.TrimSpace(line) == "":
			if err := flush(); err != nil {
				return nil, err
			}
			continue
		}
		name, value, ok := strings.Cut(line, ": ")
		field := map[string]*string{"key": &q.Key, "text": &q.Text, "stage": &q.Stage, "when": &q.When, "fix": &q.Fix, "installer": (*string)(&q.Installer)}[name]
		if !ok || field == nil {
			return nil, fmt.Errorf("line %d: %q", n+1, line)
		}
		*field = value
	}
	return all, flush()
}
