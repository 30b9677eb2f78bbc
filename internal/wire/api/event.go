package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/fault"
)

// page is how many events are read from the journal at once.
const page = 1000

// queryOf reads machine, attempt, after, limit and follow from an address.
func queryOf(v url.Values) (q install.Query, follow bool, err error) {
	q.Machine = v.Get("machine")
	for key, to := range map[string]*int64{"attempt": &q.Attempt, "after": &q.After} {
		if v.Get(key) == "" {
			continue
		}
		if *to, err = strconv.ParseInt(v.Get(key), 10, 64); err != nil || *to < 0 {
			return q, false, fault.New(fault.Invalid, "give a whole number", "%s=%q is not an event's or attempt's number", key, v.Get(key))
		}
	}
	if text := v.Get("limit"); text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 {
			return q, false, fault.New(fault.Invalid, "give a whole number", "limit=%q is not a number of events", text)
		}
	}
	return q, v.Get("follow") == "1", nil
}

// queryText is queryOf backwards.
func queryText(q install.Query, follow bool) string {
	v := url.Values{}
	if q.Machine != "" {
		v.Set("machine", q.Machine)
	}
	if q.Attempt != 0 {
		v.Set("attempt", strconv.FormatInt(q.Attempt, 10))
	}
	if q.After != 0 {
		v.Set("after", strconv.FormatInt(q.After, 10))
	}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if follow {
		v.Set("follow", "1")
	}
	return v.Encode()
}

// events gives one event a line, oldest first: with after=0 the newest limit
// of them (100), else those after that ID. With follow=1 the newer ones come
// as they happen, until the caller goes.
func (s *server) events(w http.ResponseWriter, r *http.Request) error {
	q, follow, err := queryOf(r.URL.Query())
	if err != nil {
		return err
	}
	if q.After == 0 && q.Limit == 0 {
		q.Limit = 100
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	flush := http.NewResponseController(w)
	// A watcher stays for hours; the server's usual patience is not for it.
	_ = flush.SetWriteDeadline(time.Time{})
	for started := false; ; started = true {
		// Taken before reading: what comes between the two rings it.
		changed := s.Journal.Changed()
		batch, err := s.Journal.Events(q)
		if err != nil {
			if started {
				s.Log.Error("api", "path", r.URL.Path, "err", err)
				return nil
			}
			return err
		}
		for _, e := range batch {
			if enc.Encode(e) != nil {
				return nil
			}
			q.After = e.ID
		}
		if !follow {
			return nil
		}
		_ = flush.Flush()
		if started && len(batch) == page {
			continue
		}
		q.Limit = page
		select {
		case <-r.Context().Done():
			return nil
		case <-changed:
		}
	}
}
