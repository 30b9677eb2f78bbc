// Package capture reads boots: from pcap and pcapng files, or frame by frame.
//
// In: the bytes of a file (tcpdump's, Wireshark's, a rehearsal's), or frames of
// a segment.Tap. Out: one core/symptom.Fact for each packet that is part of a
// boot: DHCP, TFTP, HTTP over IPv4. Broken files and packets are faults or are
// passed over; memory does not grow with what a length field claims. It
// decides nothing. Start reading at Facts and Decoder.
package capture
