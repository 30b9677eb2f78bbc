// Package iso reads an ISO 9660 or UDF image as an fs.FS, in place.
//
// In: an image file (or any io.ReaderAt). Out: directories, files, symbolic
// links (Rock Ridge, else UDF by disk/udf, else Joliet, else lower-cased plain
// names), the volume's labels and the El Torito boot images. A file says where
// it lies in the image, so that a server can send it straight from there.
// It never mounts, copies or writes, holds no more than a bounded cache of
// directories (disk/volume), and takes every image for hostile: what does not
// add up is a fault.Invalid naming the place. It knows nothing of releases.
// Start reading at Open; then directory.go (records), susp.go (Rock Ridge).
package iso
