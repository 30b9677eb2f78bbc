package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/progress"
)

const long = `Makes OUT.iso, a small offline install medium of Debian for amd64, from the
packages of a Debian mirror. Seedbed imports it as it imports any install image,
and installs machines from it without reaching any other server.

It holds the network boot files and the installer's packages, and for the target
the base system, a kernel, GRUB for BIOS and UEFI (Secure Boot too), LVM, RAID,
encryption, OpenSSH, sudo and rsync, with all that they need; --packages adds to
that. Its package lists are signed with a key made for this one medium, which the
medium's installer and the installed machines know.

Every package is checked against the archive's signed index. Downloads stay in the
cache and are resumed; a second run with nothing new on the mirror does nothing.
The cache may be removed at any time.`

const example = `  go run ./tools/offline-medium seedbed-debian13.iso
  go run ./tools/offline-medium --packages nginx,postgresql web.iso
  go run ./tools/offline-medium --mirror http://YOUR.MIRROR/debian --require-signed-index out.iso
  sudo go run ./tools/offline-medium --install-needs out.iso`

// options are what the command line asks for.
type options struct {
	out, cache, mirror, suite  string
	packages                   []string
	signedOnly, keep, getNeeds bool
	kickseed                   bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		if ctx.Err() != nil {
			err = fault.New(fault.Unavailable, "run it again: what was downloaded is kept", "stopped")
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		if f, ok := errors.AsType[*fault.Fault](err); ok && f.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", f.Hint)
		}
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:           "offline-medium [flags] OUT.iso",
		Short:         "make a small offline install medium of Debian",
		Long:          long,
		Example:       example,
		Args:          oneImage,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, args []string) error {
			o.out = args[0]
			board := progress.New(os.Stderr, term.IsTerminal(int(os.Stderr.Fd())))
			if err := checkNeeds(c.Context(), board, o.getNeeds); err != nil {
				return err
			}
			return build(c.Context(), o, board)
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&o.cache, "cache", "", "folder for downloads (default $SEEDBED_CACHE/offline-medium, or ~/.cache/seedbed/offline-medium)")
	f.StringVar(&o.mirror, "mirror", "", "URI of a Debian archive (default: the one in this machine's apt sources)")
	f.StringVar(&o.suite, "suite", "trixie", "release of Debian, by its code name")
	f.StringSliceVar(&o.packages, "packages", nil, "more packages for the target, with what they depend on")
	f.BoolVar(&o.kickseed, "kickseed", false, "put kickseed into the installer's initrd, so that it reads Kickstart files")
	f.BoolVar(&o.signedOnly, "require-signed-index", false, "stop when the mirror's installer index is not the one that the signed Release names")
	f.BoolVar(&o.keep, "keep-compression", false, "do not repack packages with gzip -1 (a smaller medium, slower on emulated machines)")
	f.BoolVar(&o.getNeeds, "install-needs", false, "as root, let apt-get install the programs that this machine lacks")
	return c
}

func oneImage(_ *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" || strings.HasSuffix(args[0], "/") {
		return fault.New(fault.Invalid, "offline-medium --help shows examples", "give one file name for the image")
	}
	return nil
}

// resolve fills in what was not given and makes the paths absolute.
func (o *options) resolve() (err error) {
	if o.cache == "" {
		base := os.Getenv("SEEDBED_CACHE")
		if base == "" {
			if base, err = os.UserCacheDir(); err != nil {
				return fault.Wrap(err, fault.Invalid, "name a folder with --cache", "finding a folder for the cache")
			}
			base = filepath.Join(base, "seedbed")
		}
		o.cache = filepath.Join(base, "offline-medium")
	}
	if o.cache, err = filepath.Abs(o.cache); err != nil {
		return err
	}
	if o.out, err = filepath.Abs(o.out); err != nil {
		return err
	}
	if st, err := os.Stat(filepath.Dir(o.out)); err != nil || !st.IsDir() {
		return fault.New(fault.NotFound, "make it first", "there is no folder %s", filepath.Dir(o.out))
	}
	if strings.ContainsAny(o.suite, "/ ") || o.suite == "" || strings.HasPrefix(o.suite, ".") {
		return fault.New(fault.Invalid, "a code name such as trixie", "bad suite %q", o.suite)
	}
	return nil
}
