// Package iso reads an ISO 9660 image as an fs.FS, in place.
//
// In: an image file (or any io.ReaderAt). Out: directories, files, symbolic
// links (Rock Ridge, else Joliet, else lower-cased plain names), the volume's
// labels and the El Torito boot images. A file says where it lies in the image,
// so that a server can send it straight from there.
// It never mounts, copies or writes, holds no more than a bounded cache of
// directories, and takes every image for hostile: what does not add up is a
// fault.Invalid naming the place. It knows nothing of UDF or of releases.
// Start reading at Open; then path.go (names), directory.go (records).
package iso
