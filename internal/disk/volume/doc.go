// Package volume is what the readers of disk images share: a tree of nodes as
// an fs.FS, read in place.
//
// In: a Format (disk/iso, disk/udf), which reads one directory or the place of
// one file's bytes. Out: paths with symbolic links that stay inside, directories
// kept within a bound, files as runs of bytes that a server can send straight
// from the image. A directory that hangs in two places or a path that is too
// deep is a fault, whatever the format.
// It parses nothing itself. Start reading at FS.
package volume
