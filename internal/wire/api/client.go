package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"seedbed/internal/core/install"
	"seedbed/internal/fault"
)

// Client speaks with the running server of a state directory. Its errors are
// those of the server, with kind and hint.
type Client struct {
	dir  string
	http http.Client
}

// Dial finds the server that serves from dir. Unavailable, with what to do,
// when none does: the database can still be read with store.OpenReadOnly.
func Dial(dir string) (*Client, error) {
	c := &Client{dir: dir}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		address, free, err := place(dir)
		if err != nil {
			return nil, err
		}
		defer free()
		d := net.Dialer{Timeout: 5 * time.Second}
		return d.DialContext(ctx, "unix", address)
	}
	conn, err := dial(context.Background(), "", "")
	if err != nil {
		return nil, notServed(dir, err)
	}
	conn.Close()
	c.http.Transport = &http.Transport{DialContext: dial, MaxIdleConns: 2, IdleConnTimeout: time.Minute}
	return c, nil
}

// Close lets the connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Machines lists the machines, each with its current attempt.
func (c *Client) Machines(ctx context.Context) (l MachineList, err error) {
	return l, c.call(ctx, "GET", "/v1/machines", &l)
}

// Leases lists the leases by address.
func (c *Client) Leases(ctx context.Context) (l LeaseList, err error) {
	return l, c.call(ctx, "GET", "/v1/leases", &l)
}

// Installs lists all attempts, oldest first.
func (c *Client) Installs(ctx context.Context) (l InstallList, err error) {
	return l, c.call(ctx, "GET", "/v1/installs", &l)
}

// Images lists the catalogue.
func (c *Client) Images(ctx context.Context) (l ImageList, err error) {
	return l, c.call(ctx, "GET", "/v1/images", &l)
}

// Install arms a new attempt for a machine, by name or MAC address.
func (c *Client) Install(ctx context.Context, machine string) (a install.Attempt, err error) {
	return a, c.call(ctx, "POST", "/v1/machines/"+url.PathEscape(machine)+"/install", &a)
}

// Reload makes the server read its settings again.
func (c *Client) Reload(ctx context.Context) error {
	return c.call(ctx, "POST", "/v1/reload", &struct{}{})
}

// EndRebuild says that no record of a lease is missing any more.
func (c *Client) EndRebuild(ctx context.Context) error {
	return c.call(ctx, "POST", "/v1/leases/rebuilt", &struct{}{})
}

// Events gives each event that q asks for to each, oldest first; with follow
// also those to come, until ctx ends (then the error is nil) or each fails.
func (c *Client) Events(ctx context.Context, q install.Query, follow bool, each func(install.Event) error) error {
	body, err := c.open(ctx, "GET", "/v1/events?"+queryText(q, follow))
	if err != nil {
		return err
	}
	defer body.Close()
	dec := json.NewDecoder(bufio.NewReader(body))
	for {
		var e install.Event
		err := dec.Decode(&e)
		switch {
		case err == nil:
		case ctx.Err() != nil && follow:
			return nil
		case err == io.EOF && !follow:
			return nil
		case err == io.EOF, err == io.ErrUnexpectedEOF:
			return fault.New(fault.Unavailable, "look at the server's log", "the server went away")
		default:
			return notServed(c.dir, err)
		}
		if err := each(e); err != nil {
			return err
		}
	}
}

func (c *Client) call(ctx context.Context, method, path string, into any) error {
	body, err := c.open(ctx, method, path)
	if err != nil {
		return err
	}
	defer body.Close()
	return fault.Wrap(json.NewDecoder(body).Decode(into), fault.Unavailable, "look at the server's log", "reading the server's answer")
}

func (c *Client) open(ctx context.Context, method, path string) (io.ReadCloser, error) {
	// The host is only there because HTTP wants one: the socket is the address.
	req, err := http.NewRequestWithContext(ctx, method, "http://seedbed"+path, nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "", "asking the server")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, notServed(c.dir, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	var f failure
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&f); err != nil || f.Error == "" {
		return nil, fault.New(fault.Internal, "", "the server answered %s", resp.Status)
	}
	out := &fault.Fault{Kind: kindNamed(f.Kind), Msg: f.Error, Hint: f.Hint}
	if len(f.Findings) > 0 {
		out.Msg, out.Err = "the settings are not good", f.Findings
	}
	return nil, out
}
