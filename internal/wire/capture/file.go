package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"seedbed/internal/fault"
)

// Numbers of the pcap and pcapng file formats (draft-ietf-opsawg-pcap,
// draft-ietf-opsawg-pcapng) and link types (LINKTYPE_ list of tcpdump.org).
const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
	magicNG    = 0x0a0d0d0a // also the type of a section header
	orderNG    = 0x1a2b3c4d

	blockInterface = 1
	blockSimple    = 3
	blockEnhanced  = 6
	optionTSResol  = 9

	linkEthernet = 1
	linkRaw      = 101
	linkCooked   = 113
	linkCooked2  = 276

	maxPacket     = 256 << 10 // tcpdump's largest snap length
	maxBlock      = 16 << 20
	maxInterfaces = 4096
)

// record is one packet of a file.
type record struct {
	at   time.Time
	link uint32
	data []byte
}

// records reads a file packet by packet; io.EOF at its end, also where the
// last packet is cut off, as in a capture that still goes on.
type records struct {
	in    *bufio.Reader
	order binary.ByteOrder
	nano  bool
	link  uint32
	ng    bool
	ifs   []ngInterface
	buf   []byte
}

type ngInterface struct {
	link  uint32
	ticks uint64 // a second
}

func broken(what string) error {
	return fault.New(fault.Invalid, "tcpdump -w FILE makes one that can be read", "%s", what)
}

func open(in io.Reader) (*records, error) {
	r := &records{in: bufio.NewReaderSize(in, 64<<10)}
	magic, err := r.in.Peek(4)
	if err != nil {
		return nil, broken("the file is too short for a capture")
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(magic) {
		case magicNG:
			r.ng = true
			return r, nil
		case magicMicro, magicNano:
			r.order, r.nano = order, order.Uint32(magic) == magicNano
			var head [24]byte
			if _, err := io.ReadFull(r.in, head[:]); err != nil {
				return nil, broken("the file ends in its header")
			}
			r.link = order.Uint32(head[20:]) & 0x0fffffff
			return r, nil
		}
	}
	return nil, broken("the file is neither pcap nor pcapng")
}

func (r *records) next() (record, error) {
	if r.ng {
		return r.nextNG()
	}
	var h [16]byte
	if _, err := io.ReadFull(r.in, h[:]); err != nil {
		return record{}, io.EOF
	}
	n := r.order.Uint32(h[8:])
	if n > maxPacket {
		return record{}, broken("a packet of the file claims to be larger than any is")
	}
	data, err := r.read(int(n))
	if err != nil {
		return record{}, err
	}
	part := int64(r.order.Uint32(h[4:]))
	if !r.nano {
		part *= 1000
	}
	return record{time.Unix(int64(r.order.Uint32(h[0:])), part).UTC(), r.link, data}, nil
}

// read gives n bytes, valid until the next read.
func (r *records) read(n int) ([]byte, error) {
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if _, err := io.ReadFull(r.in, r.buf); err != nil {
		return nil, io.EOF
	}
	return r.buf, nil
}

// nextNG goes on to the next packet block.
func (r *records) nextNG() (record, error) {
	for {
		kind, body, err := r.block()
		if err != nil {
			return record{}, err
		}
		switch {
		case kind == blockInterface && len(body) >= 8 && len(r.ifs) < maxInterfaces:
			r.ifs = append(r.ifs, ngInterface{uint32(r.order.Uint16(body)), resolution(r.order, body[8:])})
		case kind == blockEnhanced && len(body) >= 20:
			i := r.order.Uint32(body)
			n := r.order.Uint32(body[12:])
			if int64(i) >= int64(len(r.ifs)) || int64(n) > int64(len(body)-20) {
				return record{}, broken("a packet of the file names an interface or a length that is not there")
			}
			ticks := uint64(r.order.Uint32(body[4:]))<<32 | uint64(r.order.Uint32(body[8:]))
			per := r.ifs[i].ticks
			at := time.Unix(int64(ticks/per), int64(float64(ticks%per)/float64(per)*1e9)).UTC()
			return record{at, r.ifs[i].link, body[20 : 20+n]}, nil
		case kind == blockSimple && len(body) >= 4 && len(r.ifs) > 0:
			n := min(int(r.order.Uint32(body)&0x7fffffff), len(body)-4)
			return record{time.Time{}, r.ifs[0].link, body[4 : 4+n]}, nil
		}
	}
}

// block gives one block's type and body; a section header sets the order of
// bytes anew.
func (r *records) block() (kind uint32, body []byte, err error) {
	var h [12]byte
	if _, err := io.ReadFull(r.in, h[:8]); err != nil {
		return 0, nil, io.EOF
	}
	done := 8
	if binary.LittleEndian.Uint32(h[:]) == magicNG { // the same in both orders
		if _, err := io.ReadFull(r.in, h[8:]); err != nil {
			return 0, nil, io.EOF
		}
		done = 12
		switch uint32(orderNG) {
		case binary.LittleEndian.Uint32(h[8:]):
			r.order = binary.LittleEndian
		case binary.BigEndian.Uint32(h[8:]):
			r.order = binary.BigEndian
		default:
			return 0, nil, broken("a section of the file has no order of bytes")
		}
		r.ifs = nil
	}
	if r.order == nil {
		return 0, nil, broken("the file does not begin with a section")
	}
	n := r.order.Uint32(h[4:])
	if n < uint32(done)+4 || n > maxBlock || n%4 != 0 {
		return 0, nil, broken("a block of the file has a length that none has")
	}
	b, err := r.read(int(n) - done)
	if err != nil {
		return 0, nil, err
	}
	return r.order.Uint32(h[:]), b[:len(b)-4], nil // without the length at its end
}

// resolution finds if_tsresol among an interface's options.
func resolution(order binary.ByteOrder, b []byte) uint64 {
	for len(b) >= 4 {
		code, n := order.Uint16(b), int(order.Uint16(b[2:]))
		if code == 0 || n > len(b)-4 {
			break
		}
		if code == optionTSResol && n >= 1 {
			v, ticks := b[4], uint64(1)
			base := uint64(10)
			if v&0x80 != 0 {
				base = 2
			}
			for range v & 0x7f {
				if ticks > 1<<62/base {
					return 1e6
				}
				ticks *= base
			}
			return ticks
		}
		b = b[min(len(b), 4+(n+3)/4*4):]
	}
	return 1e6
}

var errOther = errors.New("no packet of a boot")
