// Package checksum says whether a file is what its publisher made.
//
// In: the path of a medium. Out: the SHA-256 sum that lies beside it in any of
// the publishers' forms, whether the file has it, and who signed the sums, by
// gpgv with the keyrings of this host.
// It writes nothing but short-lived key files, and never asks the network.
// Start reading at Check.
package checksum
