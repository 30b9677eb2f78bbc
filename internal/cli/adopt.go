package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"seedbed/internal/config"
	"seedbed/internal/core/adopt"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/fault"
)

// adopting are the flags of the command.
type adopting struct {
	output     string
	force      bool
	interfaces []string
}

func (e *env) cmdAdopt() *cobra.Command {
	var v adopting
	c := &cobra.Command{
		Use:   "adopt FILE...",
		Short: "Settings out of an existing set-up's files",
		Long: "Reads the files of a set-up that Seedbed takes the place of, and writes settings: dhcpd.conf, dnsmasq.conf,\n" +
			"menus of PXELINUX (pxelinux.cfg/default and those of one machine), /etc/default/tftpd-hpa and\n" +
			"/etc/default/isc-dhcp-server. What a file is, is told by its content. A report of what was kept, changed and\n" +
			"lost goes to standard error, each with its line; what was kept only with -v.\n\n" +
			"Exit code 0: nothing was lost. 3: something was.",
		Example: "  seedbed adopt /etc/dhcp/dhcpd.conf /srv/tftp/pxelinux.cfg/default /etc/default/tftpd-hpa -o seedbed.yaml\n" +
			"  seedbed adopt /etc/dnsmasq.conf --interface eth1 >seedbed.yaml\n  seedbed adopt dhcpd.conf --json",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return e.adopt(args, v) },
	}
	f := c.Flags()
	f.StringVarP(&v.output, "output", "o", "", "write to this `FILE`, not to standard output; it must not be there yet")
	f.BoolVar(&v.force, "force", false, "with -o: write over what is there")
	f.StringArrayVar(&v.interfaces, "interface", nil, "answer on the network interface by this `NAME` (may be repeated)")
	return c
}

// largestOld is more than any file of an old set-up has.
const largestOld = 4 << 20

func (e *env) adopt(names []string, v adopting) error {
	var files []adopt.File
	for _, name := range names {
		f, err := oldFile(name)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	r, err := adopt.Read(files, adopt.Options{Interfaces: v.interfaces, HasDir: func(dir string) bool {
		st, err := os.Stat(dir)
		return err == nil && st.IsDir()
	}})
	if err != nil {
		return err
	}
	name := v.output
	if name == "" {
		name = "seedbed.yaml"
	}
	// What is written is what our own reader takes, or it is our defect.
	c, err := config.Parse(name, r.Text)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "report this, with the file", "the settings made of these files are refused")
	}
	if err := e.deliverSettings(r.Text, v); err != nil {
		return err
	}
	count := map[reading.Verdict]int{}
	for _, i := range r.Draft.Items {
		count[i.Verdict]++
	}
	if e.json {
		kinds := map[string]adopt.Kind{}
		for i, f := range files {
			kinds[f.Name] = r.Kinds[i]
		}
		if err := e.printJSON(map[string]any{"text": string(r.Text), "files": kinds, "report": orEmpty(r.Draft.Items), "findings": orEmpty(c.Warnings)}); err != nil {
			return err
		}
	} else {
		for _, i := range r.Draft.Items {
			at := i.File
			if at == "" {
				at = "settings"
			}
			e.reportItem(at, i.Item)
		}
		e.list(c.Warnings)
		fmt.Fprintf(e.err, "settings: %d kept, %d changed, %d lost\n", count[reading.Kept], count[reading.Changed], count[reading.Lost])
	}
	if count[reading.Lost] > 0 {
		return findings{}
	}
	return nil
}

func oldFile(name string) (adopt.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return adopt.File{}, fault.Wrap(err, fault.NotFound, "", "reading %s", name)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largestOld+1))
	if err != nil {
		return adopt.File{}, fault.Wrap(err, fault.Unavailable, "", "reading %s", name)
	}
	if len(text) > largestOld {
		return adopt.File{}, fault.New(fault.Invalid, "is it a file of settings?", "%s is larger than 4 MiB", name)
	}
	whole, err := filepath.Abs(name)
	if err != nil {
		return adopt.File{}, fault.Wrap(err, fault.Unavailable, "", "finding the whole path of %s", name)
	}
	return adopt.File{Name: name, Path: whole, Text: string(text)}, nil
}

// deliverSettings writes to a new file, or to standard output where that
// takes no JSON. The file may hold the hash of a password.
func (e *env) deliverSettings(text []byte, v adopting) error {
	if v.output == "" {
		if e.json {
			return nil
		}
		_, err := e.out.Write(text)
		return err
	}
	how := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if v.force {
		how = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(v.output, how, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "give another name, or --force", "%s is there already", v.output)
	}
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	return fault.Wrap(err, fault.Unavailable, "", "writing %s", v.output)
}
