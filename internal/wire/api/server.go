package api

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"time"

	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// Inventory tells what the running server knows.
type Inventory interface {
	Machines() ([]machine.Machine, error)
	Leases() ([]lease.Lease, error)
	Images() ([]image.Image, error)
	// Rebuilding is until when records of leases are being rebuilt, or zero.
	Rebuilding() time.Time
}

// Installs tells of attempts, and where one stands now.
type Installs interface {
	All() []install.Attempt
	Current(machine string) (install.Attempt, bool)
	Standing(install.Attempt) Standing
}

// Journal keeps events; disk/store.Store is one. Changed gives a channel that
// is closed at the next event.
type Journal interface {
	Events(install.Query) ([]install.Event, error)
	Changed() <-chan struct{}
}

// Control does what a person asks for. Install takes a machine's name or MAC
// address; NotFound when there is none, Invalid when it has no profile.
// Reload reads the settings again; a fault.List when they are bad, and the old
// ones go on. EndRebuild says that no record of a lease is missing any more.
type Control interface {
	Install(machine string) (install.Attempt, error)
	Reload() error
	EndRebuild() error
}

// Parts are what the door opens on; all are needed.
type Parts struct {
	Inventory Inventory
	Installs  Installs
	Journal   Journal
	Control   Control
	Log       *slog.Logger
}

// Policy says who may use a route.
type Policy string

// Local is whoever can open the socket of this host. It is the only policy so
// far, and no route is served without one.
const Local Policy = "local socket"

type route struct {
	method  string
	path    string
	policy  Policy
	handler func(*server, http.ResponseWriter, *http.Request) error
}

// routes is the whole surface.
var routes = []route{
	{"GET", "/v1/machines", Local, (*server).machines},
	{"POST", "/v1/machines/{name}/install", Local, (*server).install},
	{"GET", "/v1/leases", Local, (*server).leases},
	{"POST", "/v1/leases/rebuilt", Local, (*server).rebuilt},
	{"GET", "/v1/installs", Local, (*server).installs},
	{"GET", "/v1/images", Local, (*server).images},
	{"GET", "/v1/events", Local, (*server).events},
	{"POST", "/v1/reload", Local, (*server).reload},
}

type server struct{ Parts }

// New makes the handler. Serve it on what Listen gives: a request that comes
// by anything but a local socket is refused.
func New(p Parts) http.Handler {
	s := &server{p}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.method+" "+r.path, s.guard(r))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, noRoute(r.Method, r.URL.Path)) })
	return mux
}

// guard enforces a route's policy and turns its error into an answer.
func (s *server) guard(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !allowed(rt.policy, r) {
			s.deny(w, r)
			return
		}
		if err := rt.handler(s, w, r); err != nil {
			s.refuse(w, r, err)
		}
	}
}

func allowed(p Policy, r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return p == Local && local != nil && local.Network() == "unix"
}

// maxBody bounds what a request may carry; none carries anything so far.
const maxBody = 64 << 10

func reply(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	// The caller is gone if this fails; nobody is left to be told.
	_ = enc.Encode(v)
	return nil
}
