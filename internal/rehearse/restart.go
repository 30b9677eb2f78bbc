package rehearse

import (
	"fmt"
	"strconv"
	"strings"

	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/rehearse/report"
)

// mostRestarts is how often one rehearsal starts its machine anew.
const mostRestarts = 2

// ownPanics name what the kernel lacks of what it was booted with: the same
// would come again on every machine.
var ownPanics = []string{"VFS: Unable to mount root fs", "No working init found", "System is deadlocked on memory", "Out of memory", "Requested init"}

// falseStart says whether a panic may be the emulator's doing and is worth
// another start: only an emulated machine, only before what was installed or
// the installer has been heard, only so often, and not where the kernel names
// what it lacks. Under KVM the processor is a real one, and a panic is one.
func falseStart(accel string, heard bool, restarts int, panic string) bool {
	if accel == "kvm" || heard || restarts >= mostRestarts {
		return false
	}
	for _, own := range ownPanics {
		if strings.Contains(panic, own) {
			return false
		}
	}
	return !ranToEnd(panic)
}

// ranToEnd says whether the first program ended by itself. The kernel prints
// its status as wait(2) gives it, whose low seven bits are the signal that
// killed it: an emulator's fault is a signal.
func ranToEnd(panic string) bool {
	_, code, ok := strings.Cut(panic, "Attempted to kill init! exitcode=0x")
	n, err := strconv.ParseUint(code, 16, 32)
	return ok && err == nil && n&0x7f == 0
}

// heardOf says whether an event is the doing of a kernel's system, not of the
// firmware or loader before it.
func heardOf(e install.Event) bool {
	switch e.Step {
	case install.Answered, install.Reported, install.Installed:
		return true
	case install.Sighted:
		return e.Firmware == machine.NoFirmware
	}
	return false
}

// again notes that the machine is started anew after a panic, where it is.
func (r *run) again(panic string) bool {
	if !falseStart(r.result.Accel, r.heard, len(r.result.Restarts), panic) {
		return false
	}
	at := r.pulse.Since(r.start)
	r.result.Restarts = append(r.result.Restarts, report.Restart{Boot: r.boot, From: r.powered, At: at, Why: panic, Console: r.console.Lines(24)})
	r.note("", fmt.Sprintf("%s: before the system in it had asked for anything, on an emulated processor: taken for the emulator's fault, the machine is started anew (%d of %d)",
		panic, len(r.result.Restarts), mostRestarts))
	return true
}

// panicked is the line with which a Linux kernel said that it goes no further.
func panicked(lines []string) string {
	for _, l := range lines {
		if i := strings.Index(l, "Kernel panic - not syncing: "); i >= 0 {
			return strings.TrimSuffix(l[i:], " ]---")
		}
	}
	return ""
}
