package cli

import (
	"bytes"
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
			switch {
			case len(diff) > 0:
				return e.diffAttempts(diff)
			case show != "" && attempt == 0:
				return usage{fmt.Errorf("--show needs --attempt N")}
			case attempt != 0:
				return e.showAttempt(attempt, show)
			}
			k, err := e.known(c.Context())
			if err != nil {
				return err
			}
			return e.printInstalls(k.installs)
		}}
	c.Flags().Int64Var(&attempt, "attempt", 0, "one attempt, by its number")
	c.Flags().StringVar(&show, "show", "", "of that attempt: answer, script, log, or a document's name")
	c.Flags().Int64SliceVar(&diff, "diff", nil, "compare what two attempts were served: --diff 3,5")
	return c
}

// past is one attempt with what was kept of it.
type past struct {
	install.Attempt
	Documents []store.Document `json:"documents"`
	Log       []string         `json:"log"` // its end
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
	p := past{Attempt: all[i]}
	if p.Documents, err = st.Documents(id); err != nil {
		return past{}, err
	}
	p.Log, err = e.logs().Last(id, 20)
	return p, err
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
	fmt.Fprintf(e.out, "%d boots; %d files, of them %d packages, %.1f MB\n", p.Boots, p.Files, p.Packages, float64(p.Bytes)/1e6)
	for i, m := range p.Marks {
		fmt.Fprintf(e.out, "%s  +%-8s %s\n", m.At.Local().Format(time.DateTime), m.At.Sub(p.Marks[0].At).Round(time.Second), cut(p.Marks[i].Stage, 60))
	}
	for _, d := range p.Documents {
		fmt.Fprintf(e.out, "served: %-24s %6d bytes  sha256 %x  %s\n", cut(d.Name, 60), len(d.Content), d.SHA256[:8], d.At.Local().Format(time.DateTime))
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
	var found []store.Document
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

func (e *env) diffAttempts(ids []int64) error {
	if len(ids) != 2 {
		return usage{fmt.Errorf("--diff needs two numbers, as --diff 3,5")}
	}
	var sides [2]map[string]string
	var names []string
	for i, id := range ids {
		p, err := e.past(id)
		if err != nil {
			return err
		}
		sides[i] = map[string]string{}
		for _, d := range p.Documents { // of several versions the last
			text := string(d.Content)
			if p.Token != "" { // differs always and says nothing
				text = strings.ReplaceAll(text, p.Token, "TOKEN")
			}
			sides[i][d.Name] = text
			if !slices.Contains(names, d.Name) {
				names = append(names, d.Name)
			}
		}
	}
	differ := false
	for _, name := range names {
		a, inA := sides[0][name]
		b, inB := sides[1][name]
		if a == b && inA == inB {
			continue
		}
		differ = true
		fmt.Fprintf(e.out, "--- attempt %d %s\n+++ attempt %d %s\n", ids[0], name, ids[1], name)
		fmt.Fprint(e.out, lineDiff(a, b))
	}
	if !differ {
		fmt.Fprintln(e.out, "both were served the same")
	}
	return nil
}

// around is how many equal lines stand before and after a difference.
const around = 2

// lineDiff marks lines that only one text has by - and +, with a few equal
// lines around. Beyond 4,000,000 pairs of lines all counts as different.
func lineDiff(a, b string) string {
	x, y := lines(a), lines(b)
	var out []string
	if len(x)*len(y) <= 4_000_000 {
		out = align(x, y)
	} else {
		for _, l := range x {
			out = append(out, "-"+l)
		}
		for _, l := range y {
			out = append(out, "+"+l)
		}
	}
	var s strings.Builder
	skipped := false
	for i, l := range out {
		near := false
		for j := max(0, i-around); j <= min(len(out)-1, i+around); j++ {
			near = near || out[j][0] != ' '
		}
		switch {
		case near:
			s.WriteString(l + "\n")
			skipped = false
		case !skipped:
			s.WriteString("…\n")
			skipped = true
		}
	}
	return s.String()
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// align is the longest common subsequence, the textbook's way.
func align(x, y []string) []string {
	long := make([][]int32, len(x)+1)
	for i := range long {
		long[i] = make([]int32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				long[i][j] = long[i+1][j+1] + 1
			} else {
				long[i][j] = max(long[i+1][j], long[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			out = append(out, " "+x[i])
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && long[i+1][j] >= long[i][j+1]:
			out = append(out, "-"+x[i])
			i++
		default:
			out = append(out, "+"+y[j])
			j++
		}
	}
	return out
}
