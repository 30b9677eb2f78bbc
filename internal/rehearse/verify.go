package rehearse

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"seedbed/internal/rehearse/report"
)

const (
	verifyLimit = 5 * time.Minute // a command, on an emulated machine
	verifyKept  = 16 << 10        // bytes of its output
)

// enter logs in and runs the profile's verify commands, every one of them
// whatever the others say.
func (r *run) enter(ctx context.Context, to netip.AddrPort) (said string, ran []report.Verified, err error) {
	g, said, err := login(ctx, r.mem, to, r.Login, r.key)
	if err != nil {
		return "", nil, err
	}
	defer g.close()
	for _, line := range r.Config.Boot.Profiles[r.Profile].Verify {
		began := time.Now()
		g.conn.SetDeadline(began.Add(verifyLimit))
		out, err := g.command(line)
		v := report.Verified{Command: line, OK: err == nil, Output: strings.ToValidUTF8(out[max(0, len(out)-verifyKept):], "?"), Took: time.Since(began)}
		if err != nil {
			v.Error = err.Error()
		}
		ran = append(ran, v)
	}
	return said, ran, nil
}
