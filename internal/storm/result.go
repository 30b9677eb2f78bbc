package storm

import (
	"net/netip"
	"slices"
	"time"
)

// Result is how a storm went. Times are in milliseconds, from a machine's
// first DISCOVER to its ACK.
type Result struct {
	Machines     int          `json:"machines"`
	Acknowledged int          `json:"acknowledged"`
	Addresses    int          `json:"addresses"`           // different ones among the acknowledged
	Shared       []netip.Addr `json:"shared,omitempty"`    // given to more than one machine
	Boot         int          `json:"boot-file"`           // machines told what to load
	Sent         int          `json:"sent"`                // messages
	Lost         int          `json:"lost"`                // of them and of the answers, by --loss or a full queue
	Retransmits  int          `json:"retransmits"`         // messages sent again
	Restarts     int          `json:"restarts"`            // machines that ran out of tries and began anew
	Naks         int          `json:"naks"`                // refusals heard
	Seconds      float64      `json:"seconds"`             // until the last ACK
	Rate         float64      `json:"machines-per-second"` // acknowledged
	Median       float64      `json:"median-ms"`
	P90          float64      `json:"p90-ms"`
	P99          float64      `json:"p99-ms"`
	Max          float64      `json:"max-ms"`
}

// Good says that every machine has an address of its own.
func (r Result) Good() bool { return r.Acknowledged == r.Machines && r.Addresses == r.Acknowledged }

func (s *storm) result() Result {
	r := Result{Machines: len(s.clients), Sent: s.sent, Lost: s.lost}
	var took []time.Duration
	users := map[netip.Addr]int{}
	var last time.Time
	for _, c := range s.clients {
		r.Retransmits += c.again
		r.Restarts += c.restarts
		r.Naks += c.naks
		if c.state != done {
			continue
		}
		r.Acknowledged++
		took = append(took, c.took)
		if at := c.began.Add(c.took); at.After(last) {
			last = at
		}
		if c.file != "" {
			r.Boot++
		}
		if users[c.address]++; users[c.address] == 2 {
			r.Shared = append(r.Shared, c.address)
		}
	}
	r.Addresses = len(users)
	if len(took) == 0 {
		return r
	}
	slices.Sort(took)
	at := func(part float64) float64 {
		return float64(took[min(int(part*float64(len(took))), len(took)-1)].Microseconds()) / 1000
	}
	r.Median, r.P90, r.P99, r.Max = at(0.5), at(0.9), at(0.99), at(1)
	r.Seconds = last.Sub(s.begin).Seconds()
	if r.Seconds > 0 {
		r.Rate = float64(r.Acknowledged) / r.Seconds
	}
	return r
}
