// Command udebs fetches parts of debian-installer that tests compare with, each
// into a folder of its own: udebs [--suite SUITE] DIR NAME...
//
// They come from the Debian mirror of this machine's apt sources. A package must
// be in the index that the signed Release names, or be one whose checksum stands
// below: mirrors are seen whose installer index is not the signed one, and tests
// run what is fetched here. What is there already is not fetched again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/archive"
	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/progress"
)

// known are the packages that may come from an index that nobody signed:
// kickseed-common 0.63 (Debian 11 to 13) and preseed-common 1.125 (Debian 13).
var known = map[string]bool{
	"132a67744287c3f23d533c2ab1acf6337a36567768a92bc034811019d5460e99": true,
	"e85724c4f0d82ce23722289777b0cf6c693c5ffcabc8953bb4414ba45cc44942": true,
}

func main() {
	suite := flag.String("suite", "trixie", "release of Debian, by its code name")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./tools/udebs [--suite SUITE] DIR NAME...")
	}
	flag.Parse()
	if flag.NArg() < 2 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := fetch(ctx, *suite, flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		if f, ok := errors.AsType[*fault.Fault](err); ok && f.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", f.Hint)
		}
		os.Exit(1)
	}
}

// fetch unpacks the packages that are not in dir yet.
func fetch(ctx context.Context, suite, dir string, names []string) error {
	var wanted []string
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			wanted = append(wanted, name)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	uri, err := archive.FindMirror("/", suite)
	if err != nil {
		return err
	}
	mirror, err := archive.New(uri, dir, progress.New(os.Stderr, false))
	if err != nil {
		return err
	}
	release, err := mirror.Release(ctx, suite)
	if err != nil {
		return err
	}
	index, err := mirror.Index(ctx, release, suite, "main/debian-installer", true)
	if err != nil {
		return err
	}
	stanzas, err := index.Read(ctx)
	if err != nil {
		return err
	}
	all := control.NewIndex(stanzas)
	for _, name := range wanted {
		s := all.Lookup(name)
		if s == nil {
			return fault.New(fault.NotFound, "choose another suite with --suite", "the suite %s has no udeb %s", suite, name)
		}
		if !index.Signed && !known[s.Get("SHA256")] {
			return fault.New(fault.Invalid, "try later, or another mirror", "nobody vouches for %s: the mirror's installer index is not the one that the signed Release names", name)
		}
		if err := unpack(ctx, mirror, s, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// unpack fetches one package and unpacks it to dst, whole or not at all.
func unpack(ctx context.Context, mirror *archive.Mirror, s control.Stanza, dst string) error {
	item := mirror.Item(s)
	lacking, err := mirror.Fetch(ctx, s.Get("Package"), []archive.Item{item})
	if err != nil {
		return err
	}
	if len(lacking) > 0 {
		return fault.New(fault.Unavailable, "try later, or another mirror", "the mirror does not have %s", item.Path)
	}
	part := dst + ".part"
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "dpkg-deb", "-x", item.Dest, part).CombinedOutput(); err != nil {
		return fmt.Errorf("unpacking %s: %w: %s", item.Path, err, out)
	}
	return os.Rename(part, dst)
}
