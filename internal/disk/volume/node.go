package volume

import (
	"io/fs"
	"time"

	"seedbed/internal/fault"
)

// Run is a run of bytes of the image. One with a negative offset is a hole: it
// reads as zeros.
type Run struct{ Off, N int64 }

// Node is one file, directory or link. It implements fs.FileInfo, so that its
// fields have other words.
type Node struct {
	ID      string // its name
	At      int64  // of a directory: where it lies, which tells directories apart
	Link    string // target of a symbolic link
	Runs    []Run  // the content, where the format knows it without another look
	Bytes   int64
	Time    time.Time
	Type    fs.FileMode
	Refusal string // why its content cannot be read; "" when it can
	Key     uint64 // the format's own: the way back to what the node was made of
}

func (n *Node) Name() string       { return n.ID }
func (n *Node) Size() int64        { return n.Bytes }
func (n *Node) Mode() fs.FileMode  { return n.Type }
func (n *Node) ModTime() time.Time { return n.Time }
func (n *Node) IsDir() bool        { return n.Type.IsDir() }
func (n *Node) Sys() any           { return nil }

// renamed is a node seen under the name of the link that led to it.
type renamed struct {
	*Node
	as string
}

func (r renamed) Name() string { return r.as }

// HintDamaged is what to do about an image that contradicts itself.
const HintDamaged = "compare the file's checksum with the publisher's and download it again"

// Damaged is the fault of such an image.
func Damaged(format string, args ...any) error {
	return fault.New(fault.Invalid, HintDamaged, "the image is damaged: "+format, args...)
}
