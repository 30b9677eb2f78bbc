//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ownSettings are a network that lacks nothing, and one profile with an answer
// file of the user's own.
const ownSettings = `
interfaces: [lo]
subnets:
  - network: 192.168.0.0/24
    pools: [192.168.0.210-192.168.0.220]
    gateway: 192.168.0.1
    dns: [192.168.0.1]
    domain: mydomain.example
    next-server: 192.168.0.150
profiles:
  own:
    image: medium
    answer-file: own.cfg
    kernel-args: [locale=en_US.UTF-8, keymap=us]
    verify: ["id ops", "test -e /etc/ssh/sshd_config"]
`

// own puts the settings and testdata/own.cfg, with lines replaced, into a
// directory, and gives the settings' name.
func own(t *testing.T, settings string, replace ...string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/own.cfg")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(replace...).Replace(string(text))
	if len(replace) > 0 && changed == string(text) {
		t.Fatal("nothing was replaced")
	}
	dir := scratch(t)
	write(t, dir, "own.cfg", changed)
	write(t, dir, "password", "water the bed\n")
	return write(t, dir, "seedbed.yaml", settings)
}

// broken is the part of rehearse --json that says where it stopped.
type broken struct {
	rehearsal
	Asks struct {
		Key, Text, Why, Fix string
		Rules               []string
		After, Named        time.Duration
	}
	Restarts []struct{ Why string }
}

// reached is when the installer came to a step, 0 for the start of its log.
func (b broken) reached(item string) time.Duration {
	for _, s := range b.Stages {
		if strings.Contains(s.Text, item) {
			return time.Duration(s.At)
		}
	}
	return 0
}

// TestBroken rehearses answer files with one defect each. The question is named
// within two minutes of its being asked, by debconf's own log, with what mends
// it, and lint finds each beforehand. How long the step before the question
// takes (partman looks at disks for minutes in an emulated machine) is said
// only: nothing can be named there yet.
func TestBroken(t *testing.T) {
	for _, c := range []struct {
		name     string
		settings []string // old, new
		file     []string // old, new
		hardware []string // flags that lint has too
		network  []string // flags of rehearse alone
		step     string   // where the installer asks
		key      string
		rule     string
		fix      string
	}{
		{name: "NoDNS", settings: []string{"    dns: [192.168.0.1]\n", ""}, network: []string{"--dns=off"}, step: `"d-i"`,
			key: "netcfg/get_nameservers", rule: "D004", fix: "add dns: to the subnet"},
		{name: "NotConfirmed", file: []string{"d-i partman/confirm boolean true\n", "", "d-i partman/confirm_nooverwrite boolean true\n", ""}, step: "menu item partman-base",
			key: "partman/confirm_nooverwrite", rule: "A015", fix: "set partman/confirm_nooverwrite to true"},
		{name: "TwoDisks", file: []string{"d-i partman-auto/disk string /dev/vda\n", ""}, hardware: []string{"--disks", "2"}, step: "menu item partman-base",
			key: "partman-auto/init_automatically_partition", rule: "A011", fix: "set partman-auto/disk"},
		{name: "Passwords", file: []string{"root-password-again password seed the bed", "root-password-again password seed the bad"}, step: "menu item user-setup-udeb",
			key: "user-setup/password-mismatch", rule: "A002", fix: "make the pair of passwords alike"},
		{name: "NoPackage", file: []string{"string openssh-server", "string openssh-server opensh-clientt"}, step: "menu item pkgsel",
			key: "debian-installer/main-menu/item-failure", rule: "A031", fix: "mend the name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := own(t, strings.NewReplacer(append(c.settings, "", "")...).Replace(ownSettings), c.file...)
			lint := exec.Command(seedbed(t), append([]string{"--state", catalogue(t), "-c", file, "lint"}, c.hardware...)...)
			out, _ := lint.Output()
			if lint.ProcessState.ExitCode() != 3 || !strings.Contains(string(out), "error "+c.rule+":") || !strings.Contains(string(out), c.fix) {
				t.Errorf("lint ends with %d and does not find %s:\n%s", lint.ProcessState.ExitCode(), c.rule, out)
			}
			b := rehearseOwn(t, file, 3, append(c.hardware, c.network...)...)
			if b.Asks.Key != c.key || !strings.Contains(strings.Join(b.Asks.Rules, " "), c.rule) || !strings.Contains(b.Asks.Fix, c.fix) || b.Asks.Text == "" {
				t.Fatalf("it stopped at %+v, %q; want %s, rule %s", b.Asks, b.Why, c.key, c.rule)
			}
			from := b.reached(c.step)
			if from == 0 {
				t.Fatalf("the installer never came to %s", c.step)
			}
			t.Logf("%s reached after %s, the question open after %s, named after %s: %s later", c.step, from.Round(time.Second/10), b.Asks.After.Round(time.Second/10),
				b.Asks.Named.Round(time.Second/10), (b.Asks.Named - from).Round(time.Second/10))
			if b.Asks.After < from || b.Asks.Named-b.Asks.After > 2*time.Minute {
				t.Errorf("asked after %s, in a step that began after %s, it was named after %s", b.Asks.After, from, b.Asks.Named)
			}
		})
	}
}

// TestMended is the same file without a defect.
func TestMended(t *testing.T) {
	for _, firmware := range []string{"bios", "uefi"} {
		t.Run(firmware, func(t *testing.T) {
			opsGotIn(t, rehearseOwn(t, own(t, ownSettings), 0, "--firmware", firmware))
		})
	}
}

// opsGotIn asserts a hands-free install, a login, and a second boot from disk.
func opsGotIn(t *testing.T, b broken) {
	t.Helper()
	if !b.Installed || b.Questions != 0 || b.Why != "" || !strings.Contains(b.Login, "ops@rehearsal Debian GNU/Linux 13") || !b.saw(2, "scripted", "boot the local disk") {
		t.Errorf("installed %v, %d questions, %q, login %q", b.Installed, b.Questions, b.Why, b.Login)
	}
}

func rehearseOwn(t *testing.T, settings string, exit int, flags ...string) broken {
	t.Helper()
	b, _ := rehearseFrom(t, catalogue(t), settings, exit, flags...)
	return b
}

// rehearseFrom rehearses the profile own with the images of a state
// directory, and says where the report lies.
func rehearseFrom(t *testing.T, state, settings string, exit int, flags ...string) (b broken, report string) {
	t.Helper()
	report = filepath.Join(scratch(t), "report")
	if keep := os.Getenv("SEEDBED_E2E_REPORTS"); keep != "" {
		report = filepath.Join(keep, strings.ReplaceAll(t.Name(), "/", "-"))
	}
	args := append([]string{"--state", state, "-c", settings, "--json", "rehearse", "own", "--report", report, "--ssh-user", "ops",
		"--ssh-password-file", filepath.Join(filepath.Dir(settings), "password")}, flags...)
	cmd := exec.CommandContext(t.Context(), seedbed(t), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != exit {
		t.Errorf("exit code %d, want %d (%v)", code, exit, err)
	}
	for _, name := range []string{"report.html", "junit.xml", "rehearsal.json", "console.log"} {
		if st, err := os.Stat(filepath.Join(report, name)); err != nil || st.Size() == 0 {
			t.Errorf("the report lacks %s: %v", name, err)
		}
	}
	if err := json.Unmarshal(out, &b); err != nil {
		t.Fatalf("standard output is not one JSON document: %v\n%s", err, out)
	}
	return b, report
}

// TestShortPanicOfItsOwn: a kernel that panics over what it was booted with is
// the verdict, at once and by name: that is no fault of the emulator.
func TestShortPanicOfItsOwn(t *testing.T) {
	file := own(t, strings.Replace(ownSettings, "kernel-args: [", "kernel-args: [rdinit=/bin/false, ", 1))
	b := rehearseOwn(t, file, 3, "--accel", "tcg")
	if b.Questions != 0 || !strings.Contains(b.Why, "its kernel gave up: Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100") {
		t.Errorf("%d questions, %q", b.Questions, b.Why)
	}
	if len(b.Restarts) != 0 {
		t.Errorf("started anew: %+v", b.Restarts)
	}
}

// TestShortRehearsalStopped: an interrupted rehearsal leaves neither a virtual
// machine nor a file.
func TestShortRehearsalStopped(t *testing.T) {
	need(t, "qemu-system-x86_64")
	tmp := scratch(t)
	file := own(t, ownSettings)
	cmd := exec.Command(seedbed(t), "--state", catalogue(t), "-c", file, "rehearse", "own", "--accel", "tcg", "--report", filepath.Join(scratch(t), "report"))
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	said := newOutput()
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { cmd.Wait(); close(done) }()
	within(t, time.Minute, func() (bool, string) { return strings.Contains(said.String(), "initrd.gz"), said.String() })
	if left, _ := os.ReadDir(tmp); len(left) == 0 {
		t.Error("it works without its temporary directory: this test looks at nothing")
	}
	if err := syscall.Kill(-cmd.Process.Pid, 0); err != nil {
		t.Error("its process group cannot be seen: this test looks at nothing")
	}
	cmd.Process.Signal(os.Interrupt)
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		cmd.Process.Kill()
		t.Fatalf("it did not end within 30 s of an interrupt:\n%s", said)
	}
	if code := cmd.ProcessState.ExitCode(); code == 0 {
		t.Errorf("exit code %d", code)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left in TMPDIR: %v", left)
	}
	if err := syscall.Kill(-cmd.Process.Pid, 0); err != syscall.ESRCH {
		t.Errorf("a process is left: %v", err)
	}
}

// TestShortRehearsalOfNobody: a rehearsal needs no rights and no interface. It
// runs as an unprivileged user in a network namespace whose only interface is
// a loopback that is down, up to the question that a wire without DNS causes.
func TestShortRehearsalOfNobody(t *testing.T) {
	need(t, "qemu-system-x86_64")
	if os.Getuid() != 0 {
		t.Skip("needs root, to become nobody")
	}
	const nobody = 65534
	dir := scratch(t)
	if err := os.CopyFS(filepath.Join(dir, "etc"), os.DirFS(filepath.Dir(own(t, ownSettings)))); err != nil {
		t.Fatal(err)
	}
	bin, iso, state := filepath.Join(dir, "seedbed"), filepath.Join(dir, "medium.iso"), filepath.Join(dir, "state")
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("cp", seedbed(t), bin)
	run("cp", "--reflink=auto", medium(t), iso)
	run("chown", "-R", "nobody", dir)
	as := func(args ...string) *exec.Cmd {
		cmd := exec.Command(bin, append([]string{"--state", state, "-c", filepath.Join(dir, "etc", "seedbed.yaml")}, args...)...)
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "HOME=" + dir}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Credential: &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: false}}
		return cmd
	}
	if out, err := as("import", iso, "--name", "medium").CombinedOutput(); err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	cmd := as("rehearse", "own", "--dns=off", "--accel", "tcg", "--report", filepath.Join(dir, "report"))
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(string(out), "rehearsal asks netcfg/get_nameservers") {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
}
