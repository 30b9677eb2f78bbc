package kickseed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"seedbed/internal/oracle"
)

// harness runs the real kickseed on $1 as the installer's initrd-kickseed does,
// but that %pre scripts are kept and not run. What it writes goes below $2.
const harness = `SPOOL=$2/spool
SUPPORTEDLOCALES=$2/none
. "$KICKSEED/kickseed.sh"
ks_log() { printf '%s\n' "$*" >> "$SPOOL/../log"; }
ks_preseed() { echo "$@" >> "$SPOOL/parse/preseed.cfg"; }
ks_run_script() { cp "$4" "$SPOOL/../pre"; }
ks_write_script() { cat > /dev/null; }
kickseed "$1"
`

// realScripts are the real kickseed, run by busybox's shell with busybox's programs.
type realScripts struct {
	scripts string // the folder with kickseed.sh
	bin     string // of links to busybox
	harness string
}

// realKickseed finds the scripts of the udeb kickseed-common, as tools/udebs
// unpacks it, or skips the test.
func realKickseed(t testing.TB) *realScripts {
	t.Helper()
	scripts := oracle.Udeb(t, "SEEDBED_KICKSEED", "kickseed-common/lib/kickseed")
	o := &realScripts{scripts: scripts, bin: t.TempDir()}
	o.harness = filepath.Join(o.bin, "harness")
	if err := os.WriteFile(o.harness, []byte(harness), 0o644); err != nil {
		t.Fatal(err)
	}
	oracle.BusyBox(t, o.bin, "sh", "cat", "chmod", "cp", "getopt", "grep", "mkdir", "mv", "printf", "rm", "sed", "sort", "touch")
	return o
}

// outcome is what kickseed leaves behind.
type outcome struct {
	preseed, log, pre string
	post              []string
	failed, hung      bool
}

// run runs kickseed on a text in an empty folder. The text is evaluated: it must
// be one that a test wrote.
func (o *realScripts) run(t testing.TB, text string, limit time.Duration) outcome {
	dir, err := os.MkdirTemp(o.bin, "run")
	if err != nil {
		t.Error(err)
		return outcome{}
	}
	defer os.RemoveAll(dir)
	file, cwd := filepath.Join(dir, "ks"), filepath.Join(dir, "cwd")
	if os.Mkdir(cwd, 0o755) != nil || os.WriteFile(file, []byte(text), 0o644) != nil {
		t.Error("no room for a run")
		return outcome{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(o.bin, "sh"), "-e", o.harness, file, dir)
	cmd.Dir = cwd
	cmd.Env = []string{"PATH=" + o.bin, "KICKSEED=" + o.scripts, "HANDLERS=" + filepath.Join(o.scripts, "handlers")}
	// A looping kickseed has children; they end with it, not after it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err = cmd.Run()
	read := func(name string) string {
		b, _ := os.ReadFile(filepath.Join(dir, name))
		return string(b)
	}
	out := outcome{preseed: read("spool/parse/preseed.cfg"), log: read("log"), pre: read("pre"), failed: err != nil, hung: ctx.Err() != nil}
	for i := 0; ; i++ {
		base := fmt.Sprintf("spool/parse/post/%d.", i)
		script, err := os.ReadFile(filepath.Join(dir, base+"script"))
		if err != nil {
			return out
		}
		_, err = os.Stat(filepath.Join(dir, base+"chroot"))
		out.post = append(out.post, fmt.Sprintf("%v %s\n%s", err == nil, strings.TrimSpace(read(base+"interpreter")), script))
	}
}

// ours is the same from Translate.
func ours(text string, v Variant) outcome {
	r := Translate(Parse(text), v)
	out := outcome{preseed: r.Preseed()}
	for _, f := range r.Findings {
		if f.Log != "" {
			out.log += f.Log + "\n"
		}
		out.failed = out.failed || f.Effect == Aborts
		out.hung = out.hung || f.Effect == Hangs
	}
	if r.Pre != nil {
		out.pre = r.Pre.Text
	}
	for _, s := range r.Post {
		out.post = append(out.post, fmt.Sprintf("%v %s\n%s", s.Chroot, s.Interpreter, s.Text))
	}
	return out
}

// differs compares two outcomes; "" when they agree.
func differs(got, want outcome) string {
	switch {
	case got.preseed != want.preseed:
		return fmt.Sprintf("preseed\ngot:\n%s\nreal:\n%s", got.preseed, want.preseed)
	case want.hung:
		return "end: the real one hangs"
	case got.failed != want.failed:
		return fmt.Sprintf("aborts: got %v, real %v", got.failed, want.failed)
	case got.log != want.log:
		return fmt.Sprintf("log\ngot:\n%s\nreal:\n%s", got.log, want.log)
	case got.pre != want.pre:
		return fmt.Sprintf("%%pre\ngot:\n%q\nreal:\n%q", got.pre, want.pre)
	case !slices.Equal(got.post, want.post):
		return fmt.Sprintf("%%post\ngot:\n%q\nreal:\n%q", got.post, want.post)
	}
	return ""
}

// variantOf the scripts found: SEEDBED_KICKSEED_VARIANT names another than
// Debian's.
func variantOf(t testing.TB) Variant {
	name := os.Getenv("SEEDBED_KICKSEED_VARIANT")
	if name == "" {
		return Debian12
	}
	v, ok := For(name)
	if !ok {
		t.Fatalf("SEEDBED_KICKSEED_VARIANT: no kickseed in %q", name)
	}
	return v
}

func TestTheRealKickseedGivesTheSamePreseed(t *testing.T) {
	o := realKickseed(t)
	v := variantOf(t)
	n := 300
	if s := os.Getenv("SEEDBED_KICKSEED_FILES"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	texts := slices.Concat(written(t), generated(n))
	work := make(chan string)
	var wait sync.WaitGroup
	var lock sync.Mutex
	agreed := 0
	for range max(2, runtime.NumCPU()) {
		wait.Go(func() {
			for text := range work {
				d := differs(ours(text, v), o.run(t, text, 20*time.Second))
				lock.Lock()
				if d == "" {
					agreed++
				} else {
					t.Errorf("%s\ndiffers in its %s", text, d)
				}
				lock.Unlock()
			}
		})
	}
	tried := 0
	for _, text := range texts {
		if hangs := ours(text, v).hung; !hangs { // those have a test of their own
			work <- text
			tried++
		}
	}
	close(work)
	wait.Wait()
	t.Logf("%d of %d files: the real kickseed (%s) and ours give the same preseed, log and scripts", agreed, tried, v.Name)
	if tried < 300 {
		t.Errorf("only %d files", tried)
	}
}

func TestTheRealKickseedHangsWhereWeSaySo(t *testing.T) {
	o := realKickseed(t)
	v := variantOf(t)
	for _, text := range []string{
		"bootloader --upgrade\n",
		"lang en_US\nbootloader --location=mbr --upg\n",
		"url --url http://host\n",
		"url --url gopher://host/path\n",
		"volgroup vg pv.1 --useexisting\n",
		"volgroup vg pv.1 --noformat\n",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			real, got := o.run(t, text, time.Second), ours(text, v)
			if !real.hung || !got.hung {
				t.Errorf("hangs in the real one: %v, in ours: %v", real.hung, got.hung)
			}
			// It writes the same over and over, if it writes.
			if !strings.HasPrefix(real.preseed, got.preseed) && !strings.HasPrefix(got.preseed, real.preseed) {
				t.Errorf("got\n%.200s\nreal\n%.200s", got.preseed, real.preseed)
			}
		})
	}
}
