package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"net/netip"

	"seedbed/internal/core/lease"
)

// A body of the log is its version, the leases one after the other, and a
// CRC-32C of all that. A lease is its address (4 bytes), the length of its
// subnet's prefix (1; noSubnet), its MAC (6), state (1), start and expiry
// (8 each, nanoseconds since 1970, 0 unknown), then client-id, host name and
// machine, each with its length before it as a varint.
const (
	logVersion = 1
	noSubnet   = 0xff
	leaseFixed = 4 + 1 + 6 + 1 + 8 + 8
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	states     = [...]lease.State{lease.Active, lease.Released, lease.Expired, lease.Declined, lease.Offered}

	errLogBody = errors.New("an entry of the lease log is damaged")
	errNotIPv4 = errors.New("a lease's address is not IPv4")
)

func beginBody(b []byte) []byte { return append(b[:0], logVersion) }

// appendLease writes one lease; the error leaves b as it was.
func appendLease(b []byte, l *lease.Lease) ([]byte, error) {
	if !l.Address.Is4() {
		return b, errNotIPv4
	}
	state := -1
	for i, s := range states {
		if s == l.State {
			state = i
		}
	}
	if state < 0 {
		return b, errors.New("a lease's state is none: " + string(l.State))
	}
	bits := byte(noSubnet)
	if l.Subnet.IsValid() {
		bits = byte(l.Subnet.Bits())
	}
	a := l.Address.As4()
	b = append(append(b, a[:]...), bits)
	b = append(append(b, l.MAC[:]...), byte(state))
	b = binary.BigEndian.AppendUint64(b, uint64(nanos(l.Start)))
	b = binary.BigEndian.AppendUint64(b, uint64(nanos(l.Expires)))
	b = append(binary.AppendUvarint(b, uint64(len(l.ClientID))), l.ClientID...)
	b = append(binary.AppendUvarint(b, uint64(len(l.HostName))), l.HostName...)
	return append(binary.AppendUvarint(b, uint64(len(l.Machine))), l.Machine...), nil
}

func endBody(b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// readBody gives every lease of a body to each, in their order.
func readBody(b []byte, each func(lease.Lease)) error {
	if len(b) < 5 || b[0] != logVersion {
		return errLogBody
	}
	b, want := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(b, castagnoli) != want {
		return errLogBody
	}
	for b = b[1:]; len(b) > 0; {
		var l lease.Lease
		var ok bool
		if l, b, ok = readLease(b); !ok {
			return errLogBody
		}
		each(l)
	}
	return nil
}

func readLease(b []byte) (l lease.Lease, rest []byte, ok bool) {
	if len(b) < leaseFixed || int(b[11]) >= len(states) {
		return l, nil, false
	}
	l.Address = netip.AddrFrom4([4]byte(b))
	l.Subnet = prefixOf(l.Address, int(b[4]))
	copy(l.MAC[:], b[5:11])
	l.State = states[b[11]]
	l.Start = moment(int64(binary.BigEndian.Uint64(b[12:])))
	l.Expires = moment(int64(binary.BigEndian.Uint64(b[20:])))
	b = b[leaseFixed:]
	var texts [3][]byte
	for i := range texts {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return l, nil, false
		}
		texts[i], b = b[used:used+int(n)], b[used+int(n):]
	}
	if len(texts[0]) > 0 {
		l.ClientID = append([]byte(nil), texts[0]...)
	}
	l.HostName, l.Machine = string(texts[1]), string(texts[2])
	return l, b, true
}

func prefixOf(a netip.Addr, bits int) netip.Prefix {
	p, err := a.Prefix(bits) // an error for noSubnet and -1
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
