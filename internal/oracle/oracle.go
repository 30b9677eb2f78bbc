package oracle

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Run runs a program that has to end well within 20 seconds.
func Run(t testing.TB, argv ...string) {
	t.Helper()
	if _, err := exec.LookPath(argv[0]); err != nil {
		t.Skipf("%s is not installed: it is the oracle of this test", argv[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if b, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", argv, err, b)
	}
}

// Udeb is a file of the udebs that tools/udebs unpacks, or the path that the
// environment variable env names instead.
func Udeb(t testing.TB, env, file string) string {
	t.Helper()
	path := os.Getenv(env)
	if path == "" {
		cache := os.Getenv("SEEDBED_CACHE")
		if cache == "" {
			home, _ := os.UserHomeDir()
			cache = filepath.Join(home, ".cache/seedbed")
		}
		path = filepath.Join(cache, "udebs", file)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the installer's own is not here (go run ./tools/udebs fetches it): %v", err)
	}
	return path
}

// BusyBox makes links to BusyBox in dir, one a program, as the installer has
// them.
func BusyBox(t testing.TB, dir string, programs ...string) {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("no busybox on this machine: the installer's own shell is missing")
	}
	for _, name := range programs {
		if err := os.Symlink(busybox, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}
