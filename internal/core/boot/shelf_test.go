package boot

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// gone says that the path has nothing, by either kind of error.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || fault.KindOf(err) == fault.NotFound
}

func TestPathsLeadToTheirBytes(t *testing.T) {
	const d = "install/netboot/debian-installer/amd64/"
	for path, want := range map[string]string{
		"pxelinux.0":                                     "host:pxelinux.0",
		"/pxelinux.0":                                    "host:pxelinux.0",
		"ldlinux.c32":                                    "host:ldlinux.c32",
		"/boot/pxelinux.0":                               "host:pxelinux.0",
		"undionly.kpxe":                                  "host:undionly.kpxe",
		"boot/debian-13/linux":                           "debian-13:" + d + "linux",
		"/boot/debian-13/initrd.gz":                      "debian-13:" + d + "initrd.gz",
		"boot/debian-13/bootnetx64.efi":                  "debian-13:" + d + "bootnetx64.efi",
		"boot/debian-13//grubx64.efi":                    "debian-13:" + d + "grubx64.efi",
		"//grubx64.efi":                                  "debian-13:" + d + "grubx64.efi",
		`\grubx64.efi`:                                   "debian-13:" + d + "grubx64.efi",
		"boot/debian-13-arm64/grubaa64.efi":              "debian-13-arm64:install/netboot/debian-installer/arm64/grubaa64.efi",
		"boot/gone/snponly.efi":                          "host:snponly.efi",
		"/images/debian-13/" + d + "linux":               "debian-13:" + d + "linux",
		"/debian-installer/amd64/grub/x86_64-efi/fs.lst": "list",
	} {
		if got, _, err := newBench(nil).get(path); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", path, got, err, want)
		}
	}
}

func TestPathsThatLeadNowhere(t *testing.T) {
	for _, path := range []string{"", "/", "..", "../etc/passwd", "/images/../../etc/passwd", "images/debian-13/../../x", "boot/../x", "boot/debian-13/../linux",
		"images/nothing/x", "boot", "boot/debian-13", "no-such-file", "boot/debian-13/no-such-file", "a/./b", strings.Repeat("a/", 5000),
		"images/debian-13/\x00", "pxelinux.cfg/C0A80064", "pxelinux.cfg/564d273c-0102-0304-0506-070883d1d100", "grub.cfg-C0A80064",
		"answer/", "answer/x", "answer/NOSUCHTOKEN/preseed.cfg", "answer/pick/node1/debian/preseed.cfg", "answer//preseed.cfg"} {
		if text, _, err := newBench(nil).get(path); err == nil || !gone(err) {
			t.Errorf("%.40q: %q, %v", path, text, err)
		}
	}
}

func TestUsersOwnTFTPRootWins(t *testing.T) {
	b := newBench(nil)
	b.shelf.User = fstest.MapFS{"pxelinux.0": {Data: []byte("mine")}, "firmware/bios.bin": {Data: []byte("bios")}, "pxelinux.cfg/default": {Data: []byte("my menu")}}
	for path, want := range map[string]string{"/pxelinux.0": "mine", "firmware/bios.bin": "bios", "pxelinux.cfg/default": "my menu", "ldlinux.c32": "host:ldlinux.c32"} {
		if got, _, err := b.get(path); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", path, got, err, want)
		}
	}
}

func TestImagesAreListedAndBareDirectoriesToo(t *testing.T) {
	for _, path := range []string{"images/debian-13", "/images/debian-13/", "images/debian-13/dists"} {
		_, c, err := newBench(nil).get(path)
		if err != nil || c.Dir == nil || len(c.Dir) == 0 {
			t.Errorf("%q: %v, %v", path, c.Dir, err)
		}
	}
}

// The page of an image's tree has a way up.
func TestTheImagesThemselvesAreListed(t *testing.T) {
	for _, path := range []string{"images", "/images/"} {
		_, c, err := newBench(nil).get(path)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range c.Dir {
			names = append(names, e.Name())
			if _, err := e.Info(); err != nil || !e.IsDir() {
				t.Errorf("%s is no directory: %v", e.Name(), err)
			}
		}
		if !slices.Contains(names, "debian-13") {
			t.Errorf("%q: %q", path, names)
		}
	}
}

func TestScriptIsTheAskingMachines(t *testing.T) {
	b := newBench(nil)
	for _, path := range []string{"pxelinux.cfg/01-" + mac1.Hyphened(), "pxelinux.cfg/default", "boot/01-" + mac1.Hyphened() + "/boot.ipxe", "boot.ipxe",
		"autoexec.ipxe", "grub.cfg", "grub/grub.cfg-01-" + mac1.Hyphened(), "/debian-installer/amd64/grub/grub.cfg", "//pxelinux.cfg/default"} {
		text, c, err := b.get(path)
		if err != nil || !strings.Contains(text, "/boot/debian-13/linux") || c.Event.Machine != "node1" || c.Event.Step != install.Scripted {
			t.Errorf("%q: %v, %+v\n%s", path, err, c.Event, text)
		}
	}
	// By its lease it is node1, by the path it is another: the path wins.
	text, c, err := b.get("pxelinux.cfg/01-02-00-00-00-00-09")
	if err != nil || c.Event.Machine != "m-020000000009" || !strings.Contains(text, "menu.c32") {
		t.Errorf("%v %q\n%s", err, c.Event.Machine, text)
	}
}

func TestAnswerFileNeedsItsToken(t *testing.T) {
	b := newBench(nil)
	d := b.DecideScript(b.node1(t), noon, place)
	att, ok := b.ledger.Current("node1")
	if !ok || d.Attempt != att.ID {
		t.Fatalf("%+v, %+v", d, att)
	}
	for name, step := range map[string]install.Step{"preseed.cfg": install.Answered, "late.sh": install.Answered} {
		text, c, err := b.get("/answer/" + att.Token + "/" + name)
		if err != nil || text == "" || !c.Secret || c.Keep == nil || c.Event.Step != step || c.Event.Attempt != att.ID {
			t.Errorf("%s: %v, %+v", name, err, c)
		}
		if strings.Contains(c.Event.Path+c.Event.Text, att.Token) {
			t.Errorf("%s: the token is in the event, which people are shown: %+v", name, c.Event)
		}
	}
	for _, path := range []string{"answer/" + att.Token, "answer/" + att.Token + "/passwd", "answer/" + strings.ToLower(att.Token) + "/preseed.cfg",
		"answer/" + att.Token[:25] + "/preseed.cfg", "answer/" + att.Token + "/../preseed.cfg"} {
		if _, _, err := b.get(path); !gone(err) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// picked is the address of an answer file in the menu of a machine.
func picked(t *testing.T, b *bench, m machine.Machine) string {
	t.Helper()
	for _, e := range b.DecideScript(m, noon, place).Menu.Entries {
		if e.Label != "debian" {
			continue
		}
		for _, a := range e.Target.Args {
			if path, ok := strings.CutPrefix(a, "url=http://192.0.2.150"); ok {
				return path
			}
		}
	}
	t.Fatal("the menu has no entry with an answer file")
	return ""
}

func TestPickingFromTheMenuArmsOnFetchingTheAnswers(t *testing.T) {
	b := newBench(nil)
	b.Roster.Declare([]machine.Machine{{Name: "node2", MACs: []machine.MAC{mac1}}})
	m, _ := b.Roster.Get("node2")
	path := picked(t, b, m)
	if _, armed := b.ledger.Current("node2"); armed {
		t.Fatal("showing the menu armed the machine")
	}
	text, c, err := b.get(path)
	att, ok := b.ledger.Current("node2")
	if err != nil || !ok || att.Profile != "debian" || c.Event.Attempt != att.ID {
		t.Fatalf("%v, %+v", err, att)
	}
	if !strings.Contains(text, "/answer/"+att.Token+"/late.sh") || strings.Contains(text, "/pick/") {
		t.Errorf("its answers lead to addresses that end with this process:\n%s", text)
	}
	if _, _, err := b.get(path); err != nil {
		t.Error(err)
	}
	if again, _ := b.ledger.Current("node2"); again.ID != att.ID {
		t.Errorf("fetching twice made attempt %d of %d", again.ID, att.ID)
	}
}

func TestForgedPickIsNotFound(t *testing.T) {
	b := newBench(nil)
	b.Roster.Declare([]machine.Machine{{Name: "node2", MACs: []machine.MAC{mac1}}, {Name: "node3", MACs: []machine.MAC{{3}}}})
	m, _ := b.Roster.Get("node2")
	path := picked(t, b, m)
	sign := strings.Split(path, "/")[5]
	for _, forged := range []string{
		strings.Replace(path, sign, strings.Repeat("0", len(sign)), 1), strings.Replace(path, sign, "", 1), strings.Replace(path, sign, sign+"0", 1),
		strings.Replace(path, "node2", "node3", 1), strings.Replace(path, "/debian/", "/arm/", 1),
		picked(t, newBenchLike(b), m), // of another process
	} {
		if _, _, err := b.get(forged); !gone(err) {
			t.Errorf("%s: %v", forged, err)
		}
	}
	for _, name := range []string{"node2", "node3"} {
		if _, armed := b.ledger.Current(name); armed {
			t.Errorf("%s was armed by a forgery", name)
		}
	}
}

// newBenchLike is a new process with the same machines.
func newBenchLike(b *bench) *bench {
	n := newBench(nil)
	n.Roster.Declare(b.Roster.All())
	return n
}

func TestCallbackNeedsItsToken(t *testing.T) {
	b := newBench(nil)
	b.DecideScript(b.node1(t), noon, place)
	att, _ := b.ledger.Current("node1")
	call := func(path string) (install.Event, error) {
		return b.shelf.Callback(Asked{At: noon, Path: path, Client: ip("203.0.113.9"), Place: place})
	}
	if e, err := call("/events/" + att.Token + "/installed"); err != nil || e.Step != install.Installed || e.Attempt != att.ID || e.Machine != "node1" || strings.Contains(e.Path, att.Token) {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := call("/events/" + att.Token + "/failed"); err != nil || e.Step != install.Reported || !e.Failed {
		t.Errorf("%+v, %v", e, err)
	}
	for _, path := range []string{"/events/", "/events/installed", "/events/x/installed", "/events/" + att.Token, "/events/" + att.Token + "/hacked",
		"/events/pick/node1/debian/0123/installed", "/answer/" + att.Token + "/installed"} {
		if e, err := call(path); !gone(err) {
			t.Errorf("%s: %+v, %v", path, e, err)
		}
	}
}

func TestUsersOwnScriptsWinOverGeneratedOnes(t *testing.T) {
	mine := func(names ...string) fstest.MapFS {
		m := fstest.MapFS{}
		for _, n := range names {
			m[n] = &fstest.MapFile{Data: []byte("my " + n)}
		}
		return m
	}
	known, stranger := mac1.Hyphened(), "02-00-00-00-00-09"
	const none, ours = "not found", "ours"
	for _, c := range []struct {
		files fstest.MapFS
		path  string
		want  string
	}{
		{mine("pxelinux.cfg/01-" + known), "/pxelinux.cfg/01-" + known, "my pxelinux.cfg/01-" + known},
		{mine("pxelinux.cfg/01-" + known), "pxelinux.cfg/default", ours},
		// PXELINUX goes on to the name that the user has.
		{mine("pxelinux.cfg/C000020E"), "pxelinux.cfg/01-" + known, none},
		{mine("pxelinux.cfg/C000020E"), "pxelinux.cfg/C000020E", "my pxelinux.cfg/C000020E"},
		{mine("pxelinux.cfg/C0000"), "pxelinux.cfg/01-" + known, none},
		{mine("pxelinux.cfg/C0000"), "pxelinux.cfg/C0000", "my pxelinux.cfg/C0000"},
		{mine("pxelinux.cfg/C0A8"), "pxelinux.cfg/01-" + stranger, ours},
		{mine("pxelinux.cfg/default"), "pxelinux.cfg/01-" + stranger, none},
		{mine("pxelinux.cfg/default"), "pxelinux.cfg/default", "my pxelinux.cfg/default"},
		// A general file does not undo what a machine's profile says.
		{mine("pxelinux.cfg/default"), "pxelinux.cfg/01-" + known, ours},
		{mine("grub/grub.cfg-01-" + stranger), "grub/grub.cfg-01-" + stranger, "my grub/grub.cfg-01-" + stranger},
		{mine("grub/grub.cfg-C0"), "/grub/grub.cfg-01-" + stranger, none},
		{mine("grub/grub.cfg"), "/grub/grub.cfg-01-" + stranger, none},
		{mine("grub/grub.cfg"), "/grub/grub.cfg", "my grub/grub.cfg"},
		{mine("grub.cfg"), "/debian-installer/amd64/grub/grub.cfg", ours}, // asked for by node1's address
		{mine("boot.ipxe"), "boot/01-" + stranger + "/boot.ipxe", "my boot.ipxe"},
		{mine("boot.ipxe"), "boot/01-" + known + "/boot.ipxe", ours},
		{mine("boot.ipxe"), "boot.ipxe", "my boot.ipxe"},
	} {
		b := newBench(nil)
		b.shelf.User = c.files
		got, _, err := b.get(c.path)
		switch {
		case gone(err):
			got = none
		case err != nil:
			got = err.Error()
		case strings.Contains(got, "Seedbed"):
			got = ours
		}
		if got != c.want {
			t.Errorf("with %v, %s is %q, want %q", c.files, c.path, got, c.want)
		}
	}
	// Where nobody has a profile, the general GRUB file is found under the
	// prefix that a loader has built in.
	b := newBench(nil)
	b.Roster.Declare([]machine.Machine{{Name: "node1", MACs: []machine.MAC{mac1}}})
	b.shelf.User = mine("grub.cfg")
	if got, _, err := b.get("/debian-installer/amd64/grub/grub.cfg"); err != nil || got != "my grub.cfg" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSubiquitysReportsBecomeEvents(t *testing.T) {
	b := newBench(nil)
	b.DecideScript(b.node1(t), noon, place)
	att, _ := b.ledger.Current("node1")
	for body, want := range map[string]install.Event{
		`{"name":"subiquity/Install/install/curtin_install","description":"installing system","event_type":"start"}`:                  {Text: `installer: "installing system"`},
		`{"name":"subiquity/Install/install/curtin_install","description":"installing system","event_type":"finish","result":"FAIL"}`: {Text: `the installer failed: "installing system"`, Failed: true},
		`{"name":"x","event_type":"finish","result":"SUCCESS"}`:                                                                       {},
		``: {},
	} {
		e, err := b.shelf.Callback(Asked{At: noon, Path: "/events/" + att.Token + "/report", Place: place, Body: []byte(body)})
		if err != nil || e.Text != want.Text || e.Failed != want.Failed || e.Attempt != att.ID || e.Machine != "node1" || e.Step != install.Reported {
			t.Errorf("%s: %+v, %v", body, e, err)
		}
	}
	if _, err := b.shelf.Callback(Asked{At: noon, Path: "/events/x/report", Place: place}); !gone(err) {
		t.Errorf("without its token: %v", err)
	}
}
