// Command tftpcrowd has many clients download one file by TFTP at a time, each
// from a port of its own, the addresses given in turn, and compares every byte
// with the file.
//
//	tftpcrowd -n 1000 -compare blob -from 192.0.2.2,192.0.2.3 192.0.2.1:69 blob
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"seedbed/internal/wire/segment"
	"seedbed/internal/wire/tftp/tftptest"
)

func main() {
	n := flag.Int("n", 1000, "clients")
	from := flag.String("from", "", "addresses of the clients, with commas")
	file := flag.String("compare", "", "the file that the server serves")
	block := flag.Int("blksize", 1468, "")
	window := flag.Int("windowsize", 8, "")
	flag.Parse()
	server, err := netip.ParseAddrPort(flag.Arg(0))
	want, rerr := os.ReadFile(*file)
	if err != nil || rerr != nil || flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, err, rerr)
		flag.Usage()
		os.Exit(2)
	}
	addrs := strings.Split(*from, ",")
	opt := tftptest.Options{Block: *block, Window: *window, TSize: true, Resend: 3 * time.Second, Tries: 20}
	var good, bad atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for i := range *n {
		wg.Go(func() {
			c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(addrs[i%len(addrs)])})
			var r tftptest.Result
			if err == nil {
				r, err = tftptest.Get(context.Background(), port{c}, server, flag.Arg(1), opt)
			}
			if err != nil || !bytes.Equal(r.Data, want) {
				fmt.Fprintf(os.Stderr, "client %d: %d bytes, %v\n", i, len(r.Data), err)
				bad.Add(1)
				return
			}
			good.Add(1)
		})
	}
	wg.Wait()
	took := time.Since(start)
	fmt.Printf("%d byte-exact, %d not, %.1f s, %.0f MB/s\n", good.Load(), bad.Load(), took.Seconds(), float64(good.Load()*int64(len(want)))/1e6/took.Seconds())
	if bad.Load() > 0 {
		os.Exit(1)
	}
}

// port is a segment.UDP of the kernel's.
type port struct{ *net.UDPConn }

func (p port) Read(buf []byte) (segment.Packet, error) {
	n, from, err := p.ReadFromUDPAddrPort(buf)
	return segment.Packet{Data: buf[:n], From: netip.AddrPortFrom(from.Addr().Unmap(), from.Port())}, err
}

func (p port) Write(b []byte, to netip.AddrPort, _ net.HardwareAddr) error {
	_, err := p.WriteToUDPAddrPort(b, to)
	return err
}
