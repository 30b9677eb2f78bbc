package rehearse

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"time"
)

// Verified is one of the profile's commands, run in the installed system.
type Verified struct {
	Command string        `json:"command"`
	OK      bool          `json:"ok"`
	Output  string        `json:"output,omitempty"` // the last part of both its outputs
	Error   string        `json:"error,omitempty"`  // why it is not OK
	Took    time.Duration `json:"took"`
}

// Said is the last line that it printed, and how it ended.
func (v Verified) Said() string {
	lines := strings.Split(strings.TrimSpace(v.Output), "\n")
	return strings.TrimSuffix(cmp.Or(v.Error, "good")+": "+lines[len(lines)-1], ": ")
}

const (
	verifyLimit = 5 * time.Minute // a command, on an emulated machine
	verifyKept  = 16 << 10        // bytes of its output
)

// enter logs in and runs the profile's verify commands, every one of them
// whatever the others say.
func (r *run) enter(ctx context.Context, to netip.AddrPort) (said string, ran []Verified, err error) {
	g, said, err := login(ctx, r.mem, to, r.Login, r.key)
	if err != nil {
		return "", nil, err
	}
	defer g.close()
	for _, line := range r.Config.Boot.Profiles[r.Profile].Verify {
		began := time.Now()
		g.conn.SetDeadline(began.Add(verifyLimit))
		out, err := g.command(line)
		v := Verified{Command: line, OK: err == nil, Output: strings.ToValidUTF8(out[max(0, len(out)-verifyKept):], "?"), Took: time.Since(began)}
		if err != nil {
			v.Error = err.Error()
		}
		ran = append(ran, v)
	}
	return said, ran, nil
}
