package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"seedbed/internal/rehearse/report"
	"seedbed/internal/rehearse/vm"
)

// rehearsedRow is a profile on a firmware, and how that ended.
type rehearsedRow struct {
	Profile string `json:"profile"`
	report.Result
	Good   bool   `json:"good"`
	Ending string `json:"ending"`
}

// rehearseMatrix rehearses profiles and firmwares one after another, with a
// directory each, and ends with a table. One that cannot be rehearsed is a
// row too: the others go on, and the exit code is 1.
func (e *env) rehearseMatrix(c *cobra.Command, names []string, r rehearsal) error {
	firmwares, err := firmwaresOf(r.firmware)
	if err != nil {
		return err
	}
	o, done, err := e.prepared(r)
	if err != nil {
		return err
	}
	defer done()
	if len(names) == 0 {
		names = o.Config.Boot.Order
	}
	for _, name := range names { // said now, not hours later
		if _, ok := o.Config.Boot.Profiles[name]; !ok {
			return noProfile(o, name)
		}
	}
	root := o.Dir
	if root == "" {
		root = e.rehearsals() + "-matrix"
	}
	var rows []rehearsedRow
	good, ran := true, true
	for _, name := range names {
		for _, fw := range firmwares {
			fmt.Fprintf(e.err, "%s, %s:\n", name, fw)
			o.Dir = filepath.Join(root, name+"-"+string(fw))
			o.Say = e.stepSayer()
			res, err := e.rehearseOne(c, o, name, fw)
			if c.Context().Err() != nil {
				return c.Context().Err()
			}
			res.Firmware = string(fw)
			w := rehearsedRow{name, res, err == nil && res.Good(), res.Ending()}
			if err != nil {
				w.Ending, ran = "cannot be rehearsed: "+err.Error(), false
				os.Remove(o.Dir) // when nothing is in it
			}
			good = good && w.Good
			rows = append(rows, w)
		}
	}
	if err := e.printMatrix(rows, root); err != nil {
		return err
	}
	if r.dir == "" {
		os.Remove(root) // when nothing is in it
	}
	switch {
	case !ran:
		return silent{}
	case !good:
		return findings{}
	}
	return nil
}

// firmwaresOf reads names of firmwares, divided by commas.
func firmwaresOf(list string) (all []vm.Firmware, err error) {
	for name := range strings.SplitSeq(list, ",") {
		fw, err := vm.Known(strings.TrimSpace(name))
		if err != nil {
			return nil, usage{fmt.Errorf("--firmware: %w", err)}
		}
		all = append(all, fw)
	}
	return all, nil
}

// printMatrix prints the rows and where their reports are.
func (e *env) printMatrix(rows []rehearsedRow, root string) error {
	if e.json {
		return e.printJSON(rows)
	}
	t := e.table("PROFILE", "FIRMWARE", "GOOD", "TOOK", "")
	for _, w := range rows {
		t.row(w.Profile, w.Firmware, map[bool]string{true: "yes", false: "no"}[w.Good], clock(w.Took), w.Ending)
	}
	t.flush()
	fmt.Fprintf(e.out, "reports: %s\n", root)
	return nil
}
