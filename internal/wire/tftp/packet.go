package tftp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Opcodes, RFC 1350 section 5 and RFC 2347.
const (
	opRRQ   = 1
	opWRQ   = 2
	opDATA  = 3
	opACK   = 4
	opERROR = 5
	opOACK  = 6
)

// Error codes, RFC 1350 appendix I and RFC 2347.
const (
	codeUndefined = 0
	codeNotFound  = 1
	codeAccess    = 2
	codeIllegal   = 4
	codeTID       = 5
)

const (
	maxRequest = 2048 // a request is one datagram; RFC 2347 asks for 512 at most
	maxName    = 512
	maxText    = 128 // what we keep, and send, of an error's text
	headerLen  = 4
)

// option is one option as the client spelled it.
type option struct{ name, value string }

// request is a read or write request as it came, strings not yet cleaned.
type request struct {
	op      uint16
	name    string
	mode    string // lower case
	options []option
}

var (
	// errNotRequest is no business of port 69: dropped without an answer, so
	// that two servers cannot be made to exchange errors for ever.
	errNotRequest = errors.New("not a TFTP request")
	errMalformed  = errors.New("malformed TFTP request")
)

// parseRequest reads an RRQ or WRQ. Trailing bytes that make no pair of
// option and value are ignored: some ROMs pad their requests.
func parseRequest(b []byte) (request, error) {
	if len(b) < headerLen {
		return request{}, errNotRequest
	}
	r := request{op: binary.BigEndian.Uint16(b)}
	if r.op != opRRQ && r.op != opWRQ {
		return request{}, errNotRequest
	}
	name, rest, ok := cutString(b[2:])
	if !ok {
		return r, errMalformed
	}
	mode, rest, ok := cutString(rest)
	if !ok || len(name) > maxName {
		return r, errMalformed
	}
	r.name, r.mode = name, strings.ToLower(mode)
	for {
		var o option
		if o.name, rest, ok = cutString(rest); !ok || o.name == "" {
			return r, nil
		}
		if o.value, rest, ok = cutString(rest); !ok {
			return r, nil
		}
		r.options = append(r.options, o)
	}
}

// cutString takes one NUL-ended string off the front.
func cutString(b []byte) (s string, rest []byte, ok bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return "", nil, false
	}
	return string(b[:i]), b[i+1:], true
}

var errDotDot = errors.New(`the name has a ".." element`)

// cleanName is the name as Request documents it.
func cleanName(sent string) (string, error) {
	// Old ROMs read option 67 as a C string and take the byte behind it, the
	// 0xFF that ends the DHCP options, as part of the name (Lenovo T460, Z77X).
	sent = strings.TrimRight(sent, "\xff\x00")
	parts := strings.Split(strings.ReplaceAll(sent, `\`, "/"), "/")
	kept := parts[:0]
	for _, p := range parts {
		switch p {
		case "", ".":
		case "..":
			return "", errDotDot
		default:
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "/"), nil
}

// buildOACK acknowledges options, RFC 2347.
func buildOACK(options []option) []byte {
	b := []byte{0, opOACK}
	for _, o := range options {
		b = append(append(b, o.name...), 0)
		b = append(append(b, o.value...), 0)
	}
	return b
}

// buildError is an ERROR packet; the text is cut and made printable ASCII.
func buildError(code uint16, text string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, opERROR}, code)
	return append(append(b, printable(text)...), 0)
}

// printable cuts a text to maxText bytes of printable ASCII.
func printable(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

// PeerError is an ERROR packet the client sent.
type PeerError struct {
	Code uint16
	Text string // printable ASCII, at most 128 bytes; the client's words
}

// Error gives the code and the client's words, quoted.
func (e *PeerError) Error() string {
	return "client ended the transfer: error " + strconv.Itoa(int(e.Code)) + " " + fmt.Sprintf("%q", e.Text)
}

// parseError reads an ERROR packet of at least headerLen bytes.
func parseError(b []byte) *PeerError {
	text, _, ok := cutString(b[headerLen:])
	if !ok {
		text = string(b[headerLen:])
	}
	return &PeerError{Code: binary.BigEndian.Uint16(b[2:]), Text: printable(text)}
}
