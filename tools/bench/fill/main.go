// Command fill puts N leases into a fresh state directory, for benchmarks:
//
//	go run ./tools/bench/fill STATE N
//
// They are those of 10.80.0.0 and up in 10.0.0.0/8, run for a day, and have
// client-ids, as machines send them.
package main

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/disk/store"
)

func main() {
	if err := fill(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func fill() error {
	if len(os.Args) != 3 {
		return fmt.Errorf("usage: fill STATE N")
	}
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	s, err := store.Open(os.Args[1])
	if err != nil {
		return err
	}
	defer s.Close()
	const once = 10_000
	now := time.Now()
	for first := 0; first < n; first += once {
		var some []lease.Lease
		for i := first; i < min(n, first+once); i++ {
			some = append(some, numbered(i, now))
		}
		if err := s.CommitLeases(some); err != nil {
			return err
		}
	}
	// A server that has had a minute of quiet has moved them to their table.
	c := store.NewCommitter(s)
	defer c.Close()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(os.Args[1], "seedbed.db")+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	for waiting := n; waiting > 0; time.Sleep(100 * time.Millisecond) {
		if err := db.QueryRow("SELECT count(*) FROM lease_log").Scan(&waiting); err != nil {
			return err
		}
	}
	return nil
}

// numbered is the i-th lease. MACs are scattered, as makers' are.
func numbered(i int, now time.Time) lease.Lease {
	l := lease.Lease{Subnet: netip.MustParsePrefix("10.0.0.0/8"), State: lease.Active, Start: now, Expires: now.Add(24 * time.Hour)}
	l.MAC = machine.MAC{2, 0xfe}
	binary.BigEndian.PutUint32(l.MAC[2:], uint32(i)*2654435761)
	l.ClientID = append([]byte{1}, l.MAC[:]...)
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], 10<<24|80<<16+uint32(i))
	l.Address = netip.AddrFrom4(a)
	return l
}
