package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/archive"
	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/progress"
)

func at(t *testing.T) options {
	t.Helper()
	dir := t.TempDir()
	o := options{out: filepath.Join(dir, "out.iso"), cache: filepath.Join(dir, "cache"), suite: "trixie"}
	if err := o.resolve(); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAnImageIsCurrentUntilSomethingChanges(t *testing.T) {
	o := at(t)
	if _, done, err := openCache(o.cache); err != nil {
		t.Fatal(err)
	} else {
		defer done()
	}
	m := mark(o, "index")
	if o.current(m) {
		t.Error("an image that is not there is current")
	}
	if err := os.WriteFile(o.out, []byte("image"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.stamp(), []byte(o.stamped(m)), 0o644); err != nil {
		t.Fatal(err)
	}
	if !o.current(m) {
		t.Error("the image just made is not current")
	}
	more := o
	more.packages = []string{"nginx"}
	if o.current(mark(more, "index")) || o.current(mark(o, "new index")) {
		t.Error("an image stays current though packages or index changed")
	}
	if err := os.Chtimes(o.out, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if o.current(m) {
		t.Error("another file in the image's place is current")
	}
}

func TestACacheServesOneRunAtATime(t *testing.T) {
	o := at(t)
	work, done, err := openCache(o.cache)
	if err != nil {
		t.Fatal(err)
	}
	var f *fault.Fault
	if _, _, err := openCache(o.cache); !errors.As(err, &f) || f.Kind != fault.Conflict {
		t.Errorf("second run: %v", err)
	}
	done()
	if _, err := os.Stat(work); !os.IsNotExist(err) {
		t.Error("the work folder stays")
	}
	_, done, err = openCache(o.cache)
	if err != nil {
		t.Fatalf("after the first run: %v", err)
	}
	done()
}

func TestResolveRefusesWhatCannotWork(t *testing.T) {
	for _, o := range []options{{out: "/nowhere/at/all/x.iso", cache: "c", suite: "trixie"}, {out: "x.iso", cache: "c", suite: "../x"}, {out: "x.iso", cache: "c"}} {
		if err := o.resolve(); err == nil {
			t.Errorf("%+v passed", o)
		}
	}
	t.Setenv("SEEDBED_CACHE", "/srv/cache")
	o := options{out: "x.iso", suite: "trixie"}
	if err := o.resolve(); err != nil || o.cache != "/srv/cache/offline-medium" {
		t.Errorf("cache %q, %v", o.cache, err)
	}
}

func TestUnknownPackagesAreNamed(t *testing.T) {
	x := control.NewIndex([]control.Stanza{{{Name: "Package", Value: "a"}}})
	_, err := chooseDebs(x, []string{"no-such-package"})
	if err == nil || !strings.Contains(err.Error(), "the archive lacks") {
		t.Errorf("got %v", err)
	}
}

func TestOnlyVitalPackagesMayNotBeLeftOut(t *testing.T) {
	stanza := func(name, priority string) control.Stanza {
		return control.Stanza{{Name: "Package", Value: name}, {Name: "Priority", Value: priority}}
	}
	var out strings.Builder
	r := rebuilder{board: progress.New(&out, false), in: &installer{versions: map[string]string{"anna": "1"}}}
	if err := r.leftOut([]control.Stanza{stanza("anna", "standard"), stanza("brltty-udeb", "optional")}); err != nil {
		t.Error(err)
	}
	if got := out.String(); !strings.Contains(got, "brltty-udeb") || strings.Contains(got, "anna") {
		t.Errorf("warned of %q", got)
	}
	r.mirror = &archive.Mirror{URI: "http://mirror.example/debian"}
	if err := r.leftOut([]control.Stanza{stanza("apt-setup-udeb", "standard")}); err == nil {
		t.Error("a medium that cannot install was let through")
	}
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{{}, {"a.iso", "b.iso"}, {"dir/"}, {"--no-such-flag", "a.iso"}} {
		c := command()
		c.SetArgs(args)
		c.SetOut(io.Discard)
		c.SetErr(io.Discard)
		if err := c.Execute(); err == nil {
			t.Errorf("%q passed", args)
		}
	}
	var help strings.Builder
	c := command()
	c.SetArgs([]string{"--help"})
	c.SetOut(&help)
	if err := c.Execute(); err != nil || !strings.Contains(help.String(), "--require-signed-index") || !strings.Contains(help.String(), "Examples:") {
		t.Errorf("%v: %s", err, help.String())
	}
}
