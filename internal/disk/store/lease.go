package store

import (
	"database/sql"
	"net/netip"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
)

// CommitLeases keeps the leases, all or none; they are on the disk when it
// returns nil. A lease replaces the one of the same subnet and address, and of
// several for one address the last counts. A second active lease of one MAC in
// one subnet is refused with a Conflict.
func (s *Store) CommitLeases(leases []lease.Lease) error {
	return s.change("saving leases", func(tx *sql.Tx) error { return putLeases(tx, leases) })
}

func putLeases(tx *sql.Tx, leases []lease.Lease) error {
	type key struct {
		subnet  netip.Prefix
		address netip.Addr
	}
	last := make(map[key]int, len(leases))
	for i, l := range leases {
		last[key{l.Subnet, l.Address}] = i
	}
	// All old rows go before the first new one comes, so that two machines
	// can swap addresses, and one can move, whatever the order of the records.
	for k := range last {
		if _, err := tx.Exec("DELETE FROM lease WHERE subnet=? AND address=?", k.subnet.String(), k.address.String()); err != nil {
			return err
		}
	}
	for i, l := range leases {
		if last[key{l.Subnet, l.Address}] != i {
			continue
		}
		_, err := tx.Exec("INSERT INTO lease (subnet,address,mac,client_id,host_name,machine,state,start,expires) VALUES (?,?,?,?,?,?,?,?,?)",
			l.Subnet.String(), l.Address.String(), l.MAC.String(), l.ClientID, l.HostName, l.Machine, string(l.State), nanos(l.Start), nanos(l.Expires))
		if err != nil {
			return err
		}
	}
	return nil
}

// Leases gives all that are kept, in no promised order.
func (s *Store) Leases() ([]lease.Lease, error) {
	return list(s, "reading leases", func(r *sql.Rows) (l lease.Lease, err error) {
		var subnet, address, mac string
		var start, expires int64
		if err = r.Scan(&subnet, &address, &mac, &l.ClientID, &l.HostName, &l.Machine, &l.State, &start, &expires); err != nil {
			return l, err
		}
		if l.Subnet, err = netip.ParsePrefix(subnet); err != nil {
			return l, err
		}
		if l.Address, err = netip.ParseAddr(address); err != nil {
			return l, err
		}
		if l.MAC, err = machine.ParseMAC(mac); err != nil {
			return l, err
		}
		l.Start, l.Expires = moment(start), moment(expires)
		return l, nil
	}, "SELECT subnet,address,mac,client_id,host_name,machine,state,start,expires FROM lease")
}
