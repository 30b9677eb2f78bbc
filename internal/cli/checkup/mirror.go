package checkup

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"seedbed/internal/config"
)

// mirrorTime is how long a mirror may take to answer.
const mirrorTime = 3 * time.Second

// Mirrors asks the mirrors that the settings name, with HEAD, whether they are
// there, and compares their clock with this host's.
func (r *Report) Mirrors(ctx context.Context, c *config.Config) {
	all := mirrors(c)
	answers := make([]struct {
		at  time.Time
		err error
	}, len(all))
	var wait sync.WaitGroup
	for i, u := range all {
		wait.Go(func() { answers[i].at, answers[i].err = dateOf(ctx, u.URL) })
	}
	wait.Wait()
	for i, u := range all {
		name := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String() // without what may be a password
		switch a := answers[i]; {
		case a.err != nil:
			var e *url.Error
			err := a.err
			if errors.As(err, &e) {
				err = e.Err // the address stands before it
			}
			if u.cached {
				r.Add("mirror", "the cache's upstream "+name+" does not answer this host: "+err.Error(), "look at its name, at DNS and the route")
				continue
			}
			r.Note("the mirror " + name + " does not answer this host (" + err.Error() + "); machines reach it on their own, by their gateway or install.mirror.proxy")
		case a.at.IsZero():
		default:
			if d := time.Since(a.at).Round(time.Second); d.Abs() > maxDrift {
				r.Add("clock", "this host's clock and that of "+u.Host+" differ by "+d.Abs().String(), "set it, or let an NTP client do so (systemctl enable --now systemd-timesyncd)")
			}
		}
	}
}

// source is where packages come from.
type source struct {
	*url.URL
	cached bool // this host fetches them, for the machines
}

// mirrors are the addresses that the settings name, each once.
func mirrors(c *config.Config) (all []source) {
	var texts []string
	cached := map[string]bool{}
	for _, name := range c.Boot.Order {
		if in := c.Boot.Profiles[name].Install; in != nil {
			texts = append(texts, in.Mirror.URL, in.Mirror.Security)
			for _, p := range in.Repositories {
				texts = append(texts, p.URL)
			}
		}
	}
	if c.Cache != nil {
		for _, p := range c.Cache.Policy.Repositories {
			texts = append(texts, p.URL.String())
			cached[p.URL.String()] = true
		}
	}
	slices.Sort(texts)
	for _, t := range slices.Compact(texts) {
		if u, err := url.Parse(t); err == nil && u.Host != "" {
			all = append(all, source{u, cached[t]})
		}
	}
	return all
}

// dateOf is what time a server says it is; zero when it does not say.
func dateOf(ctx context.Context, u *url.URL) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, mirrorTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	resp.Body.Close()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil
	}
	return at, nil
}
