package mirror

import (
	"context"
	"errors"
	"io"
)

// body reads a flight's file while it arrives. Where its size is not known it
// waits for the end first.
func (f *flight) body(ctx context.Context) (io.ReadSeeker, error) {
	r := &reader{f: f, ctx: ctx, size: f.entry.Size}
	if r.size < 0 {
		if err := r.wait(func() bool { return f.whole }); err != nil {
			return nil, err
		}
		r.size = f.written
	}
	return r, nil
}

type reader struct {
	f       *flight
	ctx     context.Context
	size    int64
	off     int64
	granted int64 // known to be readable
}

// Read waits for bytes that have not come yet. The last one is held back
// until the file is known to be whole and right, so that a client never has
// all the bytes of a file that is not.
func (r *reader) Read(b []byte) (int, error) {
	if r.off >= r.size {
		return 0, io.EOF
	}
	if r.off >= r.granted {
		err := r.wait(func() bool {
			r.granted = min(r.f.written, r.size-1)
			if r.f.whole {
				r.granted = r.size
			}
			return r.granted > r.off
		})
		if err != nil {
			return 0, err
		}
	}
	n, err := r.f.part.ReadAt(b[:min(int64(len(b)), r.granted-r.off)], r.off)
	r.off += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// wait blocks until ok, which is called with the flight's lock held.
func (r *reader) wait(ok func() bool) error {
	for {
		r.f.mu.Lock()
		good, failed, grew := ok(), r.f.failed, r.f.grew
		r.f.mu.Unlock()
		switch {
		case good:
			return nil
		case failed != nil:
			return failed
		}
		select {
		case <-grew:
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
}

func (r *reader) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += r.off
	case io.SeekEnd:
		off += r.size
	}
	if off < 0 {
		return 0, errors.New("seeking before the start")
	}
	r.off = off
	return off, nil
}
