package cable

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"seedbed/internal/wire/segment"
)

// Faults are what a bad network does to every frame of the virtual machine.
// The servers know nothing of it, as on a real wire.
type Faults struct {
	Loss       float64 // the part of all frames that is lost, 0 to 1, each way
	NoDNS      bool    // no DHCP answer names a DNS server (option 6)
	NoInternet bool    // nothing is forwarded out of the subnet, and no name server answers
}

// Any says whether frames meet any fault.
func (f Faults) Any() bool { return f.Loss > 0 || f.NoDNS || f.NoInternet }

// longestFrame is what QEMU's socket netdev sends at most.
const longestFrame = 68 << 10

// New puts the faults between QEMU's end of a network card, which it gives,
// and the segment's end, which it takes over. It ends when either end does.
func New(segmentEnd *os.File, f Faults) (*os.File, error) {
	to, err := net.FileConn(segmentEnd)
	segmentEnd.Close()
	if err != nil {
		return nil, fmt.Errorf("opening the segment's end of a cable: %w", err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		to.Close()
		return nil, fmt.Errorf("making a cable: %w", err)
	}
	ours := os.NewFile(uintptr(pair[0]), "cable")
	from, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		to.Close()
		unix.Close(pair[1])
		return nil, fmt.Errorf("making a cable: %w", err)
	}
	carry := func(dst, src net.Conn) {
		frames(dst, src, f)
		dst.Close()
		src.Close()
	}
	go carry(to, from)
	go carry(from, to)
	return os.NewFile(uintptr(pair[1]), "QEMU's network card"), nil
}

// frames carries frames, each behind its 4-byte length, until an end closes.
func frames(dst io.Writer, src io.Reader, f Faults) {
	in, out := bufio.NewReaderSize(src, 256<<10), bufio.NewWriterSize(dst, 256<<10)
	buf := make([]byte, 4+longestFrame)
	for {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		if _, err := io.ReadFull(in, buf[:4]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(buf)
		if n > longestFrame {
			return
		}
		if _, err := io.ReadFull(in, buf[4:4+n]); err != nil {
			return
		}
		if f.Loss > 0 && rand.Float64() < f.Loss {
			continue
		}
		if f.NoInternet && asksNames(buf[4:4+n]) {
			continue
		}
		if f.NoDNS {
			withoutDNS(buf[4 : 4+n])
		}
		if _, err := out.Write(buf[:4+n]); err != nil {
			return
		}
	}
}

// asksNames says whether a frame is a question to a name server (RFC 1035).
func asksNames(frame []byte) bool {
	u, ok := segment.ParseUDP(frame)
	return ok && u.To.Port() == 53
}

// Numbers of DHCP (RFC 2131 section 2, RFC 2132).
const (
	dhcpServerPort   = 67
	dhcpOptionsStart = 240
	dhcpPad          = 0
	dhcpDNS          = 6
	dhcpEnd          = 255
)

// withoutDNS overwrites option 6 of a DHCP server's answer with pads, in
// place, and mends the checksum.
func withoutDNS(frame []byte) {
	u, ok := segment.ParseUDP(frame)
	if !ok || u.From.Port() != dhcpServerPort || len(u.Data) < dhcpOptionsStart {
		return
	}
	o := u.Data[dhcpOptionsStart:]
	found := false
	for i := 0; i < len(o) && o[i] != dhcpEnd; {
		if o[i] == dhcpPad {
			i++
			continue
		}
		if i+1 >= len(o) || i+2+int(o[i+1]) > len(o) {
			return
		}
		next := i + 2 + int(o[i+1])
		if o[i] == dhcpDNS {
			clear(o[i:next])
			found = true
		}
		i = next
	}
	if found {
		// A checksum of zero is none at all (RFC 768).
		const ethernet, checksum = 14, 6
		at := ethernet + int(frame[ethernet]&0xf)*4 + checksum
		frame[at], frame[at+1] = 0, 0
	}
}
