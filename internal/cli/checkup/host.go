package checkup

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds below which a host gets a finding.
const (
	littleRoom = 512 << 20                         // bytes free where the state is
	oldest     = 1735689600                        // 2025-01-01: an earlier clock was never set
	maxDrift   = 5 * time.Minute                   // between the clock and the hardware's
	rtcTime    = "/sys/class/rtc/rtc0/since_epoch" // UTC, where the hardware's clock is
)

// Host looks at what serving needs of this host: room in the state directory,
// the clock, rights.
func (r *Report) Host(state string) {
	room(state, func(msg, hint string) { r.Add("disk", msg, hint) })
	hardware := time.Time{}
	if b, err := os.ReadFile(rtcTime); err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil {
			hardware = time.Unix(n, 0)
		}
	}
	clockFindings(time.Now(), hardware, func(msg, hint string) { r.Add("clock", msg, hint) })
	rights(func(msg, hint string) { r.Add("rights", msg, hint) })
}

// room: a full disk means that no lease can be promised any more.
func room(dir string, add func(msg, hint string)) {
	for ; dir != "/" && dir != "."; dir = filepath.Dir(dir) {
		var st unix.Statfs_t
		if unix.Statfs(dir, &st) != nil {
			continue // it is made when first served
		}
		if free := uint64(st.Bsize) * st.Bavail; free < littleRoom {
			add(fmt.Sprintf("only %.0f MB are free in %s: leases and events may find no room", float64(free)/1e6, dir), "make room there, or give another place with --state DIR")
		}
		return
	}
}

// clockFindings: leases, and the certificates and packages that installers
// check, need the right time. hardware is zero where it cannot be read.
func clockFindings(now, hardware time.Time, add func(msg, hint string)) {
	if now.Unix() < oldest {
		add("the clock says "+now.UTC().Format(time.DateTime)+" UTC, which is long ago", "set it, or let an NTP client do so (systemctl enable --now systemd-timesyncd)")
		return
	}
	if hardware.IsZero() {
		return
	}
	if d := now.Sub(hardware).Round(time.Second); d.Abs() > maxDrift {
		add(fmt.Sprintf("the system's clock and the hardware's differ by %s", d.Abs()), "one of the two is wrong: compare them with another computer, then hwclock --systohc")
	}
}

// Capabilities that serving needs where the user is not root (capabilities(7)).
const (
	capNetBindService = 10
	capNetRaw         = 13
)

func rights(add func(msg, hint string)) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || os.Geteuid() == 0 {
		return
	}
	if missing := missingRights(status, lowPort()); len(missing) > 0 {
		self, _ := os.Executable()
		add("this program may not serve as this user: it lacks "+strings.Join(missing, " and "), "sudo setcap cap_net_bind_service,cap_net_raw+ep "+self)
	}
}

// missingRights reads CapEff of /proc/PID/status.
func missingRights(status []byte, lowest int) (missing []string) {
	for line := range bytes.Lines(status) {
		value, ok := bytes.CutPrefix(line, []byte("CapEff:"))
		if !ok {
			continue
		}
		mask, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 16, 64)
		if err != nil {
			return nil
		}
		if mask>>capNetBindService&1 == 0 && lowest > 67 {
			missing = append(missing, "cap_net_bind_service (ports below 1024)")
		}
		if mask>>capNetRaw&1 == 0 {
			missing = append(missing, "cap_net_raw (answers to machines without an address)")
		}
	}
	return missing
}

// lowPort is the first port that any user may have.
func lowPort() int {
	b, _ := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 1024
	}
	return n
}
