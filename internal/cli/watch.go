package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/wire/api"
)

func (e *env) cmdWatch() *cobra.Command {
	var once, lines bool
	c := &cobra.Command{Use: "watch [MACHINE]", Short: "Where machines stand, as it happens",
		Long: "On a terminal, a table of the machines that is drawn anew each second; with a machine (its name or MAC\n" +
			"address), its timeline.\n" +
			"Elsewhere, and with --lines, each event as a line; with --json as a JSON document a line. Ctrl-C ends it.",
		Example: "  seedbed watch\n  seedbed watch node1\n  seedbed watch node1 --json", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cl, err := api.Dial(e.state)
			if err != nil {
				return err
			}
			defer cl.Close()
			name := ""
			if len(args) == 1 {
				if name, err = watched(c.Context(), cl, args[0]); err != nil {
					return err
				}
			}
			if f, ok := e.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) && !e.json && !once && !lines {
				return e.watchScreen(c.Context(), cl, f, name)
			}
			return cl.Events(c.Context(), install.Query{Machine: name}, !once, e.eventLine)
		}}
	c.Flags().BoolVar(&once, "once", false, "what has happened so far, then end")
	c.Flags().BoolVar(&lines, "lines", false, "a line an event, also on a terminal")
	return c
}

// watched is the name of the machine that is meant, by name or MAC address.
// One that is known no more has its timeline all the same.
func watched(ctx context.Context, cl *api.Client, text string) (string, error) {
	all, err := cl.Machines(ctx)
	if err != nil {
		return "", err
	}
	mac, bad := machine.ParseMAC(text)
	for _, m := range all.Machines {
		if m.Name == text || bad == nil && slices.Contains(m.MACs, mac) {
			return m.Name, nil
		}
	}
	was := false
	err = cl.Events(ctx, install.Query{Machine: text, Limit: 1}, false, func(install.Event) error { was = true; return nil })
	if err == nil && !was {
		err = fault.New(fault.NotFound, "seedbed machines lists them", "no machine is named %q", text)
	}
	return text, err
}

func (e *env) eventLine(ev install.Event) error {
	if e.json {
		return json.NewEncoder(e.out).Encode(ev) // a line each: it does not end
	}
	_, err := fmt.Fprintln(e.out, oneEvent(ev))
	return err
}

func oneEvent(ev install.Event) string {
	size := ""
	if ev.Bytes > 0 {
		size = fmt.Sprintf(" (%d bytes)", ev.Bytes)
	}
	return fmt.Sprintf("%s  %-12s %-10s %s%s", ev.At.Local().Format("15:04:05.000"), ev.Machine, ev.Step, ev.Text, size)
}

// Control sequences of ECMA-48 and, for the second screen, of xterm.
const (
	screenOn  = "\x1b[?1049h\x1b[?25l"
	screenOff = "\x1b[?25h\x1b[?1049l"
	screenTop = "\x1b[H"
	lineEnd   = "\x1b[K\r\n"
	screenEnd = "\x1b[J"
)

// watchScreen draws until ctx ends or Ctrl-C; the terminal is then as before.
func (e *env) watchScreen(ctx context.Context, cl *api.Client, f *os.File, name string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	fmt.Fprint(f, screenOn)
	defer fmt.Fprint(f, screenOff)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGWINCH, syscall.SIGTSTP)
	defer signal.Stop(signals)
	for {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil || width < 1 || height < 1 {
			width, height = 80, 24
		}
		text, err := watchText(ctx, cl, name, width, height)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Fprint(f, screenTop+strings.ReplaceAll(text, "\n", lineEnd)+screenEnd)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case s := <-signals:
			if s == syscall.SIGTSTP { // Ctrl-Z: the shell gets its screen back
				fmt.Fprint(f, screenOff)
				syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
				fmt.Fprint(f, screenOn)
			}
		}
	}
}

func watchText(ctx context.Context, cl *api.Client, name string, width, height int) (string, error) {
	all, err := cl.Machines(ctx)
	if err != nil {
		return "", err
	}
	if name == "" {
		return machinesScreen(all.Machines, time.Now(), width, height), nil
	}
	var events []install.Event
	err = cl.Events(ctx, install.Query{Machine: name, Limit: height}, false, func(ev install.Event) error {
		events = append(events, ev)
		return nil
	})
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all.Machines, func(m api.Machine) bool { return m.Name == name })
	if i < 0 {
		all.Machines, i = []api.Machine{{Machine: machine.Machine{Name: name}}}, 0 // known no more
	}
	return machineScreen(all.Machines[i], events, time.Now(), width, height), nil
}

// urgency orders states: what needs a person first, then what is under way.
var urgency = map[install.State]int{install.Stalled: 1, install.Failed: 2, install.Installing: 3, install.Booting: 4, install.Waiting: 5, install.Done: 6}

func urgent(m api.Machine) int {
	switch {
	case m.Attempt == nil:
		return 9
	case m.Attempt.Question != "":
		return 0
	}
	return urgency[m.Attempt.State]
}

// narrow is the width below which a table has no room for bars.
const narrow = 70

// machinesScreen is the table: the most urgent machine first, as many as fit.
// width and height are the terminal's, in cells. What a machine asks or lacks
// goes on in further lines, so that the remedy is seen.
func machinesScreen(all []api.Machine, now time.Time, width, height int) string {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b api.Machine) int {
		return cmp.Or(cmp.Compare(urgent(a), urgent(b)), cmp.Compare(a.Name, b.Name))
	})
	head := row4("MACHINE", "STATE", "DONE", "NOW")
	if width >= narrow {
		head = row5("MACHINE", "STATE", "DONE", "LEFT", "NOW")
	}
	out := []string{summary(all) + "   " + now.Local().Format("15:04:05"), head}
	for i, m := range all {
		lines := machineLines(m, now, width)
		if last := i == len(all)-1; len(out)+len(lines) > height-1 || !last && len(out)+len(lines) > height-2 {
			out = append(out, fmt.Sprintf("… and %d more", len(all)-i))
			break
		}
		out = append(out, lines...)
	}
	return screenOf(out, width, height)
}

// screenOf cuts lines to a terminal; its last line stays free for the cursor.
func screenOf(lines []string, width, height int) string {
	var b strings.Builder
	for _, l := range lines[:min(len(lines), max(1, height-1))] {
		b.WriteString(cut(l, width) + "\n")
	}
	return b.String()
}

// summary counts the machines by state, what needs a person first.
func summary(all []api.Machine) string {
	count := map[install.State]int{}
	asks := 0
	for _, m := range all {
		if m.Attempt != nil {
			count[m.Attempt.State]++
			if m.Attempt.Question != "" {
				asks++
			}
		}
	}
	head := fmt.Sprintf("%d machines", len(all))
	if len(all) == 1 {
		head = "1 machine"
	}
	if asks > 0 {
		head += fmt.Sprintf(", %d ask", asks)
	}
	for _, s := range []install.State{install.Stalled, install.Failed, install.Installing, install.Booting, install.Waiting, install.Done} {
		if count[s] > 0 {
			head += fmt.Sprintf(", %d %s", count[s], s)
		}
	}
	return head
}

func row5(name, state, done, left, now string) string {
	return pad(name, 14) + " " + pad(state, 10) + " " + pad(done, 22) + " " + pad(left, 8) + " " + now
}

func row4(name, state, done, now string) string {
	return pad(name, 12) + " " + pad(state, 10) + " " + pad(done, 5) + " " + now
}

// further is how many more lines what a machine asks or lacks may take.
const further = 5

// machineLines is a machine in the table: one line, or more where it does not
// fit and somebody is wanted.
func machineLines(m api.Machine, now time.Time, width int) []string {
	line := machineLine(m, now, width)
	if m.Attempt == nil || urgent(m) > urgency[install.Failed] || cells(line) <= width {
		return []string{line}
	}
	at := *cmp.Or(m.Standing, &api.Standing{})
	text, indent, head := strings.Join(strings.Fields(doing(m.Attempt, at, now)), " "), 2, row4(m.Name, string(m.Attempt.State), percent(at.Done), "")
	var out []string
	if width >= narrow {
		indent = 7
		head = row5(m.Name, string(m.Attempt.State), bar(at.Done), left(at), "")
		first := wrap(text, width-cells(head))[0]
		out, text = []string{head + first}, strings.TrimSpace(strings.TrimPrefix(text, first))
	} else {
		out = []string{head}
	}
	parts := wrap(text, max(10, width-indent))
	for i, part := range parts[:min(len(parts), further)] {
		if i == further-1 && len(parts) > further {
			part = cut(part+" "+parts[further], width-indent)
		}
		out = append(out, strings.Repeat(" ", indent)+part)
	}
	return out
}

func machineLine(m api.Machine, now time.Time, width int) string {
	a := m.Attempt
	var at api.Standing
	if m.Standing != nil {
		at = *m.Standing
	}
	switch {
	case a == nil && width < narrow:
		return row4(m.Name, "-", "", "no attempt")
	case a == nil:
		return row5(m.Name, "-", "", "", "no attempt")
	case width < narrow:
		return row4(m.Name, string(a.State), percent(at.Done), doing(a, at, now))
	}
	return row5(m.Name, string(a.State), bar(at.Done), left(at), doing(a, at, now))
}

func percent(done float64) string { return fmt.Sprintf("%3.0f %%", done*100) }

// bar is 22 characters: 16 of them drawn, and the percentage.
func bar(done float64) string {
	n := int(min(max(done, 0), 1)*16 + 0.5)
	return fmt.Sprintf("%s%s %3.0f %%", strings.Repeat("#", n), strings.Repeat(".", 16-n), done*100)
}

func left(at api.Standing) string {
	switch d := at.Left; {
	case d <= 0:
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()+0.5))
	default:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	}
}

// doing is what a machine does now: its question before all else.
func doing(a *install.Attempt, at api.Standing, now time.Time) string {
	switch {
	case a.Question != "" && !a.State.Over():
		s := "asks " + a.Question
		if at.Asks != nil {
			s = "asks " + at.Asks.Named()
		}
		if !a.Asked.IsZero() {
			s += " since " + span(now.Sub(a.Asked))
		}
		if at.Asks != nil && at.Asks.Sentence() != "" {
			s += ": " + at.Asks.Sentence()
		}
		return s
	case a.Why != "":
		return a.Why
	case a.State == install.Done:
		return "installed " + span(now.Sub(a.Ended)) + " ago"
	case a.LastText != "":
		return string(a.LastStep) + ": " + a.LastText
	}
	return string(a.LastStep)
}

func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}

// machineScreen is one machine's standing and the end of its timeline.
func machineScreen(m api.Machine, events []install.Event, now time.Time, width, height int) string {
	out := machineLines(m, now, width)
	out = out[:min(len(out), max(1, height/3))] // on a small screen the timeline has room too
	if a := m.Attempt; a != nil {
		out = append(out, fmt.Sprintf("attempt %d, profile %s: %s served; boot %d", a.ID, a.Profile, served(*a), a.Boots))
	}
	out = append(out, "")
	room := max(1, height-len(out)-1)
	for _, ev := range events[max(0, len(events)-room):] {
		out = append(out, oneEvent(ev))
	}
	return screenOf(out, width, height)
}
