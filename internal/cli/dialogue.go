package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/conversion"
	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/intent/finding"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/image"
	"seedbed/internal/fault"
)

// talk is a dialogue in plain lines: it works over a serial line.
type talk struct {
	*env
	in *bufio.Reader
	d  *reading.Draft
	growing
}

// choice is one question of the dialogue.
type choice struct {
	name, explain string
	now           func() string
	set           func(answer string) error
}

// dialogue asks for what matters, shows the file after each answer, and saves
// it.
func (e *env) dialogue(d *reading.Draft, kind answer.Kind, img image.Image, file string) error {
	t := &talk{env: e, in: bufio.NewReader(e.in), d: d, growing: growing{kind: kind, img: img}}
	choices := t.choices() // with what stands where nothing is said
	fmt.Fprintf(e.err, "A new %s file for %s. Enter takes what stands in brackets; a hyphen alone empties it.\n"+
		"This is the file so far; after each answer you see the lines that it changed.\n", kind, img.Release)
	t.show(e.err, d)
	for _, c := range choices {
		if err := t.ask(c); err != nil {
			return err
		}
		t.show(e.err, d)
	}
	if err := t.password(); err != nil {
		return err
	}
	t.show(e.err, d)
	nobody(d)
	r, err := conversion.Convert(d, kind, img)
	if err != nil {
		return err
	}
	if file == "" {
		file = r.Document.Name
	}
	answerTo, err := t.line(fmt.Sprintf("\nSave it as [%s] ", file))
	if err != nil {
		return err
	}
	if answerTo != "" {
		file = answerTo
	}
	if err := e.deliver(r.Document, file); err != nil {
		return err
	}
	e.report(file, r)
	found := lintDocument(r.Document, img, file)
	e.sayLint(found)
	if r.Count(reading.Lost) > 0 || len(found) > 0 {
		return findings{}
	}
	return nil
}

func (t *talk) choices() []choice {
	in := &t.d.In
	text := func(name, explain string, into *string, fallback string) choice {
		if *into == "" {
			*into = fallback
		}
		return choice{name, explain, func() string { return *into }, func(s string) error { *into = s; return nil }}
	}
	words := func(name, explain string, into *[]string) choice {
		return choice{name, explain, func() string { return strings.Join(*into, " ") }, func(s string) error { *into = strings.Fields(s); return nil }}
	}
	host := choice{"Host name", "The new system's name, with or without its domain. Empty: the machine's name as the server knows it.",
		func() string { return in.HostName }, func(s string) error {
			name, domain, _ := strings.Cut(s, ".")
			in.HostName, t.d.Domain = name, domain
			return nil
		}}
	keys := choice{"SSH key", "The line of a .pub file. With it root logs in without a password.", func() string { return strings.Join(in.SSHKeys, " | ") }, func(s string) error {
		in.SSHKeys = nil
		if s != "" {
			in.SSHKeys = []string{s}
		}
		return nil
	}}
	return []choice{
		text("Locale", "Language, country and character set of the new system.", &in.Locale, intent.DefaultLocale),
		text("Keyboard", "The XKB layout, as us, gb or de.", &in.Keyboard, intent.DefaultKeyboard),
		text("Time zone", "Region and city. The hardware clock keeps UTC.", &in.Timezone, intent.DefaultTimezone),
		host,
		text("Disk", "All of it is erased. A path as /dev/sda, or auto for the first one that is not on USB.", &in.Storage.Disk.Path, "auto"),
		text("Mirror", "Where packages come from, as http://mirror.example/debian. Empty: you put it in later.", &in.Mirror.URL, ""),
		words("Packages", "What is installed beside the base system, by name, with blanks between.", &in.Packages),
		keys,
		text("End", "What the machine does when all is done: reboot, poweroff or halt.", &in.End, "reboot"),
	}
}

// ask asks until the neutral install's own checks find nothing new.
func (t *talk) ask(c choice) error {
	fmt.Fprintf(t.err, "\n%s. %s\n", c.name, c.explain)
	for {
		before := c.now()
		got, err := t.line(fmt.Sprintf("%s [%s] ", c.name, before))
		if err != nil {
			return err
		}
		if got == "" {
			return nil
		}
		if got == "-" {
			got = ""
		}
		old := t.complaints()
		if err := c.set(got); err != nil {
			return err
		}
		wrong := ""
		for msg := range t.complaints() {
			if !old[msg] {
				wrong = msg
			}
		}
		if wrong == "" {
			return nil
		}
		fmt.Fprintf(t.err, "That will not do: %s\n", wrong)
		if err := c.set(before); err != nil {
			return err
		}
	}
}

// complaints are what the checks say now.
func (t *talk) complaints() map[string]bool {
	out := map[string]bool{}
	var list fault.List
	if errors.As(finding.Check(&t.d.In, intent.Subject{Domain: t.d.Domain}).Err(), &list) {
		for _, f := range list {
			out[strings.TrimPrefix(f.Msg, "install.")+hint(f.Hint)] = true
		}
	}
	return out
}

func hint(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// line prompts for one line of text.
func (t *talk) line(prompt string) (string, error) {
	fmt.Fprint(t.err, prompt)
	got, err := t.in.ReadString('\n')
	if err != nil && (got == "" || !errors.Is(err, io.EOF)) {
		return "", fault.New(fault.Invalid, "answer every question, the last one says where to save", "the dialogue ended before its end")
	}
	return strings.TrimSpace(got), nil
}

// password asks for root's, without showing it on a terminal, and keeps its
// hash only.
func (t *talk) password() error {
	fmt.Fprintf(t.err, "\nRoot password. It is hashed at once. Empty: root logs in by key only.\n")
	for {
		text, err := t.hidden("Root password [] ")
		if err != nil || text == "" {
			return err
		}
		hash, err := t.hashed(text)
		if err == nil {
			t.d.In.RootPassword = hash
			return nil
		}
		fmt.Fprintf(t.err, "That will not do: %v (%s)\n", err, fault.HintOf(err))
	}
}

func (t *talk) hidden(prompt string) (string, error) {
	f, ok := t.env.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return t.line(prompt)
	}
	fmt.Fprint(t.err, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(t.err)
	return string(b), err
}
