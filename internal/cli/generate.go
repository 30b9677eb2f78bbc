package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/conversion"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/core/answer/secret"
	"seedbed/internal/core/answer/survey"
	"seedbed/internal/core/lint"
	"seedbed/internal/disk/machine"
	"seedbed/internal/fault"
)

// generating are the flags of the command.
type generating struct {
	release, output, root                          string
	machine, secrets, interactive                  bool
	locale, keyboard, timezone, hostname           string
	passwordFile, disk, mirror, proxy, end         string
	packages, groups, users, keys, args, enableIts []string
}

func (e *env) cmdGenerate() *cobra.Command {
	var g generating
	c := &cobra.Command{
		Use:   "generate KIND",
		Short: "A new answer file, from flags, from a dialogue, or from this machine",
		Long: "Writes an answer file to start from. With --from-this-machine it is one that installs the machine again\n" +
			"on which it runs: language, keyboard, time zone, disks, packages, accounts, network. Hashes of passwords\n" +
			"and SSH keys are in it with --with-secrets only. What cannot be reproduced is said on standard error.\n" +
			"With --interactive a dialogue asks for what matters, and shows the file as it grows.\n\n" +
			"KIND: kickstart, kickseed, preseed, autoinstall, autoyast, agama, ignition.\n" +
			"Exit code 0: good. 3: something could not be reproduced, or lint found something.",
		Example: "  seedbed generate kickstart --for rhel-9 --ssh-key \"$(cat ~/.ssh/id_ed25519.pub)\" >ks.cfg\n" +
			"  seedbed generate preseed --from-this-machine --with-secrets -o preseed.cfg\n  seedbed generate autoinstall --interactive -o user-data",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return e.generate(answer.Kind(args[0]), g) },
	}
	f := c.Flags()
	f.BoolVar(&g.machine, "from-this-machine", false, "reproduce the machine that it runs on")
	f.BoolVar(&g.secrets, "with-secrets", false, "with --from-this-machine: hashes of passwords and authorised keys, too")
	f.StringVar(&g.root, "root", "/", "with --from-this-machine: the system below this `DIR`")
	f.BoolVarP(&g.interactive, "interactive", "i", false, "ask for what matters, each choice explained")
	f.StringVar(&g.release, "for", "", "the `RELEASE` to write it for, as debian-13 or rhel-9 (default: the newest)")
	f.StringVarP(&g.output, "output", "o", "", "write to this `FILE`, not to standard output")
	f.StringVar(&g.locale, "locale", "", "as en_US.UTF-8")
	f.StringVar(&g.keyboard, "keyboard", "", "an XKB layout, as us")
	f.StringVar(&g.timezone, "timezone", "", "as Europe/Berlin")
	f.StringVar(&g.hostname, "hostname", "", "the new system's name, with or without its domain")
	f.StringVar(&g.passwordFile, "root-password-file", "", "a `FILE` with root's password, or its hash, in one line")
	f.StringArrayVar(&g.keys, "ssh-key", nil, "a public `KEY` for root (may be repeated)")
	f.StringArrayVar(&g.users, "user", nil, "an account with sudo by this `NAME`; it gets the SSH keys (may be repeated)")
	f.StringVar(&g.disk, "disk", "", "the disk to install on: a path below /dev, or auto")
	f.StringVar(&g.mirror, "mirror", "", "the `URL` of the source of packages")
	f.StringVar(&g.proxy, "proxy", "", "the `URL` of a proxy for packages")
	f.StringArrayVar(&g.packages, "package", nil, "a package by `NAME` (may be repeated)")
	f.StringArrayVar(&g.groups, "group", nil, "a group, task or pattern of packages (may be repeated)")
	f.StringArrayVar(&g.args, "kernel-arg", nil, "a kernel `ARGUMENT` (may be repeated)")
	f.StringArrayVar(&g.enableIts, "service", nil, "a service to enable, by `NAME` (may be repeated)")
	f.StringVar(&g.end, "end", "", "reboot, poweroff or halt")
	return c
}

func (e *env) generate(kind answer.Kind, g generating) error {
	if err := conversion.Known(kind); err != nil {
		return usage{err}
	}
	if _, err := lint.ParseRelease(g.release); err != nil {
		return usage{err}
	}
	if (g.secrets || g.root != "/") && !g.machine {
		return usage{errors.New("generate: --with-secrets and --root go with --from-this-machine")}
	}
	if g.interactive && e.json {
		return usage{errors.New("generate: --interactive talks with people; it has no --json")}
	}
	d := reading.New("seedbed generate", "")
	if g.machine {
		d = survey.Draft(machine.Read(os.DirFS(g.root), machine.Options{Secrets: g.secrets, Query: query(g.root)}))
	}
	release := g.release
	if release == "" && d.Release != "" { // the machine's own, where its installer reads the kind
		if _, err := conversion.Target(kind, d.Release); err == nil {
			release = d.Release
		}
	}
	img, err := conversion.Target(kind, release)
	if err != nil {
		return usage{err}
	}
	if err := e.apply(d, g); err != nil {
		return err
	}
	if g.interactive {
		return e.dialogue(d, kind, img, g.output)
	}
	nobody(d)
	r, err := conversion.Convert(d, kind, img)
	if err != nil {
		return err
	}
	found, err := e.hand(r, d.File, g.output, "")
	if err != nil {
		return err
	}
	if r.Count(reading.Lost) > 0 || len(found) > 0 {
		return findings{}
	}
	return nil
}

// nobody gives a system that nobody could log in to a locked root, and says so:
// the author must put a key or a password there.
func nobody(d *reading.Draft) {
	in := &d.In
	open := in.RootPassword != "" || len(in.SSHKeys) > 0
	for _, u := range in.Users {
		open = open || u.Password != "" && !u.Locked || len(u.SSHKeys) > 0
	}
	if open {
		return
	}
	in.RootPassword = "$6$nobody$nobody" // the form of a hash, and of no password
	d.Lose(0, "login", "nobody can log in yet: give --ssh-key or --root-password-file, or put a hash in place of $6$nobody$nobody")
}

// query runs a program of the system below root, where that is this one.
func query(root string) func(string, ...string) ([]byte, error) {
	if root != "/" {
		return nil
	}
	return func(program string, args ...string) ([]byte, error) {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		return exec.CommandContext(ctx, program, args...).Output()
	}
}

// apply puts the flags over what is there.
func (e *env) apply(d *reading.Draft, g generating) error {
	in := &d.In
	for _, f := range []struct {
		value string
		into  *string
	}{{g.locale, &in.Locale}, {g.keyboard, &in.Keyboard}, {g.timezone, &in.Timezone}, {g.mirror, &in.Mirror.URL}, {g.proxy, &in.Mirror.Proxy}, {g.end, &in.End}} {
		if f.value != "" {
			*f.into = f.value
		}
	}
	if g.keyboard != "" {
		in.Variant = ""
	}
	if g.hostname != "" {
		d.Host(0, "--hostname", g.hostname)
	}
	if g.disk != "" {
		in.Storage.Disk.Path = g.disk
	}
	in.Packages, in.Groups = append(in.Packages, g.packages...), append(in.Groups, g.groups...)
	in.KernelArgs, in.Services.Enable = append(in.KernelArgs, g.args...), append(in.Services.Enable, g.enableIts...)
	in.SSHKeys = append(in.SSHKeys, g.keys...)
	for _, name := range g.users {
		u := d.User(name)
		u.Sudo, u.SSHKeys = true, append(u.SSHKeys, g.keys...)
	}
	if g.passwordFile == "" {
		return nil
	}
	b, err := os.ReadFile(g.passwordFile)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "", "reading the password's file")
	}
	hash, err := e.hashed(strings.TrimRight(string(b), "\r\n"))
	if err != nil {
		return err
	}
	in.RootPassword = hash
	return nil
}

// hashed is a password's hash; a hash stays as it is.
func (e *env) hashed(text string) (string, error) {
	if secret.IsHash(text) {
		return text, nil
	}
	if secret.Weak(text) && !e.weak {
		return "", fault.New(fault.Invalid, "choose another one, or give --allow-weak", "the password is one of those that are tried first")
	}
	hash, err := secret.Hash(text)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "write one password of one line", "hashing the password")
	}
	return hash, nil
}
