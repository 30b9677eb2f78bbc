//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// classic are the settings of the classic dhcpd, tftpd and PXELINUX set-up.
const classic = `
interfaces: [eth1]
subnets:
  - network: 192.168.0.0/24
    pools: [192.168.0.210-192.168.0.220]
    gateway: 192.168.0.1
    dns: [192.168.0.1]
    domain: mydomain.example
    broadcast: 192.168.0.255
    lease-time: 10m
    max-lease-time: 2h
    next-server: 192.168.0.150
    boot-file: /pxelinux.0
menu: {title: PXE, timeout: 10s, default: local}
profiles:
  debian: {image: netboot, title: Install Debian}
`

const serverAddr = "192.168.0.150"

// output is a program's output while it grows.
type output struct {
	mu   sync.Mutex
	b    []byte
	grew chan struct{} // closed and renewed at each write
}

func newOutput() *output { return &output{grew: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.b = append(o.b, b...)
	close(o.grew)
	o.grew = make(chan struct{})
	return len(b), nil
}

func (o *output) look() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.b), o.grew
}

func (o *output) String() string { s, _ := o.look(); return s }

// server is seedbed serve as a process of its own.
type server struct {
	t        *testing.T // whose end is the server's
	space    *space
	bin      string
	dir      string // holds settings and, unless told otherwise, the state
	state    string
	settings string // the file
	cmd      *exec.Cmd
	log      *output
	done     chan struct{}
}

// newServer imports the medium as image "netboot" into a fresh state directory
// and writes the settings; nothing runs yet.
func newServer(t *testing.T, s *space, medium, settings string) *server {
	t.Helper()
	dir := scratch(t)
	v := &server{t: t, space: s, bin: seedbed(t), dir: dir, state: filepath.Join(dir, "state"), settings: filepath.Join(dir, "seedbed.yaml")}
	v.configure(t, settings)
	v.cli(t, "import", medium, "--name", "netboot")
	return v
}

func (v *server) configure(t *testing.T, settings string) {
	t.Helper()
	write(t, v.dir, "seedbed.yaml", settings)
}

// launch starts the server without waiting for anything.
func (v *server) launch(t *testing.T, flags ...string) {
	t.Helper()
	v.log, v.done = newOutput(), make(chan struct{})
	v.cmd = exec.Command(v.bin, append([]string{"--state", v.state, "-c", v.settings, "serve"}, flags...)...)
	v.cmd.Stderr = v.log
	if err := v.space.start(v.cmd); err != nil {
		t.Fatal(err)
	}
	cmd, done := v.cmd, v.done
	go func() { cmd.Wait(); close(done) }()
	log := v.log
	v.t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
		if v.t.Failed() {
			v.t.Logf("the server's log ends:\n%s", tail(log.String(), 40))
		}
	})
}

// serve starts the server and waits until it serves.
func (v *server) serve(t *testing.T, flags ...string) {
	t.Helper()
	v.launch(t, flags...)
	v.says(t, "msg=serving", 20*time.Second)
}

// says waits for words in the log.
func (v *server) says(t *testing.T, words string, limit time.Duration) {
	t.Helper()
	v.saysAfter(t, 0, words, limit)
}

// saysAfter waits for words in the log beyond the first n bytes.
func (v *server) saysAfter(t *testing.T, n int, words string, limit time.Duration) {
	t.Helper()
	end := time.After(limit)
	for {
		text, grew := v.log.look()
		if strings.Contains(text[n:], words) {
			return
		}
		select {
		case <-grew:
		case <-v.done:
			if strings.Contains(v.log.String()[n:], words) {
				return
			}
			t.Fatalf("the server ended without saying %q:\n%s", words, v.log)
		case <-end:
			t.Fatalf("the server did not say %q within %s:\n%s", words, limit, tail(v.log.String(), 30))
		}
	}
}

// stop ends the server as a service manager would.
func (v *server) stop(t *testing.T) {
	t.Helper()
	v.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-v.done:
		if code := v.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("after SIGTERM the exit code is %d:\n%s", code, tail(v.log.String(), 10))
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the server did not end within 10 s of SIGTERM")
	}
}

// crash ends the server without a chance to write anything.
func (v *server) crash() {
	v.cmd.Process.Kill()
	<-v.done
}

// refuses starts a server that must not come up, and gives what it said.
func (v *server) refuses(t *testing.T) string {
	t.Helper()
	v.launch(t)
	select {
	case <-v.done:
	case <-time.After(20 * time.Second):
		v.crash()
		t.Fatalf("the server did not end:\n%s", v.log)
	}
	if code := v.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d, want 1:\n%s", code, v.log)
	}
	return v.log.String()
}

// cli runs a command beside the server and gives its standard output.
func (v *server) cli(t *testing.T, args ...string) string {
	t.Helper()
	return v.space.run(t, v.bin, append([]string{"--state", v.state, "-c", v.settings}, args...)...)
}

// event is one line of watch --json.
type event struct {
	Time                      time.Time
	Machine, Step, Text, Path string
	Bytes                     int64
}

// events are all that the server has recorded.
func (v *server) events(t *testing.T) []event {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(v.cli(t, "watch", "--once", "--json")))
	var all []event
	for {
		var e event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("watch --once --json: %v", err)
		}
		all = append(all, e)
	}
}

// happened says whether an event with these words was recorded.
func happened(all []event, step, words string) bool {
	for _, e := range all {
		if e.Step == step && strings.Contains(e.Text, words) {
			return true
		}
	}
	return false
}

// tail gives the last n lines.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// leased is one row of leases --json.
type leased struct {
	Address, MAC, State string
}

func (v *server) leases(t *testing.T) []leased {
	t.Helper()
	var l struct{ Leases []leased }
	if err := json.Unmarshal([]byte(v.cli(t, "leases", "--json")), &l); err != nil {
		t.Fatal(err)
	}
	return l.Leases
}

// dhcp is what udhcpc was told, by the names of its script's variables.
type dhcp map[string]string

// udhcpc asks for an address on iface and takes it. Its flags are busybox's;
// without an answer it gives false after 5 tries of a second each.
func udhcpc(t *testing.T, s *space, iface string, flags ...string) (dhcp, bool) {
	t.Helper()
	dir := scratch(t)
	args := append([]string{"udhcpc", "-f", "-q", "-n", "-t", "5", "-T", "1", "-i", iface, "-s", udhcpcScript(t, dir)}, flags...)
	out, errs, err := s.try(t, "busybox", args...)
	if err != nil {
		if !strings.Contains(errs, "no lease") {
			t.Fatalf("udhcpc: %v\n%s%s", err, out, errs)
		}
		return nil, false
	}
	return told(t, dir), true
}

// udhcpcScript notes what it is told in dir/told and sets the address.
func udhcpcScript(t *testing.T, dir string) string {
	t.Helper()
	return write(t, dir, "script", `#!/bin/sh
case $1 in
bound|renew)
	env >'`+dir+`/told'
	ip addr replace "$ip/$mask" dev "$interface" ;;
deconfig)
	ip addr flush dev "$interface"; ip link set "$interface" up ;;
esac
echo "$1" >>'`+dir+`/calls' # once it is done: who waits for it reads the rest
`)
}

func told(t *testing.T, dir string) dhcp {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "told"))
	if err != nil {
		t.Fatal(err)
	}
	d := dhcp{}
	for line := range bytes.Lines(b) {
		k, v, ok := strings.Cut(strings.TrimSpace(string(line)), "=")
		if ok && k >= "a" && k <= "z~" { // those of the environment are in capitals
			d[k] = v
		}
	}
	return d
}
