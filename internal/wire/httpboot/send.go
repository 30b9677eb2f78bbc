package httpboot

import (
	"errors"
	"io"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	// chunk is how much is sent under one deadline.
	chunk = 256 << 10
	// enough is what must have moved for a deadline to be moved too: less is
	// no slow installer, but a client that holds a connection on purpose.
	enough = 16 << 10
)

// counter counts the bytes sent and moves the write deadline along with them,
// so that a client that stops reading is let go and a slow one is not.
type counter struct {
	http.ResponseWriter
	ctl *http.ResponseController
	n   int64
	err error

	moving func(n int64) // told now and then what was sent since; may be nil
	at     time.Time     // when it was last told
	told   int64         // of n
}

// tellEvery is how often a long transfer tells that it goes on.
const tellEvery = 5 * time.Second

// tell is called after each piece.
func (c *counter) tell(now time.Time) {
	switch {
	case c.moving == nil:
	case c.at.IsZero():
		c.at = now
	case now.Sub(c.at) >= tellEvery && c.n > c.told:
		c.moving(c.n - c.told)
		c.at, c.told = now, c.n
	}
}

func (c *counter) Write(b []byte) (int, error) {
	now := time.Now()
	c.tell(now)
	c.ctl.SetWriteDeadline(now.Add(Idle))
	n, err := c.ResponseWriter.Write(b)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}

// ReadFrom is what http.ServeContent sends with. A piece of a file goes from
// the kernel's memory to the network without coming by here (sendfile(2)).
// net/http and net find the file only in an io.LimitedReader directly around
// an *os.File; hence the unwrapping.
func (c *counter) ReadFrom(r io.Reader) (total int64, err error) {
	left, src := int64(1)<<62, r
	if l, ok := r.(*io.LimitedReader); ok {
		left, src = l.N, l.R
	}
	switch from := src.(type) {
	case *os.File:
		return c.sendfile(from, left, enough) // after an error net/http's own buffer takes no more
	case *piece:
		if _, err := from.file.Seek(from.base+from.pos, io.SeekStart); err != nil {
			c.err = err
			return 0, err
		}
		return c.sendfile(from.file, min(left, from.size-from.pos), chunk)
	}
	return c.copy(src, left)
}

// sendfile sends at most left bytes of a file, most of them under one deadline.
func (c *counter) sendfile(file *os.File, left, most int64) (total int64, err error) {
	for left > 0 {
		now := time.Now()
		c.tell(now)
		c.ctl.SetWriteDeadline(now.Add(Idle))
		n, err := io.CopyN(c.ResponseWriter, file, min(left, most))
		c.n += n
		total += n
		left -= n
		switch {
		case err == nil:
			runtime.Gosched() // let small answers through between the pieces of large ones
		case errors.Is(err, os.ErrDeadlineExceeded) && n >= enough:
		case err == io.EOF:
			return total, nil
		default:
			c.err = err
			return total, err
		}
	}
	return total, nil
}

var buffers = sync.Pool{New: func() any { return new([enough]byte) }}

// copy sends what is no file. net/http's own ReadFrom would send the header by
// itself first: a small answer is one packet, and one system call.
func (c *counter) copy(src io.Reader, left int64) (total int64, err error) {
	buf := buffers.Get().(*[enough]byte)
	defer buffers.Put(buf)
	for left > 0 {
		n, err := src.Read(buf[:min(left, enough)])
		if n > 0 {
			sent, werr := c.Write(buf[:n])
			total += int64(sent)
			left -= int64(sent)
			if werr != nil {
				return total, werr
			}
		}
		switch {
		case err == io.EOF:
			return total, nil
		case err != nil:
			c.err = err
			return total, err
		}
		if left > 0 {
			runtime.Gosched()
		}
	}
	return total, nil
}

// flush sends what net/http holds back: only then is it known whether the
// client took it.
func (c *counter) flush() {
	if c.n == 0 || c.err != nil {
		return
	}
	if err := c.ctl.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		c.err = err
	}
}

func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
