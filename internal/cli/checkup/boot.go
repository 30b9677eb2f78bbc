package checkup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"time"

	"seedbed/internal/core/machine"
	"seedbed/internal/core/symptom"
	"seedbed/internal/fault"
	"seedbed/internal/wire/capture"
	"seedbed/internal/wire/segment"
)

// Recording says what a recorded boot tells. The error is that of a file that
// cannot be read at all.
func (r *Report) Recording(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "tcpdump -i IF -w FILE records one", "reading the capture")
	}
	defer f.Close()
	facts, err := capture.Facts(f)
	if err != nil && len(facts) == 0 {
		return fault.Wrap(err, fault.KindOf(err), fault.HintOf(err), "reading the capture %s", name)
	}
	if err != nil {
		r.Add("capture", name+" is broken after "+strconv.Itoa(len(facts))+" packets of boots: "+err.Error(), fault.HintOf(err))
	}
	if len(facts) == 0 {
		r.Add("capture", name+" holds no packet of a boot (DHCP, TFTP, HTTP)", "record on the interface of the machines: tcpdump -i IF -w FILE")
		return nil
	}
	for _, s := range symptom.Find(facts) {
		r.Symptom(s)
	}
	return nil
}

// lookEvery is how often what was seen is thought over.
const lookEvery = time.Second

// Listen hears an interface until ctx ends, and tells each symptom when it
// shows, each new machine, and each relay. What was told is in the report too.
// The error is that of an interface that cannot be heard.
func (r *Report) Listen(ctx context.Context, iface string, finding func(Finding), note func(string)) error {
	tap, err := segment.OpenTap(iface)
	if err != nil {
		return err
	}
	defer tap.Close()
	defer context.AfterFunc(ctx, func() { tap.Close() })()
	l := &listening{report: r, finding: finding, note: note, machines: map[machine.MAC]bool{}, relays: map[netip.Addr]bool{}}
	next := time.Now().Add(lookEvery)
	for {
		if now := time.Now(); now.After(next) {
			l.tell(now)
			next = now.Add(lookEvery)
		}
		tap.SetDeadline(next)
		frame, at, err := tap.Read()
		switch {
		case ctx.Err() != nil:
			l.end(tap.Missed())
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
		case err != nil:
			return fmt.Errorf("hearing frames on %s: %w", iface, err)
		default:
			if f, ok := l.decoder.Frame(at, frame); ok {
				l.see(f)
			}
		}
	}
}

// listening is the state of one Listen.
type listening struct {
	report   *Report
	finding  func(Finding)
	note     func(string)
	decoder  capture.Decoder
	watch    symptom.Watch
	packets  int
	machines map[machine.MAC]bool
	relays   map[netip.Addr]bool
}

// maxTold bounds the machines and relays that are told of.
const maxTold = 1000

func (l *listening) see(f symptom.Fact) {
	l.packets++
	l.watch.See(f)
	if f.Kind == symptom.Discover && (f.PXE || f.IPXE) && !l.machines[f.MAC] && len(l.machines) < maxTold {
		l.machines[f.MAC] = true
		l.say(fmt.Sprintf("%s boots (architecture %d)", f.MAC, f.Arch))
	}
	if f.Relay.IsValid() && !l.relays[f.Relay] && len(l.relays) < maxTold {
		l.relays[f.Relay] = true
		l.say(fmt.Sprintf("a DHCP relay is at work: %s", f.Relay))
	}
}

func (l *listening) say(text string) {
	l.report.Note(text)
	l.note(text)
}

func (l *listening) tell(now time.Time) {
	for _, s := range l.watch.Tell(now) {
		f := Told(s)
		l.report.Findings = append(l.report.Findings, f)
		l.finding(f)
	}
}

// end tells the last. What has not come yet may still come: that is not told.
func (l *listening) end(missed uint32) {
	l.tell(time.Now())
	if missed > 0 {
		l.say(fmt.Sprintf("%d frames came too fast to be heard", missed))
	}
	if l.packets == 0 {
		l.say("no packet of a boot was heard (DHCP, TFTP, HTTP)")
	}
}
