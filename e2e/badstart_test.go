//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestShortBadStart: what stands in the way of serving is said, with what to
// do about it, and nothing is left running.
func TestShortBadStart(t *testing.T) {
	room, _ := classicNet(t)
	v := newServer(t, room, netbootTree(t), classic)
	refused := func(t *testing.T, words ...string) {
		t.Helper()
		said := v.refuses(t)
		if strings.Contains(said, "panic") || strings.Contains(said, "goroutine ") {
			t.Fatalf("a stack trace is no message:\n%s", said)
		}
		for _, w := range append(words, "error: ", "hint: ") {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q:\n%s", w, said)
			}
		}
	}
	t.Run("PortInUse", func(t *testing.T) {
		for _, c := range []struct {
			where string
			hold  func() (interface{ Close() error }, error)
		}{
			{"UDP port 67 on eth1", func() (interface{ Close() error }, error) { return net.ListenPacket("udp4", "0.0.0.0:67") }},
			{"UDP port 69 on eth1", func() (interface{ Close() error }, error) { return net.ListenPacket("udp4", "0.0.0.0:69") }},
			{"TCP port 80 on eth1", func() (interface{ Close() error }, error) { return net.Listen("tcp", "[::]:80") }},
		} {
			var holder interface{ Close() error }
			err := room.do(func() (err error) { holder, err = c.hold(); return err })
			if err != nil {
				t.Fatal(err)
			}
			refused(t, c.where+" is in use by", fmt.Sprintf("process %d", os.Getpid()))
			holder.Close()
		}
	})
	t.Run("UnknownInterface", func(t *testing.T) {
		v.configure(t, strings.Replace(classic, "[eth1]", "[eth7]", 1))
		refused(t, `"eth7"`, "eth1") // the hint lists those there are
	})
	t.Run("InterfaceWithoutAddress", func(t *testing.T) {
		room.ip(t, "link add bare type veth peer name bare2")
		v.configure(t, strings.Replace(classic, "[eth1]", "[bare]", 1))
		refused(t, "interface bare has no IPv4 address", "ip addr add")
	})
	t.Run("BadSettings", func(t *testing.T) {
		v.configure(t, strings.Replace(classic, "lease-time: 10m", "lease-tmie: 10m", 1)+"unknown-machines: what\n")
		said := v.refuses(t)
		for _, w := range []string{"seedbed.yaml:10:5: error: ", "lease-tmie", "lease-time", "what", "hint: "} {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q:\n%s", w, said)
			}
		}
	})
	t.Run("ImageIsNotThere", func(t *testing.T) {
		v.configure(t, strings.Replace(classic, "image: netboot", "image: notthere", 1))
		said := v.refuses(t)
		for _, w := range []string{"seedbed.yaml:16:19: error: ", "notthere", "seedbed import"} {
			if !strings.Contains(said, w) {
				t.Errorf("it does not say %q:\n%s", w, said)
			}
		}
	})
	t.Run("SecondServer", func(t *testing.T) {
		v.configure(t, classic)
		v.serve(t)
		first := *v
		refused(t, fmt.Sprint(first.cmd.Process.Pid))
		first.stop(t)
	})
	t.Run("NoLeftovers", func(t *testing.T) {
		v.serve(t)
		v.stop(t)
	})
}

// TestShortReload: SIGHUP takes good settings and keeps the old when the new
// are bad, while clients go on.
func TestShortReload(t *testing.T) {
	room, client := classicNet(t)
	v := newServer(t, room, netbootTree(t), classic)
	v.serve(t)
	hup := func(settings, says string) {
		t.Helper()
		v.configure(t, settings)
		at := len(v.log.String())
		v.cmd.Process.Signal(syscall.SIGHUP)
		v.saysAfter(t, at, says, 10*time.Second)
	}
	title := func() string {
		t.Helper()
		for line := range strings.Lines(curl(t, client, "tftp://"+serverAddr+"/pxelinux.cfg/default")) {
			if rest, ok := strings.CutPrefix(line, "MENU TITLE "); ok {
				return strings.TrimSpace(rest)
			}
		}
		return "no menu"
	}
	if _, ok := udhcpc(t, client, "c1"); !ok {
		t.Fatal("no lease")
	}
	at := len(v.log.String())
	hup(strings.Replace(classic, "title: PXE", "titel: PXF", 1), "titel")
	v.saysAfter(t, at, "the old ones stay in use", 5*time.Second)
	if got := title(); got != "PXE" {
		t.Errorf("with bad settings the title is %q", got)
	}
	if got, ok := udhcpc(t, client, "c1"); !ok || got["lease"] != "600" {
		t.Errorf("with bad settings the client was given %v", got)
	}
	if strings.Contains(v.log.String()[at:], "settings read again") {
		t.Error("it says that the settings were read, and they were not taken")
	}
	hup(strings.NewReplacer("title: PXE", "title: Later", "lease-time: 10m", "lease-time: 20m").Replace(classic), "settings read again")
	if got := title(); got != "Later" {
		t.Errorf("with good settings the title is %q", got)
	}
	setMAC(t, client, "c1", "02:00:00:00:00:66") // for half a minute a lease is repeated as it was given
	if got, ok := udhcpc(t, client, "c1"); !ok || got["lease"] != "1200" {
		t.Errorf("with good settings the client was given %v", got)
	}
	v.stop(t)
}

// TestShortFullDisk: a lease that is not on disk is not given, this is said,
// and all goes on by itself when there is room again.
func TestShortFullDisk(t *testing.T) {
	room, client := classicNet(t)
	v := newServer(t, room, netbootTree(t), classic)
	small := filepath.Join(v.dir, "small")
	if err := os.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", small, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(small, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	v.state = filepath.Join(small, "state")
	v.cli(t, "import", netbootTree(t), "--name", "netboot")
	v.serve(t)
	was, ok := udhcpc(t, client, "c1")
	if !ok {
		t.Fatal("no lease while there is room")
	}
	before := v.leases(t)
	fill(t, filepath.Join(small, "filler"))
	setMAC(t, client, "c1", "02:00:00:00:00:77")
	at := len(v.log.String())
	if got, ok := udhcpc(t, client, "c1"); ok {
		t.Errorf("a lease was given that could not be written: %v", got)
	}
	v.saysAfter(t, at, "a lease could not be written to disk", time.Second)
	v.saysAfter(t, at, "the disk is full", time.Second)
	if l := v.leases(t); len(l) != len(before) || l[0] != before[0] {
		t.Errorf("with a full disk the leases are %+v, were %+v", l, before)
	}
	if got := v.space.run(t, "curl", "-sS", "--noproxy", "*", "http://"+serverAddr+"/healthz"); got != "ok\n" {
		t.Errorf("/healthz says %q", got)
	}
	if err := os.Remove(filepath.Join(small, "filler")); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	got, ok := udhcpc(t, client, "c1")
	if !ok || got["ip"] == was["ip"] {
		t.Fatalf("with room again: %v", got)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s to serve again", took)
	}
	if l := v.leases(t); len(l) != 2 {
		t.Errorf("with room again the leases are %+v", l)
	}
	v.stop(t)
}

// fill takes all room of a file system.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}
