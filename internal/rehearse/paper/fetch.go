package paper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"seedbed/internal/wire/tftp/tftptest"
)

const (
	tftpPort  = 69
	firstPort = 2070 // of the machine's own transfers
)

// missing is a file that the server does not have.
type missing struct{ name string }

func (e missing) Error() string { return fmt.Sprintf("%q is not there", e.name) }

func isMissing(err error) bool { return errors.As(err, new(missing)) }

// tftp gets a file from the boot server. What the server refuses is missing.
func (m *Machine) tftp(ctx context.Context, name string, o tftptest.Options) ([]byte, error) {
	m.port++
	conn, err := m.host.ListenUDP(firstPort + m.port%1000)
	if err != nil {
		return nil, err
	}
	limit, cancel := m.patience(ctx)
	defer cancel()
	r, err := tftptest.Get(limit, conn, netip.AddrPortFrom(m.net.next, tftpPort), name, o)
	asked := fmt.Sprintf("TFTP %q%s", name, optionsOf(o))
	var refused *tftptest.Error
	switch {
	case errors.As(err, &refused):
		m.note("%s -> error %d %q", asked, refused.Code, refused.Text)
		return nil, missing{name}
	case err != nil:
		return nil, fmt.Errorf("%s: %w", asked, err)
	case o.Probe:
		m.note("%s -> %s, ended by error 8", asked, agreed(r))
	case strings.Contains(name, "pxelinux.cfg/") || strings.Contains(name, "grub.cfg"):
		m.note("%s -> a text", asked) // its length is no one's promise
	default:
		m.note("%s -> %s, %d bytes in %d blocks", asked, agreed(r), len(r.Data), r.Blocks)
	}
	return r.Data, nil
}

func optionsOf(o tftptest.Options) string {
	s := ""
	if o.TSize {
		s += " tsize"
	}
	if o.Block != 0 {
		s += fmt.Sprintf(" blksize %d", o.Block)
	}
	if o.Window != 0 {
		s += fmt.Sprintf(" windowsize %d", o.Window)
	}
	return s
}

func agreed(r tftptest.Result) string {
	if r.OACK == nil {
		return "no OACK"
	}
	s := "OACK"
	for _, name := range []string{"tsize", "blksize", "windowsize", "timeout"} {
		if v, ok := r.OACK[name]; ok {
			s += " " + name + " " + v
		}
	}
	return s
}

// web makes one HTTP request as agent. A status of 400 and more is missing;
// redirects are not followed, since no boot firmware does. What an address
// holds before its host is told when the server asks for it, as iPXE does.
func (m *Machine) web(ctx context.Context, method, address, agent string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	who := u.User
	u.User = nil
	body, asked, err := m.request(ctx, method, u.String(), agent, nil)
	if asked && who != nil {
		body, _, err = m.request(ctx, method, u.String(), agent, who)
	}
	return body, err
}

// request is web without a second try; asked says that the server wants a
// password in clear.
func (m *Machine) request(ctx context.Context, method, url, agent string, who *url.Userinfo) (body []byte, asked bool, err error) {
	if m.Cut != "" && agent == installerAgent && strings.Contains(url, m.Cut) {
		m.note("the power is cut")
		return nil, false, ErrCut
	}
	limit, cancel := m.patience(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(limit, method, url, nil)
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("User-Agent", agent)
	if who != nil {
		password, _ := who.Password()
		req.SetBasicAuth(who.Username(), password)
	}
	tr := &http.Transport{DisableCompression: true, DisableKeepAlives: true, DialContext: m.dial}
	c := &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		return nil, false, fmt.Errorf("%s %s: %w", method, url, err)
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	length := "some length"
	if resp.ContentLength < 0 {
		length = "no length"
	} else if resp.Header.Get("ETag") != "" { // a file; of what is made on request the length is no one's promise
		length = fmt.Sprint("length ", resp.ContentLength)
	}
	m.note("%s %s -> %d %s, %s", method, url, resp.StatusCode, kind, length)
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode == http.StatusUnauthorized && strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Basic "), missing{url}
	}
	if method == http.MethodGet && resp.ContentLength >= 0 && int64(len(body)) != resp.ContentLength {
		return nil, false, fmt.Errorf("%s: %d bytes came, %d were announced", url, len(body), resp.ContentLength)
	}
	return body, false, nil
}

func (m *Machine) dial(ctx context.Context, _, to string) (net.Conn, error) {
	ap, err := netip.ParseAddrPort(to)
	if err != nil {
		return nil, err
	}
	return m.host.DialTCP(ctx, ap)
}
