package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/conversion"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/image"
	"seedbed/internal/core/lint"
	"seedbed/internal/core/lint/book"
	"seedbed/internal/fault"
)

// converting are the flags of the command.
type converting struct {
	from, to, release, output string
	keys                      []string
}

func (e *env) cmdConvert() *cobra.Command {
	var v converting
	c := &cobra.Command{
		Use:   "convert FILE --to KIND",
		Short: "An answer file of one installer as one of another",
		Long: "Reads an answer file as a neutral install and writes it for another installer. A report of what was\n" +
			"kept, changed and lost goes to standard error, each with its line; what is written is linted, and the\n" +
			"findings are said too.\n\n" +
			"KIND: kickstart, kickseed, preseed, autoinstall, autoyast, agama, ignition.\n" +
			"Exit code 0: all of it was kept. 3: something was changed or lost.",
		Example: "  seedbed convert ks.cfg --to preseed >preseed.cfg\n  seedbed convert ks.cfg --from kickseed --to autoinstall --for ubuntu-24.04 -o user-data\n" +
			"  seedbed convert autoinst.xml --to agama --json",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return e.convert(args[0], v) },
	}
	f := c.Flags()
	f.StringVar(&v.from, "from", "", "the file's `KIND`, where it cannot be told from its text")
	f.StringVar(&v.to, "to", "", "the `KIND` to write")
	f.StringVar(&v.release, "for", "", "the `RELEASE` to write it for, as debian-13 or rhel-9 (default: the newest)")
	f.StringVarP(&v.output, "output", "o", "", "write to this `FILE`, not to standard output")
	f.StringArrayVar(&v.keys, "ssh-key", nil, "another public `KEY` for root (may be repeated)")
	return c
}

func (e *env) convert(name string, v converting) error {
	if v.to == "" {
		return usage{errors.New("convert: --to KIND is missing")}
	}
	for _, k := range []string{v.from, v.to} {
		if k != "" && (k != v.from || answer.Kind(k) != answer.Butane) { // Butane is read, not written
			if err := conversion.Known(answer.Kind(k)); err != nil {
				return usage{err}
			}
		}
	}
	if _, err := lint.ParseRelease(v.release); err != nil {
		return usage{err}
	}
	img, err := conversion.Target(answer.Kind(v.to), v.release)
	if err != nil {
		return usage{err}
	}
	from, err := fileSubject(name, answer.Kind(v.from), lint.Release{})
	if err != nil {
		return err
	}
	draft, err := conversion.Read(from.Kind, name, string(from.Text))
	if err != nil {
		return err
	}
	draft.In.SSHKeys = append(draft.In.SSHKeys, v.keys...)
	r, err := conversion.Convert(draft, answer.Kind(v.to), img)
	if err != nil {
		return err
	}
	if _, err := e.hand(r, name, v.output, from.Kind); err != nil {
		return err
	}
	if len(r.Items) > r.Count(reading.Kept) {
		return findings{}
	}
	return nil
}

// hand gives the document out, with the report of what became of the file it
// was made from and lint's findings. from may be "".
func (e *env) hand(r conversion.Result, name, output string, from answer.Kind) ([]lint.Finding, error) {
	found := lintDocument(r.Document, r.Image, output)
	if err := e.deliver(r.Document, output); err != nil {
		return nil, err
	}
	if !e.json {
		e.report(name, r)
		e.sayLint(found)
		return found, nil
	}
	v := map[string]any{"text": string(r.Document.Bytes), "kind": r.Document.Kind, "release": r.Image.Release,
		"report": orEmpty(r.Items), "findings": orEmpty(found)}
	if from != "" {
		v["from"] = from
	}
	return found, e.printJSON(v)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// deliver writes a document to a file, or to standard output where that takes
// no JSON. It may hold secrets.
func (e *env) deliver(d answer.Document, file string) error {
	if file == "" {
		if e.json {
			return nil
		}
		_, err := e.out.Write(d.Bytes)
		return err
	}
	if err := os.WriteFile(file, d.Bytes, 0o600); err != nil {
		return fault.Wrap(err, fault.Unavailable, "", "writing %s", file)
	}
	return nil
}

// report says to people what became of each thing; what was kept only with -v.
func (e *env) report(name string, r conversion.Result) {
	for _, i := range r.Items {
		e.reportItem(name, i)
	}
	fmt.Fprintf(e.err, "%s for %s: %d kept, %d changed, %d lost\n", r.Document.Kind, r.Image.Release,
		r.Count(reading.Kept), r.Count(reading.Changed), r.Count(reading.Lost))
}

// reportItem says what became of one thing of a file.
func (e *env) reportItem(name string, i reading.Item) {
	if i.Verdict == reading.Kept && !e.verbose {
		return
	}
	at := name
	if i.Line > 0 {
		at = fmt.Sprintf("%s:%d", name, i.Line)
	}
	text := i.What
	if i.Why != "" {
		text += ": " + i.Why
	}
	fmt.Fprintf(e.err, "%s: %s: %s\n", at, i.Verdict, text)
}

// lintDocument lints a rendered document for the release it is for.
func lintDocument(d answer.Document, img image.Image, file string) []lint.Finding {
	release, err := lint.ParseRelease(img.Release)
	if err != nil {
		release = lint.Release{}
	}
	if file == "" {
		file = d.Name
	}
	return lint.Run(book.All(), &lint.Subject{Name: file, Text: d.Bytes, Kind: d.Kind, Release: release})
}

// sayLint says what lint found in a document that was just made.
func (e *env) sayLint(found []lint.Finding) {
	for _, f := range found {
		fmt.Fprintf(e.err, "%s: %s %s: %s\n", f.Position, f.Severity, f.Rule, f.Msg)
		say(e.err, "mend", f.Fix)
	}
}
