package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
	"seedbed/internal/golden"
)

var (
	t0  = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	mac = machine.MAC{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}
)

// house stands in for the running server.
type house struct {
	mu      sync.Mutex
	events  []install.Event
	bell    chan struct{}
	err     error
	empty   bool
	armed   string
	rebuild time.Time
}

func (h *house) Machines() ([]machine.Machine, error) {
	if h.empty || h.err != nil {
		return nil, h.err
	}
	return []machine.Machine{{Name: "node1", MACs: []machine.MAC{mac}, Profile: "debian", Declared: true, FirstSeen: t0}, {Name: "node2"}}, nil
}

func (h *house) Leases() ([]lease.Lease, error) {
	if h.empty {
		return nil, nil
	}
	return someLeases(), nil
}

func (h *house) Images() ([]image.Image, error) {
	if h.empty {
		return nil, nil
	}
	return []image.Image{{Name: "debian-13", Family: image.Debian, CPU: "amd64", Imported: t0}}, nil
}

func (h *house) All() []install.Attempt {
	if h.empty {
		return nil
	}
	a, _ := h.Current("node1")
	return []install.Attempt{a}
}

func (h *house) Current(name string) (install.Attempt, bool) {
	a := install.Attempt{ID: 1, Machine: "node1", Profile: "debian", State: install.Booting, Token: "SECRET", Armed: t0, Boots: 1}
	return a, name == "node1" && !h.empty
}

func (h *house) Install(name string) (install.Attempt, error) {
	h.armed = name
	a, ok := h.Current(name)
	if !ok && h.err == nil {
		return a, fault.New(fault.NotFound, "`seedbed machines` lists them", "there is no machine %q", name)
	}
	return a, h.err
}

func (h *house) Standing(a install.Attempt) Standing {
	return Standing{Outlook: install.Outlook{Done: 0.5, Left: 90 * time.Second, Earlier: 1}}
}

func (h *house) Reload() error { return h.err }

// Rebuilding is what EndRebuild ends.
func (h *house) Rebuilding() time.Time { return h.rebuild }

func (h *house) EndRebuild() error { h.rebuild = time.Time{}; return h.err }

func (h *house) Events(q install.Query) ([]install.Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []install.Event
	for _, e := range h.events {
		if e.ID > q.After && (q.Machine == "" || q.Machine == e.Machine) {
			out = append(out, e)
		}
	}
	return out, h.err
}

func (h *house) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bell
}

func (h *house) happen(e install.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.ID = int64(len(h.events) + 1)
	h.events = append(h.events, e)
	close(h.bell)
	h.bell = make(chan struct{})
}

func someLeases() []lease.Lease {
	subnet := netip.MustParsePrefix("192.168.0.0/24")
	at := func(s string, l lease.Lease) lease.Lease {
		l.Subnet, l.Address, l.Start, l.Expires = subnet, netip.MustParseAddr(s), t0, t0.Add(10*time.Minute)
		return l
	}
	return []lease.Lease{
		at("192.168.0.214", lease.Lease{MAC: mac, ClientID: []byte{1, 'P', 'V', 0, 0xff, '"', '\\'}, HostName: `no"de`, State: lease.Active}),
		at("192.168.0.99", lease.Lease{MAC: machine.MAC{2, 1}, State: lease.Released}),
		at("192.168.0.211", lease.Lease{MAC: machine.MAC{2, 2}, State: lease.Declined}),
		at("192.168.0.212", lease.Lease{MAC: machine.MAC{2, 3}, State: lease.Offered}),
		at("192.168.0.213", lease.Lease{ClientID: []byte("abc"), State: lease.Expired}),
	}
}

func parts(h *house, log *bytes.Buffer) Parts {
	return Parts{Inventory: h, Installs: h, Journal: h, Control: h, Log: slog.New(slog.NewTextHandler(log, nil))}
}

// serve runs the door on a real socket and gives a client of it.
func serve(t *testing.T, h *house, dir string) *Client {
	t.Helper()
	h.bell = make(chan struct{})
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: New(parts(h, &bytes.Buffer{}))}
	done := make(chan struct{})
	go func() { _ = srv.Serve(l); close(done) }()
	t.Cleanup(func() { srv.Close(); <-done })
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestDocumentsAreStable(t *testing.T) {
	c := serve(t, &house{}, t.TempDir())
	ctx := context.Background()
	var b bytes.Buffer
	for path, v := range map[string]any{"machines": must(c.Machines(ctx)), "leases": must(c.Leases(ctx)), "installs": must(c.Installs(ctx)), "images": must(c.Images(ctx))} {
		b.Reset()
		enc := json.NewEncoder(&b)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		golden.Check(t, path+".json", b.String())
		if strings.Contains(b.String(), "SECRET") {
			t.Errorf("%s gives the token away", path)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestListsAreNeverNull(t *testing.T) {
	dir := t.TempDir()
	c := serve(t, &house{empty: true}, dir)
	for _, path := range []string{"machines", "leases", "installs", "images"} {
		resp := must(c.http.Get("http://seedbed/v1/" + path))
		var b bytes.Buffer
		_, _ = b.ReadFrom(resp.Body)
		resp.Body.Close()
		if b.String() != `{"`+path+`":[]}`+"\n" || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s", path, b.String())
		}
	}
}

func TestOnlyTheLocalSocketIsServed(t *testing.T) {
	h := &house{bell: make(chan struct{})}
	srv := httptest.NewServer(New(parts(h, &bytes.Buffer{}))) // TCP on loopback
	defer srv.Close()
	for _, r := range routes {
		if r.policy != Local {
			t.Errorf("%s %s has policy %q", r.method, r.path, r.policy)
		}
		req, _ := http.NewRequest(r.method, srv.URL+strings.Replace(r.path, "{name}", "node1", 1), nil)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s over TCP: %s", r.method, r.path, resp.Status)
		}
	}
	if h.armed != "" {
		t.Error("an attempt was armed over TCP")
	}
	if allowed("", httptest.NewRequest("GET", "/", nil)) {
		t.Error("a route without a policy is served")
	}
}

func TestErrorsKeepTheirKindAndHint(t *testing.T) {
	findings := fault.List{{Position: fault.Position{File: "seedbed.yaml", Line: 3}, Severity: "error", Msg: "no such key"}}
	tests := map[string]struct {
		err    error
		kind   fault.Kind
		status int
		text   string
	}{
		"invalid":     {fault.New(fault.Invalid, "h", "bad"), fault.Invalid, 422, "bad"},
		"conflict":    {fault.New(fault.Conflict, "h", "there"), fault.Conflict, 409, "there"},
		"unavailable": {fault.Wrap(errors.New("private cause"), fault.Unavailable, "h", "disk full"), fault.Unavailable, 503, "disk full"},
		"wrapped":     {fault.Wrap(fault.New(fault.Unavailable, "h", "disk full"), fault.Unavailable, "", "arming"), fault.Unavailable, 503, "arming: disk full"},
		"unclassed":   {errors.New("private cause"), fault.Internal, 500, "an error inside the server; its log says more"},
		"findings":    {findings, fault.Invalid, 422, "the settings are not good: seedbed.yaml:3: error: no such key"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := serve(t, &house{err: tt.err}, t.TempDir())
			err := c.Reload(context.Background())
			if fault.KindOf(err) != tt.kind || err == nil || err.Error() != tt.text || fault.HintOf(err) != fault.HintOf(tt.err) {
				t.Errorf("got %v (%v, hint %q)", err, fault.KindOf(err), fault.HintOf(err))
			}
			resp := must(c.http.Post("http://seedbed/v1/reload", "", nil))
			resp.Body.Close()
			if resp.StatusCode != tt.status {
				t.Errorf("status %s", resp.Status)
			}
		})
	}
}

func TestAnAttemptIsArmedByName(t *testing.T) {
	h := &house{}
	c := serve(t, h, t.TempDir())
	a, err := c.Install(context.Background(), "node1")
	if err != nil || a.ID != 1 || h.armed != "node1" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := c.Install(context.Background(), "a/b ?"); fault.KindOf(err) != fault.NotFound || h.armed != "a/b ?" {
		t.Errorf("an odd name came as %q: %v", h.armed, err)
	}
}

func TestUnknownRoutesAreSaid(t *testing.T) {
	c := serve(t, &house{}, t.TempDir())
	for _, path := range []string{"/", "/v2/machines", "/v1/events?after=x", "/v1/events?limit=0"} {
		if _, err := c.open(context.Background(), "GET", path); err == nil || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestWatchingGivesEventsAsTheyHappen(t *testing.T) {
	h := &house{}
	c := serve(t, h, t.TempDir())
	h.happen(install.Event{Machine: "node1", Step: install.Sighted, Text: "<b>"})
	h.happen(install.Event{Machine: "other", Step: install.Sighted})
	var got []install.Event
	collect := func(e install.Event) error { got = append(got, e); return nil }
	if err := c.Events(context.Background(), install.Query{Machine: "node1"}, false, collect); err != nil || len(got) != 1 || got[0].Text != "<b>" {
		t.Fatalf("without following: %v, %v", got, err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	got = nil
	err := c.Events(ctx, install.Query{Machine: "node1"}, true, func(e install.Event) error {
		got = append(got, e)
		if len(got) < 4 {
			h.happen(install.Event{Machine: "other", Step: install.Fetched})
			h.happen(install.Event{Machine: "node1", Step: install.Fetched})
		} else {
			stop()
		}
		return nil
	})
	if err != nil || len(got) != 4 || got[3].ID != 8 {
		t.Errorf("following: %v, %v", got, err)
	}
}

func TestTheSocketIsForItsOwnerAndSurvivesACrash(t *testing.T) {
	// Deeper than the 107 bytes that a socket's address may have.
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(dir); fault.KindOf(err) != fault.Unavailable || fault.HintOf(err) == "" {
		t.Errorf("without a server: %v", err)
	}
	// What a killed server leaves.
	if err := os.WriteFile(filepath.Join(dir, socketName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(dir, socketName)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, socketName)); !os.IsNotExist(err) {
		t.Errorf("the socket stays: %v", err)
	}
	if _, err := Listen(filepath.Join(dir, "none")); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("in no directory: %v", err)
	}
}

func TestLeasesInDhcpdFormat(t *testing.T) {
	var b bytes.Buffer
	if err := FormatDHCPD(&b, someLeases()); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "dhcpd.leases", b.String())
}

func TestTheRebuildStateIsShownAndEnded(t *testing.T) {
	h := &house{rebuild: t0.Add(2 * time.Hour)}
	c := serve(t, h, t.TempDir())
	l, err := c.Leases(context.Background())
	if err != nil || !l.RebuildUntil.Equal(h.rebuild) {
		t.Errorf("%v, %v", l.RebuildUntil, err)
	}
	if err := c.EndRebuild(context.Background()); err != nil {
		t.Error(err)
	}
	if l, err = c.Leases(context.Background()); err != nil || !l.RebuildUntil.IsZero() {
		t.Errorf("after its end: %v, %v", l.RebuildUntil, err)
	}
}
