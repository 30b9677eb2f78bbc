package main

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/archive"
	"seedbed/tools/offline-medium/progress"
	"seedbed/tools/offline-medium/udeb"
)

// need is something of the host, and the Debian package that brings it.
type need struct {
	pkg   string
	there func() bool
}

func program(name string) func() bool {
	return func() bool { _, err := exec.LookPath(name); return err == nil }
}

func anyFile(names ...string) func() bool {
	return func() bool {
		return slices.ContainsFunc(names, func(n string) bool { _, err := os.Stat(n); return err == nil })
	}
}

var needs = []need{
	{"apt", anyFile("/usr/lib/apt/apt-helper")},
	{"dpkg", program("dpkg-deb")},
	{"xorriso", program("xorriso")},
	{"gpg", program("gpg")},
	{"gpg-agent", program("gpg-agent")},
	{"gpgv", program("gpgv")},
	{"xz-utils", program("xz")},
	{"kmod", func() bool { return udeb.Depmod() != "" }},
	{"debian-archive-keyring", anyFile(archive.Keyrings...)},
}

// checkNeeds looks for what the host must have. With install, root lets apt-get
// bring what is missing.
func checkNeeds(ctx context.Context, board *progress.Board, install bool) error {
	missing := absent()
	if len(missing) == 0 {
		return nil
	}
	line := "apt-get install " + strings.Join(missing, " ")
	if !install {
		return fault.New(fault.Unavailable, "run as root: "+line+"   (or give --install-needs as root)",
			"this machine lacks %s", strings.Join(missing, ", "))
	}
	if os.Geteuid() != 0 {
		return fault.New(fault.Unavailable, "run as root: "+line, "--install-needs works for root only")
	}
	board.Say("installing %s", strings.Join(missing, " "))
	args := append([]string{"install", "-y", "-qq", "--no-install-recommends"}, missing...)
	if aptGet(ctx, args...) != nil {
		// A machine fresh from its image has no package lists yet.
		if err := aptGet(ctx, "update", "-qq"); err != nil {
			board.Say("apt-get update: %v; trying to install all the same", err)
		}
		if err := aptGet(ctx, args...); err != nil {
			return fault.Wrap(err, fault.Unavailable, line, "installing what this machine lacks")
		}
	}
	if missing = absent(); len(missing) > 0 {
		return fault.New(fault.Unavailable, "install by hand: "+strings.Join(missing, " "), "this machine still lacks %s", strings.Join(missing, ", "))
	}
	return nil
}

func absent() []string {
	var out []string
	for _, n := range needs {
		if !n.there() {
			out = append(out, n.pkg)
		}
	}
	return out
}

func aptGet(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
