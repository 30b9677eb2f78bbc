package store

import (
	"database/sql"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/fault"
)

var (
	t0    = time.Date(2026, 11, 24, 2, 0, 0, 123456789, time.UTC)
	addrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	nets  = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// given is the n-th machine's lease of the n-th address.
func given(n int) lease.Lease {
	return lease.Lease{
		Subnet: netip.MustParsePrefix("10.0.0.0/16"), Address: netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}),
		MAC: machine.MAC{2, 0, 0, 0, byte(n >> 8), byte(n)}, ClientID: []byte{1, 0, byte(n)}, HostName: "h" + strconv.Itoa(n), Machine: "m",
		State: lease.Active, Start: t0, Expires: t0.Add(time.Hour),
	}
}

func TestEverythingComesBackAsItWas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?#%41", "state")
	s := open(t, dir)
	leases := []lease.Lease{given(1), {Subnet: netip.MustParsePrefix("192.0.2.0/24"), Address: netip.MustParseAddr("192.0.2.7"), State: lease.Declined}}
	m := machine.Machine{Name: "node1", MACs: []machine.MAC{{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}}, UUID: "u", Address: netip.MustParseAddr("192.0.2.9"),
		Profile: "p", Firmware: machine.UEFI, Arch: 7, Params: map[string]string{"rack": "a1"}, Declared: true, FirstSeen: t0, LastSeen: t0}
	im := image.Image{Name: "debian-13", Family: image.Debian, CPU: "amd64", Sources: map[image.Side]image.Source{image.Medium: {Kind: "iso", Path: "/x", Size: 3}},
		Files: []image.File{{Role: image.Kernel, Side: image.Netboot, Path: "linux", Size: 9}}, Warnings: []string{"w"}, Imported: t0}
	at := install.Attempt{ID: 3, Machine: "node1", Profile: "p", Image: "debian-13", State: install.Stalled, StalledIn: install.Booting, Why: "silent", Token: "secret",
		Armed: t0, Started: t0.Add(1), LastStep: install.Loaded, LastText: "x", LastAt: t0.Add(2), Bytes: 1 << 40, Files: 7, Boots: 2, Question: "q/q"}
	ev := []install.Event{{At: t0, Machine: "node1", Attempt: 3, Step: install.Reported, Text: "t", Path: "p", Bytes: 5, Failed: true, Firmware: machine.BIOS, Question: "q", Answered: true}}
	for _, err := range []error{s.CommitLeases(leases), s.SaveMachine(m), s.SaveImage(im), s.SaveAttempt(at), s.AppendEvents(ev),
		s.SaveDocument(3, "preseed.cfg", []byte("d-i \x00 x")), s.SaveDocument(3, "empty", nil), s.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if ev[0].ID != 1 {
		t.Errorf("the first event has ID %d", ev[0].ID)
	}
	for name, open := range map[string]func(string) (*Store, error){"server": Open, "reader": OpenReadOnly} {
		s, err := open(dir)
		if err != nil {
			t.Fatal(name, err)
		}
		same(t, leases, must(s.Leases()))
		same(t, []machine.Machine{m}, must(s.Machines()))
		same(t, []image.Image{im}, must(s.Images()))
		same(t, []install.Attempt{at}, must(s.Attempts()))
		same(t, ev, must(s.Events(install.Query{})))
		docs := must(s.Documents(3))
		if len(docs) != 2 || string(docs[0].Content) != "d-i \x00 x" || docs[1].Name != "empty" || len(docs[1].Content) != 0 || docs[0].At.IsZero() {
			t.Errorf("%s: documents: %+v", name, docs)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "seedbed.db"): 0o600} {
		if st, _ := os.Stat(path); st.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, st.Mode())
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, addrs, nets); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestTheLastLeaseOfAnAddressCounts(t *testing.T) {
	a, b := given(1), given(2)
	ended := a
	ended.State = lease.Released
	swapA, swapB := a, b
	swapA.Address, swapB.Address = b.Address, a.Address
	tests := map[string]struct{ first, then, want []lease.Lease }{
		"in one commit":      {nil, []lease.Lease{a, ended}, []lease.Lease{ended}},
		"in two":             {[]lease.Lease{ended, b}, []lease.Lease{a}, []lease.Lease{a, b}},
		"two may swap":       {[]lease.Lease{a, b}, []lease.Lease{swapA, swapB}, []lease.Lease{swapB, swapA}},
		"others stay as was": {[]lease.Lease{given(3)}, []lease.Lease{b, a}, []lease.Lease{a, b, given(3)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, t.TempDir())
			c := newCommitter(s) // its clock does not run: the test moves leases on
			go func() {
				<-c.quit
				close(c.done)
			}()
			defer c.Close()
			for when := range 4 { // how far the first and the second are moved on
				if _, err := s.write.Exec("DELETE FROM lease; DELETE FROM lease_log; UPDATE lease_sum SET n=0,sum=0"); err != nil {
					t.Fatal(err)
				}
				if err := s.CommitLeases(tt.first); err != nil {
					t.Fatal(err)
				}
				if when&1 != 0 {
					must(s.fold(0))
				}
				if err := s.CommitLeases(tt.then); err != nil {
					t.Fatal(err)
				}
				if when&2 != 0 {
					must(s.fold(0))
				}
				same(t, tt.want, must(s.Leases()))
			}
		})
	}
}

func TestTheLogIsMovedOnInParts(t *testing.T) {
	s := open(t, t.TempDir())
	const many = 1000
	for i := 0; i < many; i += 10 {
		var ten []lease.Lease
		for k := range 10 {
			ten = append(ten, given(i+k))
		}
		if err := s.CommitLeases(ten); err != nil {
			t.Fatal(err)
		}
	}
	c := newCommitter(s)
	if c.logged != many {
		t.Errorf("%d leases are in the log", c.logged)
	}
	for rounds := 0; c.logged > 0; rounds++ {
		if !c.fold(300) || rounds > 4 {
			t.Fatalf("round %d: %d are left", rounds, c.logged)
		}
		if n := len(must(s.Leases())); n != many {
			t.Errorf("%d leases while they are moved on", n)
		}
	}
	var n int
	if err := s.write.QueryRow("SELECT count(*) FROM lease_log").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d entries are left in the log, %v", n, err)
	}
}

func TestADamagedLogIsSaid(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.CommitLeases([]lease.Lease{given(1)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec("UPDATE lease_log SET body=zeroblob(length(body))"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Leases(); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%v", err)
	}
	if _, err := s.fold(0); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
}

func FuzzReadBody(f *testing.F) {
	good := beginBody(nil)
	for i := range 3 {
		l := given(i)
		good, _ = appendLease(good, &l)
	}
	f.Add(good[1:])
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = readBody(b, func(lease.Lease) {})
		_ = readBody(endBody(append(beginBody(nil), b...)), func(l lease.Lease) {
			again, err := appendLease(nil, &l)
			if err != nil {
				t.Fatal(err)
			}
			if back, rest, ok := readLease(again); !ok || len(rest) > 0 || back.Address != l.Address || back.MAC != l.MAC {
				t.Errorf("%v became %v", l, back)
			}
		})
	})
}

func TestLeasesOfTheFirstSchemaAreCarriedOver(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "seedbed.db")
	db := must(sql.Open("sqlite", address(path, "rwc", writerCache)))
	first := fmt.Sprintf("PRAGMA application_id=%d;%s;PRAGMA user_version=1", applicationID, steps()[0])
	if _, err := db.Exec(first); err != nil {
		t.Fatal(err)
	}
	l := given(7)
	if _, err := db.Exec("INSERT INTO lease VALUES (?,?,?,?,?,?,?,?,?)", l.Subnet.String(), l.Address.String(), l.MAC.String(),
		l.ClientID, l.HostName, l.Machine, string(l.State), nanos(l.Start), nanos(l.Expires)); err != nil {
		t.Fatal(err)
	}
	db.Close()
	same(t, []lease.Lease{l}, must(open(t, dir).Leases()))
}

func TestACommitterGathers(t *testing.T) {
	s := open(t, t.TempDir())
	c := NewCommitter(s)
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			if err := c.CommitLeases([]lease.Lease{given(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(must(s.Leases())); n != 300 {
		t.Errorf("%d kept", n)
	}
	var commits int
	if err := s.write.QueryRow("SELECT count(*) FROM lease_log").Scan(&commits); err != nil || commits > 200 {
		t.Errorf("300 leases took %d commits, %v", commits, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.CommitLeases([]lease.Lease{given(1)}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestASecondServerIsRefusedByName(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := Open(dir)
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) || fault.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
	r, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatalf("a reader beside the server: %v", err)
	}
	if err := s.CommitLeases([]lease.Lease{given(1)}); err != nil {
		t.Fatal(err)
	}
	if len(must(r.Leases())) != 1 {
		t.Error("the reader does not see what the server wrote")
	}
	if err := r.CommitLeases([]lease.Lease{given(2)}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the reader wrote: %v", err)
	}
	if err := r.AppendEvents(make([]install.Event, 1)); err == nil {
		t.Error("the reader wrote events")
	}
	r.Close()
	s.Close()
	again, err := Open(dir)
	if err != nil {
		t.Fatalf("after the first has stopped: %v", err)
	}
	again.Close()
}

func TestADamagedDatabaseIsRefusedAndKept(t *testing.T) {
	tests := map[string]struct {
		harm func(t *testing.T, path string)
		says string
	}{
		"not a database": {func(t *testing.T, p string) { write(t, p, []byte(strings.Repeat("hello ", 1000))) }, "damaged"},
		"empty":          {func(t *testing.T, p string) { write(t, p, nil) }, "damaged"},
		"cut":            {func(t *testing.T, p string) { b := read(t, p); write(t, p, b[:len(b)/2]) }, "damaged"},
		"overwritten in the middle, after a crash": {func(t *testing.T, p string) {
			b := read(t, p)
			for i := 4096; i < len(b); i++ {
				b[i] = 0xa5
			}
			write(t, p, b)
			write(t, p+"-wal", make([]byte, 32))
		}, "damaged"},
		"of another program": {func(t *testing.T, p string) { run(t, p, "PRAGMA application_id=7") }, "not a database of seedbed"},
		"newer":              {func(t *testing.T, p string) { run(t, p, "PRAGMA user_version=99") }, "newer (schema 99)"},
		"gone, but its log is there": {func(t *testing.T, p string) {
			write(t, p+"-wal", make([]byte, 32))
			if err := os.Remove(p); err != nil {
				t.Fatal(err)
			}
		}, "is gone"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			_ = s.CommitLeases([]lease.Lease{given(1)})
			s.Close()
			path := filepath.Join(dir, "seedbed.db")
			tt.harm(t, path)
			before, _ := os.ReadFile(path)
			_, err := Open(dir)
			if err == nil || !strings.Contains(err.Error(), tt.says) || fault.HintOf(err) == "" || fault.KindOf(err) == fault.Internal {
				t.Fatalf("got %v (hint %q)", err, fault.HintOf(err))
			}
			if after, _ := os.ReadFile(path); !slices.Equal(before, after) {
				t.Error("the file was changed")
			}
			if r, err := OpenReadOnly(dir); err == nil && tt.says != "damaged" {
				r.Close()
				t.Error("a reader opened it")
			}
		})
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func run(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", address(path, "rw", 100))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func TestADirectoryThatCannotBeUsedIsSaid(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, nil)
	if _, err := Open(file); fault.KindOf(err) != fault.Unavailable || fault.HintOf(err) == "" {
		t.Errorf("a file in its place: %v", err)
	}
	if _, err := OpenReadOnly(filepath.Join(dir, "none")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("reading where nothing is: %v", err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	if err := os.Mkdir(filepath.Join(dir, "ro"), 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "ro")); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "not writable") {
		t.Errorf("a read-only one: %v", err)
	}
}

func TestAMachineThatGetsANameLeavesItsOldOne(t *testing.T) {
	s := open(t, t.TempDir())
	mac := machine.MAC{2, 0, 0, 0, 0, 1}
	for _, m := range []machine.Machine{{Name: "m-020000000001", MACs: []machine.MAC{mac}}, {Name: "other", MACs: []machine.MAC{{2, 1}}},
		{Name: "node1", MACs: []machine.MAC{mac}}, {Name: "node1", MACs: []machine.MAC{mac, {2, 2}}}} {
		if err := s.SaveMachine(m); err != nil {
			t.Fatal(err)
		}
	}
	all := must(s.Machines())
	if len(all) != 2 || all[0].Name != "node1" || len(all[0].MACs) != 2 || all[1].Name != "other" {
		t.Errorf("got %v", all)
	}
}

func TestImagesAreDropped(t *testing.T) {
	s := open(t, t.TempDir())
	_ = s.SaveImage(image.Image{Name: "a"})
	if err := s.DropImage("a"); err != nil {
		t.Error(err)
	}
	if err := s.DropImage("a"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("dropped twice: %v", err)
	}
}

func TestTheSameDocumentIsKeptOnce(t *testing.T) {
	s := open(t, t.TempDir())
	for range 3 {
		for _, attempt := range []int64{1, 2} {
			if err := s.SaveDocument(attempt, "ks.cfg", []byte("text")); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = s.SaveDocument(1, "ks.cfg", []byte("changed"))
	if d := must(s.Documents(1)); len(d) != 2 || string(d[0].Content) != "text" || string(d[1].Content) != "changed" {
		t.Errorf("got %v", d)
	}
	var n int
	if err := s.read.QueryRow("SELECT count(*) FROM content").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d contents are stored", n)
	}
	if err := s.SaveDocument(1, "x", make([]byte, maxDocument+1)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a huge one: %v", err)
	}
}

// BenchmarkStart is reading a million leases at the start, moved on and still
// in the log.
func BenchmarkStart(b *testing.B) {
	const many = 1_000_000
	for _, logged := range []bool{false, true} {
		b.Run(map[bool]string{false: "table", true: "half-in-log"}[logged], func(b *testing.B) {
			s, err := Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for i := 0; i < many; i += 10000 {
				all := make([]lease.Lease, 10000)
				for k := range all {
					n := i + k
					all[k] = given(n)
					all[k].Address = netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
					all[k].MAC = machine.MAC{2, 0, byte(n * 7), byte(n >> 16), byte(n >> 8), byte(n)}
				}
				if err := s.CommitLeases(all); err != nil {
					b.Fatal(err)
				}
				if i < many/2 || !logged {
					if _, err := s.fold(0); err != nil {
						b.Fatal(err)
					}
				}
			}
			for b.Loop() {
				all, err := s.Leases()
				if err != nil || len(all) != many {
					b.Fatalf("%d leases, %v", len(all), err)
				}
			}
		})
	}
}
