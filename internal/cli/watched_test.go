package cli

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/disk/store"
	"seedbed/internal/wire/api"
)

// small is a server's inventory of one machine.
type small struct{ *install.Ledger }

func (small) Machines() ([]machine.Machine, error) {
	return []machine.Machine{{Name: "node1", MACs: []machine.MAC{{2, 0, 0, 0, 0, 1}}}}, nil
}
func (small) Leases() ([]lease.Lease, error)        { return nil, nil }
func (small) Images() ([]image.Image, error)        { return nil, nil }
func (small) Rebuilding() time.Time                 { return time.Time{} }
func (small) Standing(install.Attempt) api.Standing { return api.Standing{} }
func (small) Reload() error                         { return nil }
func (small) EndRebuild() error                     { return nil }
func (s small) Install(name string) (a install.Attempt, err error) {
	return s.Arm(name, "debian", "debian-13", time.Now())
}

// serving runs the local door of a server of one machine over a state directory.
func servingSmall(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AppendEvents([]install.Event{{At: noon, Machine: "node1", Step: install.Sighted, Text: "hello"}, {At: noon, Machine: "gone", Step: install.Sighted, Text: "was here"}}); err != nil {
		t.Fatal(err)
	}
	s := small{install.NewLedger(nil, st)}
	l, err := api.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: api.New(api.Parts{Inventory: s, Installs: s, Journal: st, Control: s, Log: slog.New(slog.DiscardHandler)})}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close(); <-done; st.Close() })
	return dir
}

func TestWatchKnowsWhomItWatches(t *testing.T) {
	dir := servingSmall(t)
	for name, c := range map[string]struct {
		code int
		want string
	}{
		"node1":             {0, "hello"},
		"02:00:00:00:00:01": {0, "hello"},
		"02-00-00-00-00-01": {0, "hello"},
		"gone":              {0, "was here"},
		"nobody":            {1, "error: no machine is named \"nobody\"\nhint: seedbed machines lists them\n"},
		"02:00:00:00:00:02": {1, "no machine is named"},
	} {
		var out, errs bytes.Buffer
		args := []string{"--state", dir, "watch", name}
		if c.code == 0 {
			args = append(args, "--once") // the others end by themselves
		}
		if code := Main(args, nil, &out, &errs); code != c.code || !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("watch %s: exit code %d: %s%s", name, code, out.String(), errs.String())
		}
	}
}

func TestInstallSaysWhatItPutsAnEndTo(t *testing.T) {
	dir := servingSmall(t)
	for i, want := range []string{"", "note: attempt 1 was under way and has ended\n"} {
		var out, errs bytes.Buffer
		if code := Main([]string{"--state", dir, "install", "node1"}, nil, &out, &errs); code != 0 || errs.String() != want {
			t.Errorf("armed %d times: exit code %d: %s%q, want %q", i+1, code, out.String(), errs.String(), want)
		}
	}
}
