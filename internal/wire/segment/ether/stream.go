package ether

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
)

const (
	prefixLen = 4       // the length before each frame on a stream, big-endian
	frameMax  = 1 << 16 // longer than any frame; a greater length is not a frame
	streamBuf = 64 << 10
)

// AttachStream plugs in a virtual machine's network card: frames on conn are
// prefixed by their 4-byte big-endian length, as QEMU's `-netdev socket` has
// them. It returns at once. The port ends, and conn is closed, when detach is
// called, when the peer hangs up or sends what cannot be a frame, or when the
// switch closes; none of these disturbs another port. detach waits until the
// goroutines of this stream have ended.
func (s *Switch) AttachStream(conn net.Conn) (detach func()) {
	p, open := s.attach(func() { conn.Close() }, 2)
	if !open {
		return func() {}
	}
	var both sync.WaitGroup
	both.Add(2)
	run := func(f func(*Port, net.Conn)) {
		defer s.running.Done()
		defer both.Done()
		defer p.Close()
		f(p, conn)
	}
	go run(streamIn)
	go run(streamOut)
	return func() {
		p.Close()
		both.Wait()
	}
}

// streamIn carries frames from the stream to the switch.
func streamIn(p *Port, conn net.Conn) {
	r := bufio.NewReaderSize(conn, streamBuf)
	var prefix [prefixLen]byte
	for {
		if _, err := io.ReadFull(r, prefix[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(prefix[:])
		if n > frameMax {
			return
		}
		frame := make([]byte, n)
		if _, err := io.ReadFull(r, frame); err != nil {
			return
		}
		if p.Send(frame) == net.ErrClosed {
			return
		}
	}
}

// streamOut carries frames from the switch to the stream, many a write.
func streamOut(p *Port, conn net.Conn) {
	w := bufio.NewWriterSize(conn, streamBuf)
	var prefix [prefixLen]byte
	var frames [][]byte
	for open := true; ; {
		if frames, open = p.RecvAll(frames); !open {
			return
		}
		for _, frame := range frames {
			binary.BigEndian.PutUint32(prefix[:], uint32(len(frame)))
			w.Write(prefix[:])
			if _, err := w.Write(frame); err != nil {
				return
			}
		}
		if w.Flush() != nil {
			return
		}
	}
}
