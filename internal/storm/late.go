package storm

import (
	"fmt"
	"net"
	"strings"
	"time"

	"seedbed/internal/wire/dhcp/packet"
)

// onTime is how long a ROM waits for an answer to all its tries of one message
// (PXE 2.1: 4 + 8 + 16 + 32 s).
const onTime = time.Minute

const storyMax = 64

// Late is a machine that took longer than a minute, or has no address.
type Late struct {
	MAC     string   `json:"mac"`
	Seconds float64  `json:"seconds"` // until its ACK; 0: none
	Own     int      `json:"own-lost"`
	Answers int      `json:"answers-lost"`
	Alone   bool     `json:"own-alone"` // its own lost messages alone make it late, whatever the server does
	Story   []string `json:"story"`     // its messages and their answers, in order
}

// told is one message that a machine sent or was sent.
type told struct {
	after time.Duration // since its first DISCOVER
	kind  packet.MessageType
	lost  bool
}

func (c *client) note(now time.Time, k packet.MessageType, lost bool) {
	if len(c.story) >= storyMax {
		return
	}
	c.story = append(c.story, told{now.Sub(c.began), k, lost})
}

func (t told) String() string {
	s := fmt.Sprintf("%.1f s %s", t.after.Seconds(), strings.TrimPrefix(t.kind.String(), "DHCP"))
	if t.lost {
		s += " lost"
	}
	return s
}

// late tells of those who were.
func (s *storm) late() (all []Late) {
	for _, c := range s.clients {
		if c.state >= loading && c.took < onTime || c.state == off {
			continue
		}
		l := Late{MAC: net.HardwareAddr(c.mac[:]).String(), Alone: s.Manners.lateAlone(c.story)}
		if c.state >= loading {
			l.Seconds = c.took.Seconds()
		}
		for _, t := range c.story {
			l.Story = append(l.Story, t.String())
			switch {
			case !t.lost:
			case t.kind == packet.Discover || t.kind == packet.Request:
				l.Own++
			default:
				l.Answers++
			}
		}
		all = append(all, l)
	}
	return all
}

// lateAlone says whether a machine with that story would be late as well if every
// answer had reached it.
func (m *Manners) lateAlone(story []told) bool {
	lost := func(k packet.MessageType, tries Timers) (n int, all bool) {
		for _, t := range story {
			if t.kind == k && n < len(tries) {
				if !t.lost {
					return n, false
				}
				n++
			}
		}
		return n, n == len(tries)
	}
	discovers, none := lost(packet.Discover, m.Discover)
	requests, refused := lost(packet.Request, m.Request)
	if none {
		return true
	}
	if refused { // and so to DISCOVER again, which may be heard or not
		return sum(m.Discover[:discovers])+2*sum(m.Request) >= onTime
	}
	if m.Offers == Gathered {
		discovers++
	}
	return sum(m.Discover[:discovers])+sum(m.Request[:requests]) >= onTime
}

func sum(t Timers) (all time.Duration) {
	for _, d := range t {
		all += d
	}
	return all
}
