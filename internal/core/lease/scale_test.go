package lease

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"seedbed/internal/core/machine"
)

func TestAnEntryStaysSmall(t *testing.T) {
	if n := unsafe.Sizeof(entry{}); n > 128 {
		t.Errorf("an entry takes %d bytes", n)
	}
}

func TestOfTwoRowsOfAnAddressTheLaterCounts(t *testing.T) {
	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	_, all := filled(3, at)
	later := all[1]
	later.MAC, later.Expires = machine.MAC{2, 7}, at.Add(2*time.Hour)
	for _, loaded := range [][]Lease{{all[0], all[1], later, all[2]}, {all[0], later, all[1], all[2]}, {later, all[2], all[1], all[0]}} {
		b := New(Config{Subnets: []Subnet{{Network: all[0].Subnet}}}, loaded)
		if l, _ := b.ByAddress(later.Address); l.MAC != later.MAC || len(b.All()) != 3 {
			t.Errorf("%v of %d", l, len(b.All()))
		}
	}
}

// filled is a book with so many active leases in a pool of a million and more.
func filled(n int, at time.Time) (*Book, []Lease) {
	s := Subnet{Network: netip.MustParsePrefix("10.0.0.0/11"),
		Pools: []Range{{netip.MustParseAddr("10.1.0.0"), netip.MustParseAddr("10.31.255.250")}}}
	all := make([]Lease, n)
	for i := range all {
		mac := numbered(i)
		all[i] = Lease{Subnet: s.Network, Address: numberedAddr(i), MAC: mac, ClientID: append([]byte{1}, mac[:]...),
			State: Active, Start: at, Expires: at.Add(time.Hour)}
	}
	return New(Config{Subnets: []Subnet{s}}, all), all
}

func numbered(i int) (m machine.MAC) {
	m[0] = 2
	binary.BigEndian.PutUint32(m[2:], uint32(i)*2654435761) // scattered
	return m
}

func numberedAddr(i int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 10<<24|1<<16+uint32(i))
	return netip.AddrFrom4(b)
}

// BenchmarkLeases is a DISCOVER and a REQUEST of a machine that comes back and
// of a new one, with so many leases in the book.
func BenchmarkLeases(b *testing.B) {
	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			book, all := filled(n, at)
			loaded := time.Since(began)
			all = nil
			runtime.GC()
			runtime.ReadMemStats(&after)
			now := at
			i := 0
			for b.Loop() {
				now = now.Add(10 * time.Microsecond)
				for _, mac := range []machine.MAC{numbered(i * 7919 % n), {4, 0, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}} {
					a := Ask{At: now, Link: netip.MustParseAddr("10.0.0.1"), MAC: mac}
					a.Requested = book.Offer(a).Lease.Address
					if v := book.Request(a, Selecting); v.Word != Ack {
						b.Fatal(v.Why)
					}
				}
				i = (i + 1) % 500_000
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "bytes/lease")
			b.ReportMetric(loaded.Seconds(), "s/load")
			runtime.KeepAlive(all)
			runtime.KeepAlive(book)
		})
	}
}
