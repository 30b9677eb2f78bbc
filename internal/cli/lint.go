package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/app"
	"seedbed/internal/core/answer"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/fault"
)

// linting are the flags of the command.
type linting struct {
	release, kind, format, explain string
	fix, watch, probe              bool
	profiles                       []string
	memory                         string
	disks, cards                   int
}

func (e *env) cmdLint() *cobra.Command {
	var l linting
	c := &cobra.Command{
		Use:   "lint [FILE...]",
		Short: "Where would an installer stop and ask, or fail?",
		Long: "Reads answer files as their installers do, and says where an unattended install would stop, which\n" +
			"question would be asked, and what to do. Without FILE it looks at every profile of the settings, with\n" +
			"kernel arguments, image, subnet and the packages of the medium.\n\n" +
			"A comment \"seedbed: allow RULE\" in a file silences a rule for that line and the next.\n" +
			"Exit code 0: nothing found. 3: findings.",
		Example: "  seedbed lint ks.cfg --for ubuntu-12.04\n  seedbed lint preseed.cfg --for debian-13 --fix\n  seedbed lint -c seedbed.yaml --probe\n" +
			"  seedbed lint *.ks --for rhel-9 --format sarif >lint.sarif\n  seedbed lint --explain K001\n  seedbed lint ks.cfg --watch",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error { return e.lint(c.Context(), args, l) },
	}
	f := c.Flags()
	f.StringVar(&l.release, "for", "", "the `RELEASE` to be installed, as ubuntu-12.04, debian-13, rhel-9, fedora-43, sles-15")
	f.StringVar(&l.kind, "from", "", "the files' `KIND`, where it cannot be told from their text")
	f.StringVar(&l.format, "format", "text", "text, json or sarif (--json is --format json)")
	f.BoolVar(&l.fix, "fix", false, "mend in place what can be mended safely")
	f.BoolVar(&l.watch, "watch", false, "lint again whenever a file is saved, until stopped")
	f.BoolVar(&l.probe, "probe", false, "ask the sources of packages from this host, too: 5 s each at most")
	f.StringVar(&l.explain, "explain", "", "print all there is to know about one `RULE`; \"all\" lists them")
	f.StringArrayVar(&l.profiles, "profile", nil, "without FILE: only this `PROFILE` (may be repeated)")
	f.StringVar(&l.memory, "memory", "", "without FILE: the memory of the machines, as 2G")
	f.IntVar(&l.disks, "disks", 0, "without FILE: how many disks they have")
	f.IntVar(&l.cards, "nics", 0, "without FILE: how many network cards they have")
	return c
}

func (e *env) lint(ctx context.Context, files []string, l linting) error {
	if e.json {
		l.format = "json"
	}
	if !slices.Contains([]string{"text", "json", "sarif"}, l.format) {
		return usage{fmt.Errorf("--format is text, json or sarif, not %q", l.format)}
	}
	switch {
	case l.explain != "":
		return e.explain(l.explain)
	case len(files) > 0 && len(l.profiles) > 0:
		return usage{errors.New("name files, or profiles of the settings, not both")}
	case len(files) > 0 && (l.memory != "" || l.disks != 0 || l.cards != 0):
		return usage{errors.New("--memory, --disks and --nics go with profiles of the settings, not with files")}
	case l.disks < 0 || l.cards < 0 || l.disks > 1000:
		return usage{errors.New("--disks and --nics are numbers of things")}
	case len(files) == 0 && l.fix:
		return usage{errors.New("--fix mends files: name them")}
	case len(files) == 0 && l.watch:
		return usage{errors.New("--watch looks at files: name them")}
	case l.watch:
		return e.watchFiles(ctx, files, l)
	}
	return e.lintOnce(ctx, files, l)
}

func (e *env) lintOnce(ctx context.Context, files []string, l linting) error {
	var subjects [][]*lint.Subject
	var err error
	if len(files) == 0 {
		subjects, err = e.profileSubjects(l)
	} else {
		subjects, err = fileSubjects(files, l)
	}
	if err != nil {
		return err
	}
	if l.probe {
		app.Probe(ctx, slices.Concat(subjects...))
	}
	var all []lint.Finding
	for _, s := range subjects {
		found := app.Lint(s)
		if l.fix {
			if found, err = e.mend(s[0], found); err != nil {
				return err
			}
		}
		if l.format == "text" {
			printFindings(e.out, s[0], found)
		}
		all = append(all, found...)
	}
	if err := e.printAll(l.format, len(subjects), all); err != nil {
		return err
	}
	if len(all) > 0 {
		return findings{}
	}
	return nil
}

func (e *env) printAll(format string, subjects int, all []lint.Finding) error {
	switch format {
	case "json":
		if all == nil {
			all = []lint.Finding{}
		}
		return e.printJSON(map[string]any{"findings": all, "subjects": subjects, "rules": len(book.All())})
	case "sarif":
		b, err := lint.SARIF(Version, book.All(), all)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.out, "%s\n", b)
		return err
	}
	printSummary(e.err, subjects, all)
	return nil
}

// fileSubjects reads files; nothing but the release is known of their
// surroundings.
func fileSubjects(files []string, l linting) ([][]*lint.Subject, error) {
	release, err := lint.ParseRelease(l.release)
	if err != nil {
		return nil, usage{err}
	}
	var out [][]*lint.Subject
	for _, name := range files {
		s, err := fileSubject(name, answer.Kind(l.kind), release)
		if err != nil {
			return nil, err
		}
		out = append(out, []*lint.Subject{s})
	}
	return out, nil
}

// maxAnswerFile is more than any answer file needs.
const maxAnswerFile = 4 << 20

func fileSubject(name string, kind answer.Kind, release lint.Release) (*lint.Subject, error) {
	st, err := os.Stat(name)
	if err == nil && (st.IsDir() || st.Size() > maxAnswerFile) {
		return nil, fault.New(fault.Invalid, "name answer files", "%s is not an answer file: a directory, or larger than 4 MiB", name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "", "reading %s", name)
	}
	if kind == "" {
		kind = lint.KindOf(string(b))
	}
	if kind == "" {
		return nil, fault.New(fault.Invalid, "name its kind: --from kickstart, kickseed, preseed, autoinstall, autoyast, agama or ignition",
			"%s looks like no answer file that is known here", name)
	}
	if kind == answer.Kickstart && (release.Distro == "ubuntu" || release.Distro == "debian") {
		kind = answer.Kickseed
	}
	if kind == answer.Kickseed && !release.Known() {
		release = lint.Release{Distro: "ubuntu"}
	}
	return &lint.Subject{Name: name, Text: b, Kind: kind, Release: release}, nil
}

// profileSubjects takes the profiles of the settings, all or those named, each
// on all subnets. What cannot be rendered is said as check says it.
func (e *env) profileSubjects(l linting) ([][]*lint.Subject, error) {
	names := l.profiles
	var memory int64
	if l.memory != "" {
		var err error
		if memory, err = parseSize(l.memory, 1<<20); err != nil {
			return nil, usage{fmt.Errorf("--memory: %w", err)}
		}
	}
	c, err := e.settings()
	if err != nil {
		return nil, err
	}
	a, done, err := e.look(c)
	if err != nil {
		return nil, err
	}
	defer done()
	for _, n := range names {
		if _, ok := c.Boot.Profiles[n]; !ok {
			return nil, fault.New(fault.NotFound, "profiles: "+strings.Join(c.Boot.Order, ", "), "no profile is named %q in %s", n, c.Path)
		}
	}
	if len(names) == 0 {
		names = c.Boot.Order
	}
	var out [][]*lint.Subject
	for _, n := range names {
		on, err := a.Subjects(n, serverAddress(c))
		if err != nil {
			return nil, fault.Wrap(err, fault.KindOf(err), fault.HintOf(err), "profile %s", n)
		}
		for _, s := range on {
			s.Memory, s.Cards, s.Disks = int(memory>>20), l.cards, make([]lint.Disk, l.disks)
		}
		out = append(out, on)
	}
	return out, nil
}

// mend applies safe edits until none is left, writes the file if it changed,
// and gives what is still found.
func (e *env) mend(s *lint.Subject, found []lint.Finding) ([]lint.Finding, error) {
	before := string(s.Text)
	for range 10 {
		text, done := lint.Fix(s.Text, found)
		if len(done) == 0 || string(text) == string(s.Text) {
			break
		}
		for _, f := range done {
			fmt.Fprintf(e.err, "%s: mended %s: %s\n", f.Position, f.Rule, f.Msg)
		}
		*s = lint.Subject{Name: s.Name, Text: text, Kind: s.Kind, Release: s.Release}
		found = lint.Run(book.All(), s)
	}
	if string(s.Text) == before {
		return found, nil
	}
	return found, replaceFile(s.Name, s.Text)
}

// replaceFile writes beside the file and renames, so that no cut-off file is
// ever left; permissions stay.
func replaceFile(name string, text []byte) error {
	mode := os.FileMode(0o644)
	if st, err := os.Stat(name); err == nil {
		mode = st.Mode().Perm()
	}
	tmp := name + ".seedbed-part"
	err := os.WriteFile(tmp, text, mode)
	if err == nil {
		err = os.Rename(tmp, name)
	}
	if err != nil {
		os.Remove(tmp)
		return fault.Wrap(err, fault.Unavailable, "the file is as it was", "writing %s", name)
	}
	return nil
}

// watchFiles lints whenever a file's time or size changes.
func (e *env) watchFiles(ctx context.Context, files []string, l linting) error {
	var last string
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		var now strings.Builder
		for _, f := range files {
			if st, err := os.Stat(f); err == nil {
				fmt.Fprintln(&now, f, st.Size(), st.ModTime().UnixNano())
			}
		}
		if now.String() != last {
			last = now.String()
			fmt.Fprintf(e.err, "-- %s\n", time.Now().Format("15:04:05"))
			if err := e.lintOnce(ctx, files, l); err != nil && !errors.As(err, new(findings)) {
				e.exit(err) // said; the next save may mend it
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// explain prints one rule, or the list of all.
func (e *env) explain(id string) error {
	if id == "all" {
		t := e.table("RULE", "DIALECTS", "")
		for _, r := range book.All() {
			t.row(r.ID, fmt.Sprint(r.Kinds), r.Title)
		}
		t.flush()
		return nil
	}
	r, ok := book.Find(id)
	if !ok {
		return fault.New(fault.NotFound, "seedbed lint --explain all lists the rules", "no rule is named %q", id)
	}
	if e.json {
		return e.printJSON(map[string]any{"rule": r.ID, "title": r.Title, "severity": r.Severity, "question": r.Question, "effect": r.Effect,
			"why": r.Why, "fix": r.Fix, "traps": r.Traps, "text": book.Explain(r)})
	}
	fmt.Fprintf(e.out, "%s: %s", r.ID, book.Explain(r))
	return nil
}
