package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
)

// The ports of RFC 2131 section 4.1 and PXE 2.1 section 2.2.4.
const (
	ServerPort = 67
	ClientPort = 68
	BootPort   = 4011
)

// Values of the fixed fields.
const (
	OpRequest     = 1
	OpReply       = 2
	Ethernet      = 1      // HType
	FlagBroadcast = 0x8000 // in Flags: the client hears no unicast yet

	MinLen      = 300 // RFC 1542 section 2.1: a BOOTP message is 300 bytes
	FileLen     = 128 // of the file field, with its NUL
	UDPOverhead = 28  // IP and UDP headers, which option 57 counts

	headerLen = 236
	optionsAt = 240
	snameLen  = 64
	maxHops   = 16
)

var cookie = [4]byte{99, 130, 83, 99}

// Message is a DHCP or BOOTP message (RFC 2131 section 2). The four addresses
// are always valid; 0.0.0.0 means none.
type Message struct {
	Op, HType, HLen, Hops          uint8
	XID                            uint32
	Secs, Flags                    uint16
	CIAddr, YIAddr, SIAddr, GIAddr netip.Addr
	CHAddr                         [16]byte
	SName, File                    string
	Options                        []Option // each code once after Parse
}

// Option is one option; as parsed, Data may be part of the packet.
type Option struct {
	Code uint8
	Data []byte
}

var (
	errShort  = errors.New("shorter than a BOOTP header")
	errHLen   = errors.New("hardware address longer than 16 bytes")
	errHops   = errors.New("more than 16 relay hops")
	errOption = errors.New("an option runs over its area")
)

// Parse reads a message into m, reusing its option slice. Data of the options
// is valid as long as b is. Options that occur twice are joined (RFC 3396);
// the file and sname fields are read as options where option 52 says so. A
// message without the magic cookie is BOOTP and has no options.
func Parse(b []byte, m *Message) error {
	if len(b) < optionsAt {
		return errShort
	}
	opts := m.Options[:0]
	*m = Message{
		Op: b[0], HType: b[1], HLen: b[2], Hops: b[3],
		XID:  binary.BigEndian.Uint32(b[4:]),
		Secs: binary.BigEndian.Uint16(b[8:]), Flags: binary.BigEndian.Uint16(b[10:]),
		CIAddr: addr4(b[12:]), YIAddr: addr4(b[16:]), SIAddr: addr4(b[20:]), GIAddr: addr4(b[24:]),
		CHAddr: [16]byte(b[28:44]), Options: opts,
	}
	switch {
	case int(m.HLen) > len(m.CHAddr):
		return errHLen
	case m.Hops > maxHops:
		return errHops
	}
	sname, file := b[44:44+snameLen], b[108:108+FileLen]
	overload := uint8(0)
	if [4]byte(b[headerLen:optionsAt]) == cookie {
		var at [256]uint8
		if err := m.area(b[optionsAt:], &at); err != nil {
			return err
		}
		if o := m.Get(OptOverload); len(o) == 1 {
			overload = o[0]
		}
		if overload&1 != 0 {
			if err := m.area(file, &at); err != nil {
				return err
			}
		}
		if overload&2 != 0 {
			if err := m.area(sname, &at); err != nil {
				return err
			}
		}
	}
	if overload&1 == 0 {
		m.File = cString(file)
	}
	if overload&2 == 0 {
		m.SName = cString(sname)
	}
	return nil
}

// area reads one run of options; at remembers where each code is, from 1.
func (m *Message) area(b []byte, at *[256]uint8) error {
	for i := 0; i < len(b); {
		code := b[i]
		i++
		switch code {
		case OptPad:
			continue
		case OptEnd:
			return nil
		}
		if i >= len(b) || i+1+int(b[i]) > len(b) {
			return errOption
		}
		end := i + 1 + int(b[i])
		data := b[i+1 : end : end]
		i = end
		if at[code] != 0 {
			o := &m.Options[at[code]-1]
			o.Data = append(o.Data, data...)
			continue
		}
		m.Options = append(m.Options, Option{code, data})
		at[code] = uint8(len(m.Options))
	}
	return nil
}

// Get is the option's data, nil when it is absent, empty when it is.
func (m *Message) Get(code uint8) []byte {
	for i := range m.Options {
		if m.Options[i].Code == code {
			return m.Options[i].Data
		}
	}
	return nil
}

// Addr is the option as one address, invalid if it is absent, malformed or zero.
func (m *Message) Addr(code uint8) netip.Addr {
	d := m.Get(code)
	if len(d) != 4 {
		return netip.Addr{}
	}
	return Known(addr4(d))
}

// Type is option 53, or 0 (BOOTP) if there is none.
func (m *Message) Type() MessageType {
	if d := m.Get(OptMessageType); len(d) == 1 {
		return MessageType(d[0])
	}
	return 0
}

// TypeOf is option 53 of a message that was not parsed, 0 if it has none or is
// none. Options in the file and sname fields are not looked at.
func TypeOf(b []byte) MessageType {
	if len(b) < optionsAt || [4]byte(b[headerLen:optionsAt]) != cookie {
		return 0
	}
	for b = b[optionsAt:]; len(b) > 0 && b[0] != OptEnd; {
		switch {
		case b[0] == OptPad:
			b = b[1:]
			continue
		case len(b) < 2 || len(b) < 2+int(b[1]):
			return 0
		case b[0] == OptMessageType && b[1] == 1:
			return MessageType(b[2])
		}
		b = b[2+int(b[1]):]
	}
	return 0
}

// Append writes the message after dst: its options in their order, those that
// would go past limit bytes left out (the last option, if it is 82, never),
// padded to the 300 bytes of BOOTP.
func (m *Message) Append(dst []byte, limit int) []byte {
	start := len(dst)
	dst = append(dst, m.Op, m.HType, m.HLen, m.Hops)
	dst = binary.BigEndian.AppendUint32(dst, m.XID)
	dst = binary.BigEndian.AppendUint16(dst, m.Secs)
	dst = binary.BigEndian.AppendUint16(dst, m.Flags)
	for _, a := range [...]netip.Addr{m.CIAddr, m.YIAddr, m.SIAddr, m.GIAddr} {
		dst = AppendAddr(dst, a)
	}
	dst = append(dst, m.CHAddr[:]...)
	dst = appendField(dst, m.SName, snameLen)
	dst = appendField(dst, m.File, FileLen)
	dst = append(dst, cookie[:]...)
	room := limit - (len(dst) - start) - 1
	last := len(m.Options) - 1
	if last >= 0 && m.Options[last].Code == OptRelay {
		room -= m.Options[last].size()
	}
	for i, o := range m.Options {
		if n := o.size(); i != last || o.Code != OptRelay {
			if n > room {
				continue
			}
			room -= n
		}
		dst = o.append(dst)
	}
	dst = append(dst, OptEnd)
	for len(dst)-start < MinLen {
		dst = append(dst, 0)
	}
	return dst
}

// size is what append will add.
func (o Option) size() int {
	if o.Code == OptPad {
		return 1
	}
	parts := max(1, (len(o.Data)+254)/255)
	return len(o.Data) + 2*parts
}

// append writes the option, in parts if it is longer than 255 bytes (RFC 3396).
func (o Option) append(dst []byte) []byte {
	if o.Code == OptPad {
		return append(dst, OptPad)
	}
	d := o.Data
	for {
		n := min(len(d), 255)
		dst = append(append(dst, o.Code, uint8(n)), d[:n]...)
		if d = d[n:]; len(d) == 0 {
			return dst
		}
	}
}

// appendField writes a C string into a field of n bytes, cut so that its NUL fits.
func appendField(dst []byte, s string, n int) []byte {
	s = s[:min(len(s), n-1)]
	dst = append(dst, s...)
	for range n - len(s) {
		dst = append(dst, 0)
	}
	return dst
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

func addr4(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b[:4])) }

// AppendAddr appends an IPv4 address, zeros if a is none.
func AppendAddr(dst []byte, a netip.Addr) []byte {
	if a = a.Unmap(); !a.Is4() {
		return append(dst, 0, 0, 0, 0)
	}
	b := a.As4()
	return append(dst, b[:]...)
}

// Known is the address, or the invalid one for 0.0.0.0.
func Known(a netip.Addr) netip.Addr {
	if a.IsUnspecified() {
		return netip.Addr{}
	}
	return a
}
