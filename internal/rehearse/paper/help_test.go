package paper

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/app"
	"seedbed/internal/config"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/disk/loader"
	"seedbed/internal/disk/tree"
	"seedbed/internal/golden"
	"seedbed/internal/wire/segment"
)

// matches compares a text with testdata/name, secrets replaced.
func matches(t *testing.T, name, got string) {
	t.Helper()
	got = tokens.ReplaceAllString(got, "TOKEN")
	got = signs.ReplaceAllString(got, "${1}SIGN/")
	golden.Check(t, name, got)
}

var (
	tokens = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)
	signs  = regexp.MustCompile(`(/pick/[^/]+/[^/]+/)[0-9a-f]{32}/`)
)

// write puts a file under dir.
func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// filler is n bytes that are not all alike.
func filler(n int) []byte { return bytes.Repeat([]byte("paper-"), n/6+1)[:n] }

func gz(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.Bytes()
}

const kernelRelease = "6.12.117+deb13"

// kernel is the head of a kernel of that CPU, in 30 kB of padding.
func kernel(cpu string) []byte {
	b := filler(30_000)
	if cpu == "arm64" {
		copy(b[0x38:], "ARM\x64")
		return b
	}
	copy(b[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(b[0x206:], 0x20f)
	binary.LittleEndian.PutUint16(b[0x20e:], 0x2000-0x200)
	b[0x236] |= 1
	copy(b[0x2000:], kernelRelease+"-"+cpu+" (buildd@here) #1 SMP\x00")
	return b
}

// medium makes the tree of an offline Debian medium with its own netboot pair.
func medium(t *testing.T, cpu string) string {
	dir := filepath.Join(t.TempDir(), "medium-"+cpu)
	efi := map[string]string{"amd64": "x64", "arm64": "aa64"}[cpu]
	put := func(name string, data []byte) { write(t, dir, name, data) }
	text := func(name, s string) { put(name, []byte(s)) }
	text(".disk/info", `Debian GNU/Linux 13.8.0 "Trixie" - Official `+cpu+` DVD Binary-1 with firmware 20260905-10:22`)
	text("dists/trixie/Release", "Origin: Debian\nSuite: stable\nVersion: 13.8\nCodename: trixie\nArchitectures: "+cpu+"\n")
	text("dists/trixie/InRelease", "signed")
	put("dists/trixie/main/binary-"+cpu+"/Packages.gz", gz("Package: base-files\n"))
	put("dists/trixie/main/debian-installer/binary-"+cpu+"/Packages.gz", gz("Package: ata-modules-di\nKernel-Version: "+kernelRelease+"-"+cpu+"\n"))
	d := "install/netboot/debian-installer/" + cpu + "/"
	put(d+"linux", kernel(cpu))
	put(d+"initrd.gz", filler(90_000))
	put(d+"bootnet"+efi+".efi", filler(9_000))
	put(d+"grub"+efi+".efi", filler(20_000))
	put(d+"grub/x86_64-efi/command.lst", filler(200))
	text("install/netboot/version.info", "Debian version:  13 (trixie)\nInstaller build: 20250803+deb13u8\n")
	return dir
}

// imported is the image of a medium, read in place.
func imported(t *testing.T, name, dir string) image.Image {
	t.Helper()
	p, err := tree.Prepare(t.Context(), tree.Order{Medium: dir, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	img, err := image.Recognise(p.Medium, p.Netboot)
	if err != nil {
		t.Fatal(err)
	}
	img.Name = name
	if err := p.Keep(name, func(s map[image.Side]image.Source) error { img.Sources = s; return nil }); err != nil {
		t.Fatal(err)
	}
	return img
}

// loaders are a host's: PXELINUX with its modules, and iPXE.
func loaders(t *testing.T) *loader.Set {
	dir := t.TempDir()
	write(t, dir, "usr/lib/PXELINUX/pxelinux.0", filler(42_000))
	for _, m := range []string{"ldlinux.c32", "libutil.c32", "menu.c32"} {
		write(t, dir, "usr/lib/syslinux/modules/bios/"+m, filler(12_000))
	}
	for _, f := range []string{"undionly.kpxe", "snponly.efi", "ipxe.efi"} {
		write(t, dir, "usr/lib/ipxe/"+f, filler(70_000))
	}
	s := loader.Find(dir)
	if !s.Has("pxelinux.0") || !s.Has("menu.c32") {
		t.Fatalf("the loaders were not found: %v", s.Names())
	}
	return s
}

// served is a running server and the wire before it.
type served struct {
	wire *segment.Memory
	app  *app.App

	mu     sync.Mutex
	events []install.Event
}

// saw says whether an event with that step and part of its text was reported.
func (s *served) saw(step install.Step, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Step == step && strings.Contains(e.Text, text) {
			return true
		}
	}
	return false
}

// serve runs the whole server with these settings at that address.
func serve(t *testing.T, addr, settings string, images ...image.Image) *served {
	t.Helper()
	cfg, err := config.Parse("seedbed.yaml", []byte(settings))
	if err != nil {
		t.Fatalf("the settings of the test are bad:\n%v", err)
	}
	wire, err := segment.NewMemory(netip.MustParsePrefix(addr), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &served{wire: wire}
	a, err := app.Open(app.Options{Config: cfg, State: t.TempDir(), Log: slog.New(slog.DiscardHandler), Images: images, Loaders: loaders(t), Force: true,
		OnEvent: func(e install.Event) { s.mu.Lock(); s.events = append(s.events, e); s.mu.Unlock() }})
	if err != nil {
		wire.Close()
		t.Fatal(err)
	}
	s.app = a
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, []segment.Segment{wire}, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("the server ended at its start: %v", err)
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not get ready")
	}
	t.Cleanup(func() {
		cancel()
		wire.Close()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with: %v", err)
		}
		a.Close()
	})
	return s
}

// box is a machine of the test at the server's wire.
func (s *served) box(rom ROM) *Machine {
	mac, _ := machine.ParseMAC("00:0c:29:83:d1:d1")
	return &Machine{Wire: s.wire, MAC: mac, ROM: rom,
		UUID: [16]byte{0x56, 0x4d, 0x27, 0x3c, 1, 2, 3, 4, 5, 6, 7, 8, 0x83, 0xd1, 0xd1, 0}}
}

// boot boots and fails the test on an error of the wire.
func boot(t *testing.T, m *Machine) Outcome {
	t.Helper()
	o, err := m.Boot(t.Context())
	if err != nil {
		t.Fatalf("%v; so far:\n%s", err, m.Transcript())
	}
	return o
}
