package tftp

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// shared gives a file's blocks as a pier's calls have them.
func shared(t *testing.T, s *shelf, path string, opt Options) *blocks {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b := newBlocks(readerOf(File{Body: f, Size: info.Size()}), info.Size(), opt, false)
	b.share(s)
	if b.shelf == nil {
		t.Skip("the file system does not tell files apart")
	}
	return b
}

func chunkFile(t *testing.T, path string, fill byte, n int) []byte {
	t.Helper()
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i*7+i>>8) ^ fill
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestClientsInStepShareWhatWasRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	chunkFile(t, path, 0, 300000)
	s, opt := newShelf(), Options{Block: 1000, Window: 4}
	a, b := shared(t, s, path, opt), shared(t, s, path, opt)
	for n := int64(1); n <= 200; n += 4 {
		pa, na := a.run(n, n+3)
		pb, nb := b.run(n, n+3)
		if na != 4 || nb != 4 {
			t.Fatalf("block %d: runs of %d and %d", n, na, nb)
		}
		if &pa[0] != &pb[0] {
			t.Fatalf("block %d was read twice", n)
		}
	}
}

// Clients far apart, some of them done, must not change each other's blocks.
func TestAChunkStaysAsItIsWhileSomebodyHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	data := chunkFile(t, path, 0, 900001)
	opt := Options{Block: 1000, Window: 4}
	s := newShelf()
	late := shared(t, s, path, opt)
	first, _ := late.run(1, 4)
	kept := bytes.Clone(first)
	for range 3 {
		quick := shared(t, s, path, opt)
		if got := sendAll(t, quick, opt, 0x5a5a1234); !bytes.Equal(got, data) {
			t.Fatal("the quick one got other bytes")
		}
		quick.giveBack()
	}
	if !bytes.Equal(first, kept) {
		t.Error("the late one's blocks changed under it")
	}
	if got := sendAll(t, late, opt, 0xffff0001); !bytes.Equal(got, data) {
		t.Error("the late one got other bytes")
	}
	late.giveBack()
	if len(s.chunks) > shelfSpace || len(s.free) > shelfSpace {
		t.Errorf("%d chunks are kept, and %d blank ones", len(s.chunks), len(s.free))
	}
}

func TestAFileWrittenAnewIsReadAnew(t *testing.T) {
	dir := t.TempDir()
	path, opt, s := filepath.Join(dir, "f"), Options{Block: 1000, Window: 4}, newShelf()
	chunkFile(t, path, 0, 5000)
	if sendAll(t, shared(t, s, path, opt), opt, 0); len(s.chunks) == 0 {
		t.Fatal("nothing is on the shelf")
	}
	fresh := filepath.Join(dir, "fresh")
	want := chunkFile(t, fresh, 0xff, 5000)
	if err := os.Rename(fresh, path); err != nil {
		t.Fatal(err)
	}
	if got := sendAll(t, shared(t, s, path, opt), opt, 0); !bytes.Equal(got, want) {
		t.Error("the old file's bytes were sent")
	}
}
