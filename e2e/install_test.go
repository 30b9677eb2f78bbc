//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"seedbed/internal/disk/iso"
)

// settings are those of every install here: a profile that installs by
// itself, one without answers, and the same two from a mirror elsewhere.
const settings = `
interfaces: [lo]
subnets:
  - network: 192.168.0.0/24
    pools: [192.168.0.210-192.168.0.220]
    gateway: 192.168.0.1
    dns: [192.168.0.1]
    domain: mydomain.example
    lease-time: 10m
    max-lease-time: 2h
    next-server: 192.168.0.150
menu: {title: PXE, timeout: 3s, default: local}
profiles:
  lan-manual: {image: medium}
  net-manual: {image: netboot}
  lan-auto:
    image: medium
    install:
      locale: en_US.UTF-8
      keyboard: us
      timezone: Asia/Harbin
      root-password: $6$abcdefghijkl$AZPD7pxb8Cq5FLFA7Mzl6D1cVXzXxh5Jd7cg2yXgh0bMQfO1YbX1Y0i5M5V8ZrD3sEM3lN6eJj0mOe9dVg3Jw/
      packages: [openssh-server]
  lan-raid:
    image: medium
    install:
      root-password: $6$abcdefghijkl$AZPD7pxb8Cq5FLFA7Mzl6D1cVXzXxh5Jd7cg2yXgh0bMQfO1YbX1Y0i5M5V8ZrD3sEM3lN6eJj0mOe9dVg3Jw/
      packages: [openssh-server]
      storage:
        disks: [{name: a}, {name: b}]
        raid:
          - {name: md0, level: 1, disks: [a, b], size: 1GiB, mount: /boot}
          - {name: md1, level: 1, disks: [a, b], size: rest}
        volume-groups:
          - name: vg0
            raid: md1
            volumes:
              - {name: root, mount: /, size: rest}
              - {name: swap, filesystem: swap, size: 512MiB}
      post: |
        set -e
        [ "$(findmnt -n -o SOURCE /)" = /dev/mapper/vg0-root ]
        [ "$(findmnt -n -o SOURCE /boot)" = /dev/md0 ]
        [ "$(grep -c '^md[01] : active raid1' /proc/mdstat)" = 2 ]
        [ "$(grep -c '\[UU\]' /proc/mdstat)" = 2 ]
  net-auto:
    image: netboot
    install:
      locale: en_US.UTF-8
      keyboard: us
      timezone: Asia/Harbin
      root-password: $6$abcdefghijkl$AZPD7pxb8Cq5FLFA7Mzl6D1cVXzXxh5Jd7cg2yXgh0bMQfO1YbX1Y0i5M5V8ZrD3sEM3lN6eJj0mOe9dVg3Jw/
      packages: [openssh-server]
      mirror: {url: http://192.168.0.2/debian, suite: trixie, trusted: true}
`

// medium is the offline install medium that make e2e makes.
func medium(t *testing.T) string {
	t.Helper()
	if p := os.Getenv("SEEDBED_TEST_ISO"); p != "" {
		return p
	}
	p := filepath.Join(cache(), "debian-offline.iso")
	if _, err := os.Stat(p); err != nil {
		t.Fatalf("no install medium: run make e2e, or set SEEDBED_TEST_ISO: %v", err)
	}
	return p
}

func cache() string {
	if c := os.Getenv("SEEDBED_CACHE"); c != "" {
		return c
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".cache", "seedbed")
}

var shared struct {
	sync.Once
	state string
	err   error
}

// catalogue is a state directory with two images: "medium", the offline
// medium, and "netboot", the netboot tree alone, as a tarball would bring it.
func catalogue(t *testing.T) string {
	t.Helper()
	shared.Do(func() {
		shared.state, shared.err = os.MkdirTemp("", "seedbed-e2e-")
		if shared.err != nil {
			return
		}
		tree := filepath.Join(shared.state, "netboot-tree")
		if shared.err = extract(medium(t), "install/netboot", tree); shared.err != nil {
			return
		}
		for name, path := range map[string]string{"medium": medium(t), "netboot": tree} {
			out, err := exec.Command(seedbed(t), "--state", shared.state, "import", path, "--name", name).CombinedOutput()
			if err != nil {
				shared.err = fmt.Errorf("importing %s: %w\n%s", name, err, out)
				return
			}
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.state
}

// extract copies one directory out of an ISO.
func extract(file, dir, dest string) error {
	img, err := iso.Open(file)
	if err != nil {
		return err
	}
	defer img.Close()
	sub, err := fs.Sub(img, dir)
	if err != nil {
		return err
	}
	return os.CopyFS(dest, sub)
}

// rehearsal is the part of rehearse --json that is asserted.
type rehearsal struct {
	Installed bool   `json:"installed"`
	Questions int    `json:"questions"`
	Question  string `json:"question"`
	Login     string `json:"login"`
	Why       string `json:"why"`
	Accel     string `json:"accelerator"`
	Stages    []struct {
		At   int64  `json:"at"`
		Step string `json:"step"`
		Text string `json:"text"`
		Boot int    `json:"boot"`
	} `json:"stages"`
}

func (r rehearsal) saw(boot int, step, text string) bool {
	for _, s := range r.Stages {
		if s.Boot == boot && s.Step == step && strings.Contains(s.Text, text) {
			return true
		}
	}
	return false
}

// install rehearses one profile with the binary, as a user would.
func install(t *testing.T, profile string, wantExit int, flags ...string) rehearsal {
	t.Helper()
	state := catalogue(t)
	file := filepath.Join(t.TempDir(), "seedbed.yaml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	report := os.Getenv("SEEDBED_E2E_REPORTS")
	if report == "" {
		report = t.TempDir()
	}
	report = filepath.Join(report, strings.ReplaceAll(t.Name(), "/", "-"))
	args := append([]string{"--state", state, "-c", file, "--json", "rehearse", profile, "--report", report}, flags...)
	cmd := exec.CommandContext(t.Context(), seedbed(t), args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	err := cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != wantExit {
		t.Errorf("exit code %d, want %d (%v)", code, wantExit, err)
	}
	var r rehearsal
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
		t.Fatalf("standard output is not one JSON document: %v\n%s", err, out.String())
	}
	for _, s := range r.Stages {
		if s.Step != "reported" && s.Step != "fetched" {
			t.Logf("boot %d %6.1f s %-10s %s", s.Boot, float64(s.At)/1e9, s.Step, s.Text)
		}
	}
	return r
}

// handsFree asserts a whole hands-free install: no question, a login, and a
// second network boot that goes to the local disk.
func handsFree(t *testing.T, r rehearsal) {
	t.Helper()
	if !r.Installed || r.Questions != 0 || r.Question != "" || r.Why != "" {
		t.Fatalf("installed %v, %d questions, %q, %q", r.Installed, r.Questions, r.Question, r.Why)
	}
	if !strings.Contains(r.Login, "root@rehearsal Debian GNU/Linux 13") {
		t.Errorf("login says %q", r.Login)
	}
	if !r.saw(2, "scripted", "boot the local disk") {
		t.Error("the second network boot was not sent to the local disk")
	}
}

// asks asserts a manual install: the menu was shown, the installer started,
// and it waits at its first question.
func asks(t *testing.T, r rehearsal) {
	t.Helper()
	if !r.saw(1, "scripted", "menu") {
		t.Error("no menu was shown")
	}
	if !r.saw(1, "fetched", "initrd.gz") {
		t.Error("the installer was not started")
	}
	if r.Installed || !strings.Contains(strings.ToLower(r.Question), "language") {
		t.Errorf("installed %v, it asks %q; want the language", r.Installed, r.Question)
	}
}

func TestShortManualOnTheLAN(t *testing.T) {
	asks(t, install(t, "lan-manual", 3))
}

func TestShortAutomaticOnTheLAN(t *testing.T) {
	handsFree(t, install(t, "lan-auto", 0, "--loader", "pxelinux"))
}

// The four ways to deploy; ways 3 and 4 are the two above.
func TestWay1ManualFromAMirror(t *testing.T) {
	asks(t, install(t, "net-manual", 3, "--loader", "pxelinux", "--play-mirror", "http://192.168.0.2/debian=medium"))
}

func TestWay2AutomaticFromAMirror(t *testing.T) {
	handsFree(t, install(t, "net-auto", 0, "--play-mirror", "http://192.168.0.2/debian=medium"))
}

// Two disks, a mirror of each partition, and LVM on one of them: the post
// script fails the install where the layout is another.
func TestRAIDOverTwoDisks(t *testing.T) {
	for _, firmware := range []string{"bios", "uefi"} {
		t.Run(firmware, func(t *testing.T) {
			handsFree(t, install(t, "lan-raid", 0, "--disks", "2", "--firmware", firmware))
		})
	}
}

// The other ways of firmware and loader to a hands-free install.
func TestLoaders(t *testing.T) {
	for _, c := range []struct{ firmware, loader string }{{"bios", "ipxe"}, {"uefi", "grub"}, {"uefi", "ipxe"}} {
		t.Run(fmt.Sprintf("%s-%s", c.firmware, c.loader), func(t *testing.T) {
			handsFree(t, install(t, "lan-auto", 0, "--firmware", c.firmware, "--loader", c.loader))
		})
	}
}
