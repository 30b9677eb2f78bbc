package paper

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

const installerAgent = "debian-installer"

// ErrCut is the end of an installer that lost its power.
var ErrCut = errors.New("the power was cut")

// Install plays an unattended debian-installer that was started with these
// arguments: an address of its own, the answer file, packages, its log, the
// script at the end and the callback in it.
func (m *Machine) Install(ctx context.Context, args []string) error {
	m.who = "installer"
	if ok, err := m.lease(ctx, installer); err != nil || !ok {
		return errors.Join(err, errors.New("the installer gets no address"))
	}
	defer m.leave()
	text, err := m.web(ctx, http.MethodGet, value(args, "url="), installerAgent)
	if err != nil {
		return err
	}
	answers := readPreseed(string(text))
	m.note("installs suite %s from %s%s", answers["mirror/suite"], answers["mirror/http/hostname"], answers["mirror/http/directory"])
	if err := m.logs(args, "main-menu[300]: INFO: Menu item 'base-installer' selected", "in-target: Setting up base-files"); err != nil {
		return err
	}
	mirror := "http://" + answers["mirror/http/hostname"] + answers["mirror/http/directory"]
	suite := answers["mirror/suite"]
	for _, name := range []string{"", "/", "/dists/" + suite + "/Release", "/dists/" + suite + "/main/binary-" + m.cpu() + "/Packages.gz", "/dists/nowhere/Release"} {
		if _, err := m.web(ctx, http.MethodGet, mirror+name, installerAgent); err != nil && !isMissing(err) {
			return err
		}
	}
	late := lateURL.FindStringSubmatch(answers["preseed/late_command"])
	if late == nil {
		return errors.New("the answer file has no late command that fetches a script")
	}
	sh, err := m.web(ctx, http.MethodGet, late[1], installerAgent)
	if err != nil {
		return err
	}
	end := callback.FindStringSubmatch(string(sh))
	if end == nil {
		return errors.New("the late script reports no end")
	}
	_, err = m.web(ctx, http.MethodGet, end[1], installerAgent)
	return err
}

var (
	lateURL  = regexp.MustCompile(`'(http://[^']*/late\.sh)'`)
	callback = regexp.MustCompile(`'(http://[^']*/installed)'`)
)

func (m *Machine) cpu() string {
	if m.ROM == ARM64 {
		return "arm64"
	}
	return "amd64"
}

// value is what follows a prefix in one of the arguments.
func value(args []string, prefix string) string {
	for _, a := range args {
		if v, ok := strings.CutPrefix(a, prefix); ok {
			return v
		}
	}
	return ""
}

// readPreseed gives the answers by question.
func readPreseed(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if f := strings.Fields(line); len(f) >= 3 {
			_, v, _ := strings.Cut(line, f[2])
			out[f[1]] = strings.TrimSpace(v)
		}
	}
	return out
}

// logs sends lines to the host that log_host names (RFC 3164).
func (m *Machine) logs(args []string, lines ...string) error {
	addr, err := netip.ParseAddr(value(args, "log_host="))
	if err != nil {
		return fmt.Errorf("log_host: %w", err)
	}
	c, err := m.host.DialUDP(netip.Addr{}, netip.AddrPortFrom(addr, 514))
	if err != nil {
		return err
	}
	defer c.Close()
	for _, l := range lines {
		m.note("syslog %q", l)
		if _, err := fmt.Fprintf(c, "<30>Jan  1 00:00:00 %s", l); err != nil {
			return err
		}
	}
	return nil
}
