package httpboot

import (
	"io"
	"net/http"
	"time"
)

// counter counts the bytes sent and moves the write deadline along with them,
// so that a client that stops reading is let go and a slow one is not.
type counter struct {
	http.ResponseWriter
	ctl *http.ResponseController
	n   int64
	err error
}

// chunk is how much is written under one deadline.
const chunk = 1 << 20

func (c *counter) Write(b []byte) (int, error) {
	c.ctl.SetWriteDeadline(time.Now().Add(Idle))
	n, err := c.ResponseWriter.Write(b)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}

// ReadFrom hands whole chunks to the connection, which uses sendfile where
// the source is a file.
func (c *counter) ReadFrom(r io.Reader) (total int64, err error) {
	for {
		c.ctl.SetWriteDeadline(time.Now().Add(Idle))
		n, err := io.CopyN(c.ResponseWriter, r, chunk)
		c.n += n
		total += n
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			c.err = err
			return total, err
		}
	}
}

func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
