package cli

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/core/install"
	"seedbed/internal/disk/logbook"
	"seedbed/internal/disk/store"
	"seedbed/internal/fault"
)

func (e *env) cmdInstalls() *cobra.Command {
	var attempt int64
	var show string
	var diff []int64
	c := &cobra.Command{Use: "installs", Short: "List the attempts to install; show what one was served",
		Long: "Lists the attempts. With --attempt, one of them: what it was served and the end of its installer's log.\n" +
			"--show prints the exact bytes of what was served (answer, script, or a document's name), or the log. They hold\n" +
			"password hashes; they are read from the state directory, and no port leads there.\n" +
			"--diff A,B compares what two attempts were served.",
		Example: "  seedbed installs --json\n  seedbed installs --attempt 3\n  seedbed installs --attempt 3 --show answer\n  seedbed installs --diff 3,5", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			one, two := c.Flags().Changed("attempt"), c.Flags().Changed("diff")
			switch {
			case one && two:
				return usage{fmt.Errorf("--attempt shows one attempt, --diff compares two")}
			case show != "" && !one:
				return usage{fmt.Errorf("--show needs --attempt N")}
			case two:
				return e.diffAttempts(diff)
			case one:
				return e.showAttempt(attempt, show)
			}
			k, err := e.known(c.Context())
			if err != nil {
				return err
			}
			return e.printInstalls(k)
		}}
	c.Flags().Int64Var(&attempt, "attempt", 0, "the attempt with this number `N`")
	c.Flags().StringVar(&show, "show", "", "of that attempt, as it was served: `WHAT` is answer, script, log, or a document's name")
	c.Flags().Int64SliceVar(&diff, "diff", nil, "compare what the attempts `A,B` were served")
	return c
}

// past is one attempt with what was kept of it.
type past struct {
	install.Attempt
	Documents []document `json:"documents"`
	Log       []string   `json:"log"` // its end
}

// document is what was served, with its sum as sha256sum(1) prints it.
type document struct {
	store.Document
	Sum string `json:"sha256"`
}

// past reads an attempt from the state directory, whether or not a server runs.
func (e *env) past(id int64) (past, error) {
	st, err := store.OpenReadOnly(e.state)
	if err != nil {
		return past{}, err
	}
	defer st.Close()
	all, err := st.Attempts()
	if err != nil {
		return past{}, err
	}
	i := slices.IndexFunc(all, func(a install.Attempt) bool { return a.ID == id })
	if i < 0 {
		return past{}, fault.New(fault.NotFound, "seedbed installs lists them", "there is no attempt %d", id)
	}
	p := past{Attempt: all[i], Log: []string{}}
	served, err := st.Documents(id)
	if err != nil {
		return past{}, err
	}
	p.Documents = []document{}
	for _, d := range served {
		p.Documents = append(p.Documents, document{d, hex.EncodeToString(d.SHA256)})
	}
	if last, err := e.logs().Last(id, 20); err != nil {
		return past{}, err
	} else if last != nil {
		p.Log = last
	}
	return p, nil
}

func (e *env) logs() *logbook.Book { return logbook.New(filepath.Join(e.state, logbook.Dir)) }

func (e *env) showAttempt(id int64, show string) error {
	p, err := e.past(id)
	if err != nil {
		return err
	}
	switch {
	case show == "log":
		text, err := e.logs().Read(id)
		if err == nil && len(text) == 0 {
			err = fault.New(fault.NotFound, "installers send it by syslog; the kernel arguments name this server", "no log of attempt %d was kept", id)
		}
		if err != nil {
			return err
		}
		if e.json {
			return e.printJSON(map[string]any{"attempt": id, "log": lines(string(text))})
		}
		_, err = e.out.Write(text)
		return err
	case show != "":
		return e.showDocuments(p, show)
	case e.json:
		return e.printJSON(p)
	}
	fmt.Fprintf(e.out, "attempt %d: %s, profile %s, image %s: %s\n", p.ID, p.Machine, p.Profile, p.Image, p.State)
	if p.Why != "" {
		fmt.Fprintf(e.out, "%s\n", cut(p.Why, 1000))
	}
	if p.Question != "" {
		fmt.Fprintf(e.out, "%s\n", asking(&p.Attempt, nil, time.Now()))
	}
	fmt.Fprintf(e.out, "%s; %s\n", number(p.Boots, "boot"), served(p.Attempt))
	for i, m := range p.Marks {
		fmt.Fprintf(e.out, "%s  +%-8s %s\n", m.At.Local().Format(time.DateTime), m.At.Sub(p.Marks[0].At).Round(time.Second), cut(p.Marks[i].Stage, 60))
	}
	for _, d := range p.Documents {
		fmt.Fprintf(e.out, "served: %-24s %6d bytes  sha256 %s  %s\n", cut(d.Name, 60), len(d.Content), d.Sum[:16], d.At.Local().Format(time.DateTime))
	}
	for _, l := range p.Log {
		fmt.Fprintln(e.out, "log: "+cut(l, 400))
	}
	return nil
}

// script tells boot scripts from answer files by their names.
func script(name string) bool {
	return strings.HasSuffix(name, ".ipxe") || strings.HasPrefix(name, "grub.cfg") || strings.HasPrefix(name, "01-") || name == "default"
}

func (e *env) showDocuments(p past, what string) error {
	var found []document
	for _, d := range p.Documents {
		if d.Name == what || what == "script" && script(d.Name) || what == "answer" && !script(d.Name) {
			found = append(found, d)
		}
	}
	switch {
	case len(found) == 0:
		return fault.New(fault.NotFound, fmt.Sprintf("seedbed installs --attempt %d lists what was", p.ID), "attempt %d was served no %s", p.ID, what)
	case e.json:
		return e.printJSON(found)
	case len(found) == 1: // the exact bytes, for a checksum or a diff
		_, err := e.out.Write(found[0].Content)
		return err
	}
	for _, d := range found {
		fmt.Fprintf(e.out, "==> %s, %s <==\n", cut(d.Name, 60), d.At.Local().Format(time.DateTime))
		if _, err := e.out.Write(append(bytes.TrimRight(d.Content, "\n"), '\n')); err != nil {
			return err
		}
	}
	return nil
}
