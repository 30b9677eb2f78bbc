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
	Seed         uint64       `json:"seed"` // repeats it
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

	Phases   []Phase        `json:"phases,omitempty"`   // what was loaded after the ACK
	Booted   int            `json:"booted"`             // machines that loaded all they were told to
	Failures map[string]int `json:"failures,omitempty"` // machines by why they did not; after the ACK
	Late     []Late         `json:"late,omitempty"`
}

// Phase is one kind of file that machines load, and how long it took each.
type Phase struct {
	Name   string  `json:"name"` // loader, script, kernel, initrd
	Files  int     `json:"files"`
	Bytes  int64   `json:"bytes"`
	Median float64 `json:"median-ms"`
	P90    float64 `json:"p90-ms"`
	P99    float64 `json:"p99-ms"`
	Max    float64 `json:"max-ms"`
}

// Good says that every machine has an address of its own, and has loaded what
// it was told to.
func (r Result) Good() bool {
	return r.Acknowledged == r.Machines && r.Addresses == r.Acknowledged && len(r.Failures) == 0
}

func (s *storm) result() Result {
	r := Result{Machines: len(s.clients), Seed: s.Seed, Sent: s.sent, Lost: s.lost}
	var took []time.Duration
	users := map[netip.Addr]int{}
	var last time.Time
	for _, c := range s.clients {
		r.Retransmits += c.again
		r.Restarts += c.restarts
		r.Naks += c.naks
		if c.state < loading {
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
		switch {
		case c.failure != "":
			if r.Failures == nil {
				r.Failures = map[string]int{}
			}
			r.Failures[c.failure]++
		case s.crew != nil:
			r.Booted++
		}
		if users[c.address]++; users[c.address] == 2 {
			r.Shared = append(r.Shared, c.address)
		}
	}
	r.Addresses = len(users)
	r.Late = s.late()
	if len(took) == 0 {
		return r
	}
	r.Median, r.P90, r.P99, r.Max = spread(took)
	r.Seconds = last.Sub(s.begin).Seconds()
	if r.Seconds > 0 {
		r.Rate = float64(r.Acknowledged) / r.Seconds
	}
	r.Phases = s.phases()
	return r
}

// phases are in the order in which they are loaded.
func (s *storm) phases() (all []Phase) {
	for _, name := range []string{"loader", "script", "kernel", "initrd"} {
		p := Phase{Name: name}
		var took []time.Duration
		for _, c := range s.clients {
			for _, one := range c.phases {
				if one.name == name {
					took = append(took, one.took)
					p.Bytes += one.bytes
				}
			}
		}
		if p.Files = len(took); p.Files > 0 {
			p.Median, p.P90, p.P99, p.Max = spread(took)
			all = append(all, p)
		}
	}
	return all
}

// spread gives percentiles in milliseconds. There is at least one.
func spread(took []time.Duration) (median, p90, p99, most float64) {
	slices.Sort(took)
	at := func(part float64) float64 {
		return float64(took[min(int(part*float64(len(took))), len(took)-1)].Microseconds()) / 1000
	}
	return at(0.5), at(0.9), at(0.99), at(1)
}
