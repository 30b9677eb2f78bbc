package tftp

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Bounds of the options, and what holds when none is asked.
const (
	defaultBlock = 512   // RFC 1350
	minBlock     = 8     // RFC 2348
	maxBlock     = 65464 // RFC 2348
	maxTimeout   = 255   // seconds, RFC 2349
	maxWindow    = 65535 // RFC 7440

	// IP, UDP and TFTP headers around a block: ROMs cannot put IP fragments
	// together again, so a block never exceeds the MTU less these.
	overheadIPv4 = 20 + 8 + headerLen
	overheadIPv6 = 40 + 8 + headerLen
)

// Options are the terms of one transfer, after negotiation.
type Options struct {
	Block   int           // bytes a block
	Window  int           // blocks sent before an ACK is awaited
	Timeout time.Duration // the client's wish, 0 when it had none
	Acked   bool          // an OACK was sent
}

// terms are what this side allows.
type terms struct {
	block  int   // largest block that fits the path
	window int   // largest window
	size   int64 // what tsize is answered with, negative: not answered
}

// blockFor is the largest block that fits into one packet to client.
func blockFor(mtu int, client netip.Addr) int {
	overhead := overheadIPv4
	if client.Is6() && !client.Is4In6() {
		overhead = overheadIPv6
	}
	if mtu <= overhead {
		return defaultBlock
	}
	return max(minBlock, min(maxBlock, mtu-overhead))
}

// negotiate settles the terms. Only what was asked is acknowledged, under the
// name the client used; unknown, repeated and senseless options are ignored
// (RFC 2347), never refused, because firmware gives up on an error.
func negotiate(asked []option, t terms) (Options, []option) {
	opt := Options{Block: defaultBlock, Window: 1}
	var acked []option
	seen := map[string]bool{}
	for _, o := range asked {
		key := strings.ToLower(o.name)
		if seen[key] {
			continue
		}
		value, ok := opt.take(key, o.value, t)
		if ok {
			seen[key] = true
			acked = append(acked, option{o.name, strconv.FormatInt(value, 10)})
		}
	}
	opt.Acked = len(acked) > 0
	return opt, acked
}

// take applies one option and gives the value to acknowledge.
func (opt *Options) take(key, value string, t terms) (int64, bool) {
	n, err := strconv.ParseInt(value, 10, 64)
	if key == "tsize" { // the client's number says nothing in a read request
		return t.size, t.size >= 0
	}
	if err != nil {
		return 0, false
	}
	switch {
	case key == "blksize" && n >= minBlock:
		opt.Block = int(min(n, int64(t.block)))
		return int64(opt.Block), true
	case key == "timeout" && n >= 1 && n <= maxTimeout:
		opt.Timeout = time.Duration(n) * time.Second
		return n, true
	case key == "windowsize" && n >= 1 && n <= maxWindow:
		opt.Window = int(min(n, int64(t.window)))
		return int64(opt.Window), true
	}
	return 0, false
}
