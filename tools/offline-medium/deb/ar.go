package deb

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const arMagic = "!<arch>\n"

// member is one file of an ar archive; its contents are valid until the next.
type member struct {
	name string
	size int64
	r    io.Reader
}

// eachMember calls f for each member of an ar archive in turn.
func eachMember(r io.Reader, f func(member) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != arMagic {
		return fmt.Errorf("not a Debian package: no ar magic")
	}
	for {
		var h [60]byte
		if _, err := io.ReadFull(in, h[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading an ar header: %w", err)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
		if err != nil || size < 0 || string(h[58:]) != "`\n" {
			return fmt.Errorf("bad ar header %.60q", h[:])
		}
		body := &io.LimitedReader{R: in, N: size}
		if err := f(member{strings.TrimRight(strings.TrimSpace(string(h[:16])), "/"), size, body}); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, in, body.N+size&1); err != nil && err != io.EOF {
			return fmt.Errorf("reading an ar member: %w", err)
		}
	}
}

func writeHeader(w io.Writer, name string, size int64) error {
	_, err := fmt.Fprintf(w, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, 0, 0, 0, "100644", size)
	return err
}

func writeMember(w io.Writer, name string, body []byte) error {
	if err := writeHeader(w, name, int64(len(body))); err != nil {
		return err
	}
	if len(body)&1 == 1 {
		body = append(body[:len(body):len(body)], '\n')
	}
	_, err := w.Write(body)
	return err
}
