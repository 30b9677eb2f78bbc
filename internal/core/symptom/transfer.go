package symptom

// transfer is one file asked for by TFTP.
type transfer struct {
	ask    Fact
	asks   int // requests alike
	next   int // the block that has to come next, mod 65536
	resent int // how often it was sent, and not acknowledged since
	begun  bool
	acked  bool
	ended  bool
	code   int
}

// blocks is after how many a block's number begins again.
const blocks = 1 << 16

// gather sorts a story's TFTP packets by transfer.
func gather(s *story) (all []*transfer) {
	byPort := map[uint16]*transfer{}
	for _, f := range s.of(TFTPAsk, TFTPData, TFTPAck, TFTPError) {
		t := byPort[f.Port]
		switch f.Kind {
		case TFTPAsk:
			// Who hears nothing asks again; a server then begins anew.
			if t != nil && !t.acked && !t.ended && t.ask.File == f.File {
				t.asks++
				continue
			}
			if old := last(all); old != nil && !old.acked && !old.ended && old.ask.File == f.File {
				old.asks++ // some ROMs take a new port for each try
				byPort[f.Port] = old
				continue
			}
			t = &transfer{ask: f, asks: 1, next: 1}
			all = append(all, t)
			byPort[f.Port] = t
		case TFTPData:
			if t != nil {
				t.begun = true
				// Of a window only its first block counts, or OACK before it.
				if f.Block == t.next || f.Block == 0 && !t.acked {
					t.resent++
				}
			}
		case TFTPAck:
			if t != nil {
				t.begun, t.resent, t.acked, t.next = true, 0, true, (f.Block+1)%blocks
			}
		case TFTPError:
			if t != nil {
				t.begun, t.ended, t.code = true, true, f.Code
			}
		}
	}
	return all
}

// transfers looks at each TFTP transfer.
func transfers(s *story) []Symptom {
	var out []Symptom
	all := gather(s)
	for i, t := range all {
		name := t.ask.File
		switch {
		case !t.begun && t.asks >= resends:
			out = append(out, about(name, s.say("tftp-no-answer", "is the server's port 69/udp closed by a firewall, or does nobody serve TFTP at that address?",
				"%d requests for %q by TFTP and no answer from %s", t.asks, name, t.ask.Server))...)
		case t.resent >= resends && !t.acked:
			out = append(out, about(name, s.say("tftp-firewall", "a firewall lets port 69 through, but not the ports of the transfer: allow UDP from the server's ports above 1023, or load its TFTP helper (nf_conntrack_tftp)",
				"TFTP stops at block 1 of %q: it was sent %d times and never acknowledged", name, t.resent))...)
		case t.resent >= resends && t.next == 1 && !t.ended:
			out = append(out, about(name, s.say("tftp-stops", "small packets pass and large ones do not: look at the MTU along the way and at firewalls that drop fragments; blocks larger than 1468 bytes are fragmented",
				"TFTP stops at block 1 of %q: its options were agreed on, and the first block was sent %d times and never acknowledged", name, t.resent))...)
		case t.resent >= resends && !t.ended:
			out = append(out, about(name, s.say("tftp-stops", "packets get lost on the way: look at cable, duplex and MTU (blocks larger than 1468 bytes are fragmented)",
				"TFTP stops after block %d of %q: the next was sent %d times and never acknowledged", (t.next+blocks-1)%blocks, name, t.resent))...)
		case t.ended && t.code == 1 && i == len(all)-1 && len(s.of(HTTPAsk)) == 0:
			out = append(out, about(name, s.lacks("tftp-not-found", "is the name right (capital letters, a slash at its start)? tftp.root holds files of your own, `loader: auto` names one that is there",
				"TFTP: %q is not found, and the machine asks for nothing after it", name))...)
		}
	}
	return out
}

func last[T any](all []*T) *T {
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}
