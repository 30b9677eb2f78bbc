// Package tftptest is a TFTP client for paper machines and tests.
//
// In: a UDP port of a segment, a server's address, a name and the options to
// ask for. Out: the bytes, and what was said on the way.
// It shares no code with the server, so that a mistake is not made twice; it
// is strict where firmware is (it refuses options it did not ask for).
// It never writes to the server. Start reading at Get.
package tftptest
