package segment

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// qemu plays QEMU's end of a network card.
type qemu struct{ net.Conn }

func (q qemu) send(frame []byte) {
	q.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...))
}

func (q qemu) recv(t testing.TB) []byte {
	t.Helper()
	q.SetReadDeadline(time.Now().Add(5 * time.Second))
	var prefix [4]byte
	if _, err := io.ReadFull(q, prefix[:]); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, binary.BigEndian.Uint32(prefix[:]))
	if _, err := io.ReadFull(q, frame); err != nil {
		t.Fatal(err)
	}
	return frame
}

func attachQEMU(t testing.TB, m *Memory) (q qemu, detach func()) {
	t.Helper()
	file, detach, err := m.AttachQEMU()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	t.Cleanup(func() { conn.Close() })
	return qemu{conn}, detach
}

func TestQEMUFramesCarryTheirLength(t *testing.T) {
	m := newMemory(t)
	u, err := m.ListenUDP(67)
	if err != nil {
		t.Fatal(err)
	}
	q, detach := attachQEMU(t, m)
	q.send(BuildUDP(UDPFrame{
		Src: clientMAC, Dst: Broadcast, From: netip.AddrPortFrom(zeroIP, 68),
		To: netip.AddrPortFrom(broadcastIP, 67), Data: []byte("discover"),
	}))
	if p := read(t, u); string(p.Data) != "discover" || !bytes.Equal(p.HW, clientMAC) {
		t.Fatalf("heard %q from %v", p.Data, p.HW)
	}
	if err := u.Write([]byte("offer"), netip.MustParseAddrPort("192.0.2.50:68"), clientMAC); err != nil {
		t.Fatal(err)
	}
	if f, ok := ParseUDP(q.recv(t)); !ok || string(f.Data) != "offer" {
		t.Errorf("the card got %+v, %v", f, ok)
	}
	detach()
	if _, err := q.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after detach the card reads %v", err)
	}
}

func TestCardThatStopsReadingOrSpeaksNonsenseHarmsNobody(t *testing.T) {
	m := newMemory(t)
	attachQEMU(t, m) // never reads
	mad, _ := attachQEMU(t, m)
	mad.Write([]byte{0xff, 0xff, 0xff, 0xff, 1, 2, 3})
	u, err := m.ListenUDP(67)
	if err != nil {
		t.Fatal(err)
	}
	// More broadcasts than the silent card's queue and socket hold.
	data := make([]byte, 1400)
	for range 10000 {
		if err := u.Write(data, netip.AddrPortFrom(broadcastIP, 68), nil); err != nil {
			t.Fatal(err)
		}
	}
	client, err := m.AddHost(netip.MustParsePrefix("192.0.2.50/24"))
	if err != nil {
		t.Fatal(err)
	}
	transfer(t, m.Host, client, noise(1<<20))
}
