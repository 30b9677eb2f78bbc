package ether

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

// The pcap file format (draft-ietf-opsawg-pcap), little-endian.
const (
	pcapMagic    = 0xa1b2c3d4 // times in microseconds
	pcapMajor    = 2
	pcapMinor    = 4
	pcapSnapLen  = 262144
	pcapEthernet = 1 // LINKTYPE_ETHERNET
)

// tap is one running capture.
type tap struct {
	mu  sync.Mutex
	w   *bufio.Writer
	err error
}

// Capture writes a pcap of every frame sent from now on to w, until stop or
// Close. stop writes out the rest and gives the first error of w, after which
// nothing more was written.
func (s *Switch) Capture(w io.Writer) (stop func() error, err error) {
	t := &tap{w: bufio.NewWriterSize(w, 64<<10)}
	var h [24]byte
	binary.LittleEndian.PutUint32(h[0:], pcapMagic)
	binary.LittleEndian.PutUint16(h[4:], pcapMajor)
	binary.LittleEndian.PutUint16(h[6:], pcapMinor)
	binary.LittleEndian.PutUint32(h[16:], pcapSnapLen)
	binary.LittleEndian.PutUint32(h[20:], pcapEthernet)
	t.w.Write(h[:])
	if err := t.w.Flush(); err != nil {
		return nil, err
	}
	s.setTaps(func(taps []*tap) []*tap { return append(taps, t) })
	return func() error {
		s.setTaps(func(taps []*tap) []*tap {
			return slices.DeleteFunc(taps, func(o *tap) bool { return o == t })
		})
		return t.flush()
	}, nil
}

// setTaps replaces the list by what change makes of a copy.
func (s *Switch) setTaps(change func([]*tap) []*tap) {
	s.tapMu.Lock()
	defer s.tapMu.Unlock()
	var taps []*tap
	if old := s.taps.Load(); old != nil {
		taps = slices.Clone(*old)
	}
	taps = change(taps)
	s.taps.Store(&taps)
}

func (s *Switch) stopCaptures() error {
	taps := s.taps.Swap(nil)
	if taps == nil {
		return nil
	}
	var all error
	for _, t := range *taps {
		all = errors.Join(all, t.flush())
	}
	return all
}

// record hands the frame to the running captures.
func (s *Switch) record(frame []byte) {
	taps := s.taps.Load()
	if taps == nil || len(*taps) == 0 {
		return
	}
	now := time.Now()
	for _, t := range *taps {
		t.record(now, frame)
	}
}

func (t *tap) record(now time.Time, frame []byte) {
	var h [16]byte
	binary.LittleEndian.PutUint32(h[0:], uint32(now.Unix()))
	binary.LittleEndian.PutUint32(h[4:], uint32(now.Nanosecond()/1000))
	binary.LittleEndian.PutUint32(h[8:], uint32(len(frame)))
	binary.LittleEndian.PutUint32(h[12:], uint32(len(frame)))
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return
	}
	t.w.Write(h[:])
	_, t.err = t.w.Write(frame)
}

func (t *tap) flush() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = t.w.Flush()
	}
	return t.err
}
