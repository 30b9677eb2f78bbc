package app

import (
	"fmt"
	"io"
	"strings"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/disk/store"
	"seedbed/internal/wire/dhcp"
	"seedbed/internal/wire/dhcp/packet"
)

// useEvery is how often pools are counted at most: a million leases take a
// while.
const useEvery = 10 * time.Second

// metrics writes what DHCP counts, in Prometheus' text format.
func (a *App) metrics(w io.Writer) {
	a.mu.Lock()
	srv := a.dhcp
	a.mu.Unlock()
	if srv == nil {
		return
	}
	messages(w, srv.Counts())
	if a.probe != nil {
		asked, found := a.probe.Counts()
		counter(w, "seedbed_dhcp_probed_addresses_total", "addresses looked at before they were given")
		fmt.Fprintf(w, "seedbed_dhcp_probed_addresses_total %d\n", asked)
		counter(w, "seedbed_dhcp_conflicts_total", "addresses found in strange hands")
		fmt.Fprintf(w, "seedbed_dhcp_conflicts_total %d\n", found)
	}
	if srv.Proxy {
		return
	}
	gauge(w, "seedbed_dhcp_rebuilding", "1 while records of leases are missing and being rebuilt")
	fmt.Fprintf(w, "seedbed_dhcp_rebuilding %d\n", map[bool]int{true: 1}[a.rebuilding()])
	commits(w, a.commits.Latency())
	a.pools(w)
}

func counter(w io.Writer, name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s counter\n", name, help, name)
}

func gauge(w io.Writer, name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

func messages(w io.Writer, c *dhcp.Counts) {
	word := func(k int) string { return strings.ToLower(strings.TrimPrefix(packet.MessageType(k).String(), "DHCP")) }
	counter(w, "seedbed_dhcp_received_total", "messages heard, by type; bootp: those without one")
	for k := range c.Heard {
		fmt.Fprintf(w, "seedbed_dhcp_received_total{type=%q} %d\n", word(k), c.Heard[k].Load())
	}
	counter(w, "seedbed_dhcp_sent_total", "answers sent, by type")
	for _, k := range []packet.MessageType{0, packet.Offer, packet.Ack, packet.Nak} {
		fmt.Fprintf(w, "seedbed_dhcp_sent_total{type=%q} %d\n", word(int(k)), c.Said[k].Load())
	}
	counter(w, "seedbed_dhcp_repeated_answers_total", "answers sent once more to firmware, where packets are lost")
	fmt.Fprintf(w, "seedbed_dhcp_repeated_answers_total %d\n", c.Again.Load())
	exhausted, unwritten := c.Exhausted.Load(), c.Unwritten.Load()
	other := c.Muted.Load()
	other -= min(other, exhausted+unwritten)
	counter(w, "seedbed_dhcp_dropped_total", "messages not answered, by reason")
	for _, r := range []struct {
		reason string
		n      uint64
	}{{"malformed", c.Malformed.Load()}, {"queue full", c.Dropped.Load()}, {"defect", c.Panics.Load()}, {"no free address", exhausted},
		{"lease not written", unwritten}, {"not sent", c.Unsent.Load()}, {"decided", other}} {
		fmt.Fprintf(w, "seedbed_dhcp_dropped_total{reason=%q} %d\n", r.reason, r.n)
	}
}

func commits(w io.Writer, l *store.Latency) {
	const name = "seedbed_dhcp_commit_seconds"
	fmt.Fprintf(w, "# HELP %s how long leases took to be on disk, by commit\n# TYPE %s histogram\n", name, name)
	total := uint64(0)
	for i := range l.Buckets {
		total += l.Buckets[i].Load()
		bound := "+Inf"
		if i < len(store.LatencyBounds) {
			bound = fmt.Sprint(store.LatencyBounds[i].Seconds())
		}
		fmt.Fprintf(w, "%s_bucket{le=%q} %d\n", name, bound, total)
	}
	fmt.Fprintf(w, "%s_sum %g\n%s_count %d\n", name, time.Duration(l.Sum.Load()).Seconds(), name, total)
	counter(w, "seedbed_dhcp_committed_leases_total", "leases written to disk")
	fmt.Fprintf(w, "seedbed_dhcp_committed_leases_total %d\n", l.Rows.Load())
	counter(w, "seedbed_dhcp_failed_commits_total", "commits that the disk refused")
	fmt.Fprintf(w, "seedbed_dhcp_failed_commits_total %d\n", l.Failed.Load())
}

// poolCount is what was counted, and when.
type poolCount struct {
	at   time.Time
	uses []lease.Use
}

func (a *App) pools(w io.Writer) {
	a.counting.Lock()
	at := a.leaseNow()
	if at.Sub(a.counted.at).Abs() >= useEvery {
		a.counted = poolCount{at, a.book.Uses(at)}
	}
	uses := a.counted.uses
	a.counting.Unlock()
	gauge(w, "seedbed_dhcp_pool_addresses", "addresses in the pools of a subnet, by state")
	for _, u := range uses {
		for _, s := range []struct {
			state string
			n     int
		}{{"active", u.Active}, {"offered", u.Offered}, {"declined", u.Declined}, {"free", u.Size - u.Active - u.Offered - u.Declined}} {
			fmt.Fprintf(w, "seedbed_dhcp_pool_addresses{subnet=%q,state=%q} %d\n", u.Subnet, s.state, s.n)
		}
	}
}
