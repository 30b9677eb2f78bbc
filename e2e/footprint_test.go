//go:build e2e

package e2e

import (
	"debug/elf"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What one idle server may cost (docs: a small VM or a router must do).
const (
	maxMemory = 60 << 20 // bytes resident
	maxBinary = 60 << 20
	maxStart  = 300 * time.Millisecond // from exec to an answer of /healthz
	maxImport = time.Second
)

// TestShortFootprint measures the program at rest.
func TestShortFootprint(t *testing.T) {
	t.Run("OneStaticFile", static)
	t.Run("ImportIsQuick", quickImport)
	t.Run("StartAndMemory", startAndMemory)
}

func static(t *testing.T) {
	bin := seedbed(t)
	st, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the program is %.1f MB", float64(st.Size())/1e6)
	if st.Size() > maxBinary {
		t.Errorf("the program is %d bytes, more than %d", st.Size(), maxBinary)
	}
	f, err := elf.Open(bin)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) > 0 {
		t.Errorf("it needs the libraries %v (%v)", libs, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it needs a dynamic linker")
		}
	}
}

func quickImport(t *testing.T) {
	iso, ok := testISO()
	if !ok {
		t.Skip("needs a medium: SEEDBED_TEST_ISO, or make medium")
	}
	best := time.Hour
	for range 3 {
		v := &server{t: t, space: newSpace(t), bin: seedbed(t), state: filepath.Join(scratch(t), "state")}
		start := time.Now()
		v.cli(t, "import", iso, "--name", "medium")
		best = min(best, time.Since(start))
	}
	t.Logf("importing %s took %s, the best of 3", filepath.Base(iso), best.Round(time.Millisecond))
	if best > maxImport {
		t.Errorf("importing took %s, more than %s", best, maxImport)
	}
}

func startAndMemory(t *testing.T) {
	room, _ := classicNet(t)
	v := newServer(t, room, netbootTree(t), classic)
	best := time.Hour
	for i := range 5 {
		if i > 0 {
			v.stop(t)
		}
		start := time.Now()
		v.launch(t)
		answers(t, v)
		best = min(best, time.Since(start))
	}
	t.Logf("from exec to an answer of /healthz: %s, the best of 5", best.Round(time.Millisecond))
	if best > maxStart {
		t.Errorf("the start took %s, more than %s", best, maxStart)
	}
	v.says(t, "msg=serving", 5*time.Second)
	time.Sleep(3 * time.Second) // idle is what is measured
	kib := status(t, v.cmd.Process.Pid, "VmRSS")
	t.Logf("idle with one image: VmRSS %.1f MB, at most %.1f MB so far", float64(kib)*1024/1e6, float64(status(t, v.cmd.Process.Pid, "VmHWM"))*1024/1e6)
	if kib<<10 > maxMemory {
		t.Errorf("VmRSS is %d KiB, more than %d", kib, maxMemory>>10)
	}
	v.stop(t)
}

// answers waits for /healthz, from within the namespace.
func answers(t *testing.T, v *server) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := v.space.do(func() error {
			conn, err := net.DialTimeout("tcp4", serverAddr+":80", 5*time.Second)
			if err != nil {
				return err
			}
			defer conn.Close()
			c := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
				Dial: func(string, string) (net.Conn, error) { return conn, nil }}}
			r, err := c.Get("http://" + serverAddr + "/healthz")
			if err == nil {
				r.Body.Close()
			}
			return err
		})
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no answer: %v\n%s", err, v.log)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// status is a number of /proc/PID/status.
func status(t *testing.T, pid int, key string) int {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s in /proc", key)
	return 0
}
