// Package udf reads a UDF volume as an fs.FS, in place.
//
// In: an io.ReaderAt with a volume of UDF 1.02 to 2.60 (ECMA-167 and the OSTA
// specifications), as install DVDs have them: one session, physical or metadata
// partitions. Out: a volume.FS, whose files say where they lie.
// Packet-written and write-once discs (sparable, virtual partitions) are named
// and refused. It takes every image for hostile, as disk/iso does.
// Start reading at New; then partition.go (blocks), entry.go (files),
// directory.go (names).
package udf
