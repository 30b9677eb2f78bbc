package tftp_test

import (
	"bytes"
	"context"
	"net/netip"
	"testing"
	"time"

	"seedbed/internal/wire/segment"
	"seedbed/internal/wire/tftp"
	"seedbed/internal/wire/tftp/tftptest"
)

// A paper machine boots through the real server on a segment in memory.
func TestServesASegmentInMemory(t *testing.T) {
	m, err := segment.NewMemory(netip.MustParsePrefix("192.0.2.1/24"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	host, err := m.AddHost(netip.MustParsePrefix("192.0.2.10/24"))
	if err != nil {
		t.Fatal(err)
	}
	data := pattern(3 << 20)
	reports := make(chan tftp.Transfer, 2)
	srv := &tftp.Server{Files: memory{"f": data}, Report: func(r tftp.Transfer) { reports <- r }}
	port := announced{m, make(chan bool, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, port) }()

	<-port.listening

	get := func(opt tftptest.Options) (tftptest.Result, error) {
		u, err := host.ListenUDP(2070)
		if err != nil {
			t.Fatal(err)
		}
		return tftptest.Get(ctx, u, netip.MustParseAddrPort("192.0.2.1:69"), "f", opt)
	}
	start := time.Now()
	r, err := get(tftptest.Options{Block: 65464, Window: 8, TSize: true})
	if err != nil || !bytes.Equal(r.Data, data) {
		t.Fatalf("err %v, %d bytes", err, len(r.Data))
	}
	rep := <-reports
	t.Logf("%d MiB in %v, %d resends, blksize %d", len(data)>>20, time.Since(start), rep.Resends, rep.Block)
	if rep.Err != nil || rep.Block != 1468 || rep.Local != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("report: block %d, local %v, err %v", rep.Block, rep.Local, rep.Err)
	}
	if _, err := get(tftptest.Options{TSize: true, Probe: true}); err != nil {
		t.Error(err)
	}
	if rep := <-reports; !rep.Probe {
		t.Error("a size probe was not known as one")
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Serve did not return")
	}
}

// announced tells when the server listens.
type announced struct {
	*segment.Memory
	listening chan bool
}

func (a announced) ListenUDP(port uint16) (segment.UDP, error) {
	u, err := a.Memory.ListenUDP(port)
	a.listening <- true
	return u, err
}
