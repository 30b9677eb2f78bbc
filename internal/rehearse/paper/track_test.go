package paper

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/install"
)

// until waits for what the server does on its own threads.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *served) attempt(t *testing.T) install.Attempt {
	t.Helper()
	a, ok := s.app.Attempt("node1")
	if !ok {
		t.Fatal("node1 has no attempt")
	}
	return a
}

// An installer that loses its power says nothing more: the silence is noticed,
// what it asked for last is known, and a new attempt installs the machine.
func TestInstallerKilledHalfWayIsStalledAndInstalledByAnotherAttempt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings string
		limit    time.Duration
	}{
		"the usual time-out":      {"", 15 * time.Minute},
		"one of the settings":     {"stalled-after: {installing: 90s}\n", 90 * time.Second},
		"the other stage's is no": {"stalled-after: {booting: 30s}\n", 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, "192.0.2.150/24", one+c.settings, imported(t, "debian-13", medium(t, "amd64")))
			m := s.box(BIOS)
			m.Cut = "/main/binary-amd64/Packages.gz"
			first := boot(t, m)
			args := slices.Clone(first.Args) // its log goes elsewhere: a line may overtake a request on the way, or be overtaken
			args[slices.Index(args, "log_host=192.0.2.150")] = "log_host=192.0.2.77"
			if err := m.Install(t.Context(), args); !errors.Is(err, ErrCut) {
				t.Fatalf("the installer ended with %v:\n%s", err, m.Transcript())
			}
			const last = "dists/trixie/Release"
			var a install.Attempt // a request is noted once it is answered: the next may be noted before it
			until(t, "the answer file and the last request are noted", func() bool {
				a = s.attempt(t)
				return a.State == install.Installing && strings.Contains(a.LastText, last)
			})
			s.app.Sweep(a.LastAt.Add(c.limit - time.Millisecond))
			if a = s.attempt(t); a.State != install.Installing {
				t.Fatalf("%s before the time-out: %s", a.State, a.Why)
			}
			s.app.Sweep(a.LastAt.Add(c.limit))
			if a = s.attempt(t); a.State != install.Stalled || !strings.Contains(a.Why, last) || !strings.Contains(a.Why, "silent for "+c.limit.String()) {
				t.Fatalf("at the time-out it is %s: %q", a.State, a.Why)
			}
			if !s.saw(install.Reported, "stalled: silent for") {
				t.Error("that it stalled is not in the record")
			}
			again, err := s.app.Arm("node1")
			if err != nil {
				t.Fatal(err)
			}
			m.Cut = ""
			second := boot(t, m)
			if second.Kernel == 0 {
				t.Fatalf("the re-armed machine %s:\n%s", second, m.Transcript())
			}
			if err := m.Install(t.Context(), second.Args); err != nil {
				t.Fatalf("%v; so far:\n%s", err, m.Transcript())
			}
			if o := boot(t, m); !o.Disk {
				t.Errorf("once installed it %s", o)
			}
			if got := s.attempt(t); got.ID != again.ID || got.ID == a.ID || got.State != install.Done {
				t.Errorf("attempt %d (%d was armed) is %s", got.ID, again.ID, got.State)
			}
		})
	}
}

// installing serves, and brings a machine so far that its installer has its
// answer file; say sends lines of that one's log.
func installing(t *testing.T, settings string) (s *served, say func(lines ...string)) {
	t.Helper()
	s = serve(t, "192.0.2.150/24", settings, imported(t, "debian-13", medium(t, "amd64")))
	m := s.box(BIOS)
	m.Cut = "/dists/"
	args := boot(t, m).Args
	if value(args, "DEBCONF_DEBUG=") != "developer" {
		t.Errorf("the installer is not told to log what it asks: %q", args)
	}
	if err := m.Install(t.Context(), args); !errors.Is(err, ErrCut) {
		t.Fatal(err)
	}
	if ok, err := m.lease(t.Context(), installer); err != nil || !ok {
		t.Fatal(ok, err)
	}
	t.Cleanup(func() { m.leave() })
	return s, func(lines ...string) {
		if err := m.logs(args, lines...); err != nil {
			t.Fatal(err)
		}
	}
}

// A question is named, explained and, once answered, over.
func TestQuestionOfTheInstallerIsNamedAndExplained(t *testing.T) {
	t.Parallel()
	settings := strings.Replace(one, "dns: [192.0.2.1], ", "", 1)
	s, say := installing(t, settings)
	say("debconf: --> SET passwd/root-password hunter2", "debconf: <-- 0 value set",
		"debconf: --> INPUT critical netcfg/get_nameservers", "debconf: <-- 0 question will be asked", "debconf: --> GO")
	until(t, "the question is open", func() bool { return s.attempt(t).Question == "netcfg/get_nameservers" })
	a := s.attempt(t)
	if a.Asked.IsZero() {
		t.Error("since when is not known")
	}
	at := s.app.Standing(a)
	const want = `netcfg/get_nameservers ("Name server addresses:"): subnet 192.0.2.0/24 hands out no DNS; add dns: to the subnet (rule D004)`
	if at.Asks == nil || at.Asks.Named()+": "+at.Asks.Sentence() != want {
		t.Errorf("got %+v\nwant %s", at.Asks, want)
	}
	until(t, "it is in the record", func() bool { return s.saw(install.Reported, "hands out no DNS; add dns: to the subnet (rule D004)") })
	say("debconf: <-- 0 ok")
	until(t, "the question is over", func() bool { return s.attempt(t).Question == "" })
	text, err := s.app.Log(a.ID)
	if err != nil || !strings.Contains(string(text), "debconf: --> INPUT critical netcfg/get_nameservers\n") || strings.Contains(string(text), "hunter2") {
		t.Errorf("the log that is kept, %v:\n%s", err, text)
	}
}

// What lint finds in the machine's own answer file explains its question
// better than the catalogue, which names every cause there may be.
func TestAQuestionIsExplainedByTheMachinesOwnFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "own.cfg")
	if err := os.WriteFile(file, []byte(`d-i mirror/country string manual
d-i mirror/http/hostname string 192.0.2.150
d-i mirror/http/directory string /images/debian-13
d-i mirror/http/proxy string
d-i partman-auto/method string regular
d-i partman-auto/choose_recipe select atomic
d-i partman/confirm boolean true
`), 0o644); err != nil {
		t.Fatal(err)
	}
	s, say := installing(t, strings.Replace(one, `install: {root-password: "$6$saltsalt$bmF2ZXIgYSByZWFsIHBhc3N3b3Jk"}`, "answer-file: "+file, 1))
	for key, want := range map[string]string{
		"partman-auto/init_automatically_partition": "no method of partitioning is answered, or there are several disks and none is chosen; set partman-auto/method to regular, lvm, crypto or raid, and partman-auto/disk where there are several disks (rules A011, A013, K006)",
		"partman/confirm_nooverwrite":               "partman/confirm_nooverwrite is not answered; set partman/confirm_nooverwrite to true (rule A015)",
	} {
		say("debconf: --> INPUT critical "+key, "debconf: <-- 0 question will be asked", "debconf: --> GO")
		until(t, key+" is open", func() bool { return s.attempt(t).Question == key })
		for range 2 { // found out once, then remembered
			if got := s.app.Standing(s.attempt(t)).Asks; got == nil || got.Sentence() != want {
				t.Errorf("%s:\ngot  %+v\nwant %s", key, got, want)
			}
		}
		until(t, key+" is in the record", func() bool { return s.saw(install.Reported, want) })
		say("debconf: <-- 0 ok")
		until(t, key+" is over", func() bool { return s.attempt(t).Question == "" })
	}
}
