package app_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"seedbed/internal/core/boot"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/disk/tree"
	"seedbed/internal/wire/httpboot"
)

// nobody has a lease.
type nobody struct{}

func (nobody) ByAddress(netip.Addr) (lease.Lease, bool) { return lease.Lease{}, false }
func (nobody) ByMAC(machine.MAC) (lease.Lease, bool)    { return lease.Lease{}, false }

// aMedium is the one SEEDBED_TEST_ISO names, else a small one made here.
func aMedium(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("xorriso"); err != nil {
		t.Skip("xorriso is not installed: it is the oracle of this test")
	}
	if name := os.Getenv("SEEDBED_TEST_ISO"); name != "" {
		return name
	}
	src, out := t.TempDir(), filepath.Join(t.TempDir(), "small.iso")
	for name, data := range map[string]string{".disk/info": "Debian GNU/Linux 13.1.0 \"Trixie\" - Official amd64 NETINST 20250906-10:22\n", "pool/main/g/g++/g++_4%3a14.2-1_amd64.deb": "a package",
		"dists/trixie/Release": "Codename: trixie\n", "a name with blanks/ü?#%41": "x", "empty": ""} {
		p := filepath.Join(src, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := exec.CommandContext(t.Context(), "xorriso", "-as", "mkisofs", "-R", "-o", out, src).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return out
}

// Every file of a medium comes over HTTP as xorriso extracts it, and the medium
// itself as it lies on the disk.
func TestEveryFileOfAMediumIsServedAsItIs(t *testing.T) {
	iso := aMedium(t)
	begin := time.Now()
	prep, err := tree.Prepare(context.Background(), tree.Order{Medium: iso})
	if err != nil {
		t.Fatal(err)
	}
	defer prep.Close()
	img, err := image.Recognise(prep.Medium, nil)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	img.Name = "medium"
	if err := prep.Keep("medium", func(s map[image.Side]image.Source) error { img.Sources = s; return nil }); err != nil {
		t.Fatal(err)
	}
	shelf := tree.NewShelf()
	defer shelf.Close()
	desk := &boot.Desk{Roster: machine.NewRoster(nil), Leases: nobody{}, Catalogue: image.NewCatalogue([]image.Image{img})}
	desk.Use(boot.Settings{})
	srv := httptest.NewServer(&httpboot.Server{
		Files: &boot.Shelf{Desk: desk, Trees: shelf}, Place: func(netip.Addr) boot.Place { return boot.Place{} },
		Report: func(install.Event) error { return nil }, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	defer srv.Close()

	dir := filepath.Join(t.TempDir(), "x")
	if b, err := exec.CommandContext(t.Context(), "xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/", dir).CombinedOutput(); err != nil {
		t.Fatalf("xorriso: %v\n%s", err, b)
	}
	exec.Command("chmod", "-R", "u+w", dir).Run() // so that TempDir can be removed
	files, bytes := 0, int64(0)
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if st, err := os.Stat(p); err != nil || st.IsDir() {
			return nil // a link to a directory, or to nowhere
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		n := equalOverHTTP(t, srv.URL+(&url.URL{Path: "/images/medium/" + rel}).EscapedPath(), p)
		files, bytes = files+1, bytes+n
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
	equalOverHTTP(t, srv.URL+"/images/medium.iso", iso)
	t.Logf("imported in %v; %d files, %d bytes equal over HTTP, and the .iso itself", took, files, bytes)
}

// equalOverHTTP compares what an address gives with a file, by SHA-256.
func equalOverHTTP(t *testing.T, address, file string) int64 {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got := sha256.New()
	n, err := io.Copy(got, resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", address, resp.Status, err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := sha256.New()
	if _, err := io.Copy(want, f); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%x", got.Sum(nil)) != fmt.Sprintf("%x", want.Sum(nil)) {
		t.Errorf("%s: %d bytes, not those of %s", address, n, file)
	}
	return n
}
