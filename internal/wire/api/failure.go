package api

import (
	"errors"
	"net/http"

	"seedbed/internal/fault"
	"seedbed/internal/wire/status"
)

// failure is every error's JSON: what went wrong, what to do, its kind, and
// for bad settings each finding with its place.
type failure struct {
	Error    string     `json:"error"`
	Hint     string     `json:"hint,omitempty"`
	Kind     string     `json:"kind"`
	Findings fault.List `json:"findings,omitempty"`
}

func kindNamed(name string) fault.Kind {
	for _, k := range []fault.Kind{fault.Invalid, fault.NotFound, fault.Conflict, fault.Unavailable} {
		if k.String() == name {
			return k
		}
	}
	return fault.Internal
}

func noRoute(method, path string) error {
	return fault.New(fault.NotFound, "the server and the command may be of different versions: restart the server", "the server knows no %s %q", method, path)
}

// refuse answers with the public part of an error and logs the rest.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind := fault.KindOf(err)
	f := failure{Error: public(err), Hint: fault.HintOf(err), Kind: kind.String()}
	if errors.As(err, &f.Findings) && kind == fault.Internal {
		kind, f.Kind = fault.Invalid, fault.Invalid.String()
	}
	if kind == fault.Internal {
		s.Log.Error("api", "path", r.URL.Path, "err", err)
	} else {
		s.Log.Debug("api", "path", r.URL.Path, "err", err)
	}
	s.answer(w, status.Of(kind), f)
}

// public gathers the messages of the faults in a chain; their causes stay here.
func public(err error) string {
	var list fault.List
	var f *fault.Fault
	switch {
	case errors.As(err, &f) && f.Msg != "":
		inner := f.Err
		if errors.As(inner, new(*fault.Fault)) || errors.As(inner, &list) {
			return f.Msg + ": " + public(inner)
		}
		return f.Msg
	case errors.As(err, &list):
		return list.Error()
	}
	return "an error inside the server; its log says more"
}

// deny is for whoever came another way than by the socket.
func (s *server) deny(w http.ResponseWriter, r *http.Request) {
	s.Log.Warn("api refused", "path", r.URL.Path, "from", r.RemoteAddr)
	s.answer(w, http.StatusForbidden, failure{Error: "this is served on the local socket only", Kind: fault.Invalid.String()})
}

func (s *server) answer(w http.ResponseWriter, code int, f failure) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = reply(w, f)
}
