package iso

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// realMedium opens the image that SEEDBED_TEST_ISO names.
func realMedium(t testing.TB) (*Image, string) {
	t.Helper()
	name := os.Getenv("SEEDBED_TEST_ISO")
	if name == "" {
		t.Skip("SEEDBED_TEST_ISO does not name an installation medium")
	}
	begin := time.Now()
	m, err := Open(name)
	check(t, err)
	t.Cleanup(func() { m.Close() })
	if took := time.Since(begin); took > time.Second {
		t.Errorf("opening took %v", took)
	}
	return m, name
}

// Every file of a real medium reads as xorriso extracts it. It writes the whole
// medium to a temporary directory, so it wants SEEDBED_TEST_ISO_EXTRACT=1 too.
func TestRealMediumEqualsWhatXorrisoExtracts(t *testing.T) {
	m, name := realMedium(t)
	if os.Getenv("SEEDBED_TEST_ISO_EXTRACT") == "" {
		t.Skip("SEEDBED_TEST_ISO_EXTRACT is not set: extracting the medium takes space and time")
	}
	dir := filepath.Join(t.TempDir(), "x")
	if b, err := exec.Command("xorriso", "-osirrox", "on", "-indev", name, "-extract", "/", dir).CombinedOutput(); err != nil {
		t.Fatalf("xorriso: %v\n%s", err, b)
	}
	exec.Command("chmod", "-R", "u+w", dir).Run() // so that TempDir can be removed
	got, n := digests(t, m)
	want, _ := digests(t, os.DirFS(dir))
	compare(t, got, want)
	t.Logf("%d names, %d bytes equal", len(got), n)
	// go-diskfs takes no Rock Ridge entries of 44 bytes, as this medium has
	// them: it is compared on another mastering of the same files.
	again := master(t, dir, "xorriso", "-as", "mkisofs", "-R")
	if n, lost := againstDiskfs(t, again); n == 0 || lost > 0 {
		t.Errorf("%d files compared with go-diskfs, %d not found by it", n, lost)
	} else {
		t.Logf("%d files equal by go-diskfs", n)
	}
}

// digests is snapshot with SHA-256 for content.
func digests(t *testing.T, fsys fs.FS) (map[string]string, int64) {
	var total int64
	out := map[string]string{}
	check(t, fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			out[p] = "dir"
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := fs.ReadLink(fsys, p)
			out[p] = "-> " + target
			return err
		}
		f, err := fsys.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		h := sha256.New()
		n, err := io.Copy(h, f)
		total += n
		out[p] = fmt.Sprintf("%x", h.Sum(nil))
		return err
	}))
	return out, total
}

func BenchmarkOpenRealMedium(b *testing.B) {
	_, name := realMedium(b)
	for b.Loop() {
		m, err := Open(name)
		check(b, err)
		m.Close()
	}
}

func BenchmarkWalkRealMedium(b *testing.B) {
	_, name := realMedium(b)
	names := 0
	for b.Loop() {
		m, err := Open(name)
		check(b, err)
		names = 0
		check(b, fs.WalkDir(m, ".", func(_ string, _ fs.DirEntry, err error) error { names++; return err }))
		m.Close()
	}
	b.ReportMetric(float64(names), "names")
}

func BenchmarkStatRealMedium(b *testing.B) {
	m, _ := realMedium(b)
	var names []string
	check(b, fs.WalkDir(m, ".", func(p string, _ fs.DirEntry, err error) error { names = append(names, p); return err }))
	i := 0
	for b.Loop() {
		if _, err := m.Lstat(names[i%len(names)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
