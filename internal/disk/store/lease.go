package store

import (
	"database/sql"
	"encoding/binary"
	"net/netip"
	"slices"

	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

// An entry's number is one more than any before, also of those moved on.
const (
	appendLog = "INSERT INTO lease_log (id,n,body) VALUES (1+" + logEnd + ",?,?)"
	firstLog  = "INSERT INTO lease_log (n,body) VALUES (?,?)" // before schema 5
)

// CommitLeases keeps the leases, all or none; they are on the disk when it
// returns nil. A lease replaces the one of the same address, and of several
// for one address the last counts.
func (s *Store) CommitLeases(leases []lease.Lease) error {
	b := beginBody(nil)
	var err error
	for i := range leases {
		if b, err = appendLease(b, &leases[i]); err != nil {
			return fault.Wrap(err, fault.Internal, "", "saving leases")
		}
	}
	var last int64
	err = s.change("saving leases", func(tx *sql.Tx) error {
		r, err := tx.Exec(appendLog, len(leases), endBody(b))
		if err != nil {
			return err
		}
		last, err = r.LastInsertId()
		return err
	})
	if err == nil {
		s.tally.write(last)
	}
	return err
}

// Leases gives all that are kept, by address.
func (s *Store) Leases() ([]lease.Lease, error) {
	const doing = "reading leases"
	tx, err := s.read.Begin() // table and log as of one moment
	if err != nil {
		return nil, classify(err, doing)
	}
	defer func() { _ = tx.Rollback() }()
	out, err := tableLeases(tx)
	if err != nil {
		return nil, logFault(err, doing)
	}
	late, err := loggedLeases(tx, 0)
	if err != nil {
		return nil, logFault(err, doing)
	}
	return merge(out, latest(late.leases)), nil
}

// logFault is the fault of a body that cannot be read, or of SQLite.
func logFault(err error, doing string) error {
	if err == errLogBody || err == errTable {
		return fault.Wrap(err, fault.Unavailable, damagedHint, "%s: the database is damaged", doing)
	}
	return classify(err, doing)
}

func tableLeases(tx *sql.Tx) ([]lease.Lease, error) {
	var count int
	if err := tx.QueryRow("SELECT count(*) FROM lease").Scan(&count); err != nil {
		return nil, err
	}
	rows, err := tx.Query(selectLeases + " ORDER BY address")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var s summed
	out := make([]lease.Lease, 0, count)
	for rows.Next() {
		var l lease.Lease
		if err := scanLease(rows, &l); err != nil {
			return nil, err
		}
		if err := s.add(&l, 1); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, s.check(tx)
}

const selectLeases = "SELECT address,bits,mac,client_id,host_name,machine,state,start,expires FROM lease"

// scanLease reads a row of that, of sql.Rows or sql.Row.
func scanLease(row interface{ Scan(...any) error }, l *lease.Lease) error {
	var address, mac, start, expires int64
	var bits int
	var state string
	if err := row.Scan(&address, &bits, &mac, &l.ClientID, &l.HostName, &l.Machine, &state, &start, &expires); err != nil {
		return err
	}
	l.State = stateOf(state)
	l.Address = addrOf(address)
	l.Subnet, l.MAC = prefixOf(l.Address, bits), macOf(mac)
	l.Start, l.Expires = moment(start), moment(expires)
	return nil
}

// stateOf lets a million leases share their states' names.
func stateOf(text string) lease.State {
	for _, s := range states {
		if string(s) == text {
			return s
		}
	}
	return lease.State(text)
}

// logged is the beginning of the log, or all of it.
type logged struct {
	leases []lease.Lease // in the order they were committed
	last   int64         // the newest entry among them
}

// loggedLeases reads the oldest entries, until they hold at least that many
// leases; 0: all.
func loggedLeases(tx *sql.Tx, atLeast int) (l logged, err error) {
	rows, err := tx.Query("SELECT id,body FROM lease_log ORDER BY id")
	if err != nil {
		return l, err
	}
	defer rows.Close()
	for rows.Next() {
		var body sql.RawBytes
		if err := rows.Scan(&l.last, &body); err != nil {
			return l, err
		}
		if err := readBody(body, func(one lease.Lease) { l.leases = append(l.leases, one) }); err != nil {
			return l, err
		}
		if atLeast > 0 && len(l.leases) >= atLeast {
			break
		}
	}
	return l, rows.Err()
}

// latest keeps the last lease of each address and sorts by address.
func latest(in []lease.Lease) []lease.Lease {
	slices.SortStableFunc(in, func(a, b lease.Lease) int { return a.Address.Compare(b.Address) })
	out := in[:0]
	for i := range in {
		if i+1 == len(in) || in[i+1].Address != in[i].Address {
			out = append(out, in[i])
		}
	}
	return out
}

// merge joins two lists sorted by address; of one address b's lease counts.
func merge(a, b []lease.Lease) []lease.Lease {
	if len(b) == 0 {
		return a
	}
	out := make([]lease.Lease, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := a[0].Address.Compare(b[0].Address); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			a = a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// fold moves the oldest entries of the log, holding at least that many leases
// if there are so many, into the table. moved is how many leases they held.
func (s *Store) fold(atLeast int) (moved int, err error) {
	const doing = "putting leases in order"
	err = s.change(doing, func(tx *sql.Tx) error {
		old, err := loggedLeases(tx, atLeast)
		if moved = len(old.leases); err != nil || old.last == 0 {
			return logFault(err, doing)
		}
		sum, err := readSum(tx)
		if err != nil {
			return logFault(err, doing)
		}
		was, err := tx.Prepare(selectLeases + " WHERE address=?")
		if err != nil {
			return err
		}
		defer was.Close()
		put, err := tx.Prepare("INSERT OR REPLACE INTO lease (address,bits,mac,client_id,host_name,machine,state,start,expires) VALUES (?,?,?,?,?,?,?,?,?)")
		if err != nil {
			return err
		}
		defer put.Close()
		for _, l := range latest(old.leases) {
			bits := -1
			if l.Subnet.IsValid() {
				bits = l.Subnet.Bits()
			}
			if err := sum.replace(was.QueryRow(addrNumber(l.Address)), &l); err != nil {
				return logFault(err, doing)
			}
			if _, err := put.Exec(addrNumber(l.Address), bits, macNumber(l.MAC), l.ClientID, l.HostName, l.Machine,
				string(l.State), nanos(l.Start), nanos(l.Expires)); err != nil {
				return err
			}
		}
		if err := sum.write(tx, old.last); err != nil {
			return err
		}
		_, err = tx.Exec("DELETE FROM lease_log WHERE id<=?", old.last)
		return err
	})
	return moved, err
}

// carryLeases brings the leases of schema 1 into the log.
func carryLeases(tx *sql.Tx) error {
	rows, err := tx.Query("SELECT subnet,address,mac,client_id,host_name,machine,state,start,expires FROM lease_old")
	if err != nil {
		return err
	}
	defer rows.Close()
	b, n := beginBody(nil), 0
	for rows.Next() {
		var l lease.Lease
		var subnet, address, mac string
		var start, expires int64
		if err := rows.Scan(&subnet, &address, &mac, &l.ClientID, &l.HostName, &l.Machine, &l.State, &start, &expires); err != nil {
			return err
		}
		l.Subnet, _ = netip.ParsePrefix(subnet)
		l.Address, _ = netip.ParseAddr(address)
		if l.MAC, err = machine.ParseMAC(mac); err != nil {
			return err
		}
		l.Start, l.Expires = moment(start), moment(expires)
		if b, err = appendLease(b, &l); err != nil {
			return err
		}
		n++
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close()
	if n > 0 {
		if _, err := tx.Exec(firstLog, n, endBody(b)); err != nil {
			return err
		}
	}
	_, err = tx.Exec("DROP TABLE lease_old")
	return err
}

func addrNumber(a netip.Addr) int64 { b := a.As4(); return int64(binary.BigEndian.Uint32(b[:])) }

func addrOf(n int64) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	return netip.AddrFrom4(b)
}

func macNumber(m machine.MAC) (n int64) {
	for _, b := range m {
		n = n<<8 | int64(b)
	}
	return n
}

func macOf(n int64) (m machine.MAC) {
	for i := len(m) - 1; i >= 0; i-- {
		m[i], n = byte(n), n>>8
	}
	return m
}
