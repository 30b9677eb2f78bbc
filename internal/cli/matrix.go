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

// rehearseMatrix rehearses profiles and firmwares one after another, with a
// directory each, and ends with a table. One that cannot be rehearsed is a
// row too: the others go on, and the exit code is 1.
func (e *env) rehearseMatrix(c *cobra.Command, names []string, r rehearsal) error {
	var firmwares []vm.Firmware
	for name := range strings.SplitSeq(r.firmware, ",") {
		fw, err := vm.Known(strings.TrimSpace(name))
		if err != nil {
			return usage{fmt.Errorf("--firmware: %w", err)}
		}
		firmwares = append(firmwares, fw)
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
	type row struct {
		Profile string `json:"profile"`
		report.Result
		Good   bool   `json:"good"`
		Ending string `json:"ending"`
	}
	var rows []row
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
			w := row{name, res, err == nil && res.Good(), res.Ending()}
			if err != nil {
				w.Ending, ran = "cannot be rehearsed: "+err.Error(), false
				os.Remove(o.Dir) // when nothing is in it
			}
			good = good && w.Good
			rows = append(rows, w)
		}
	}
	if e.json {
		if err := e.printJSON(rows); err != nil {
			return err
		}
	} else {
		t := e.table("PROFILE", "FIRMWARE", "GOOD", "TOOK", "")
		for _, w := range rows {
			t.row(w.Profile, w.Firmware, map[bool]string{true: "yes", false: "no"}[w.Good], clock(w.Took), w.Ending)
		}
		t.flush()
		fmt.Fprintf(e.out, "reports: %s\n", root)
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
