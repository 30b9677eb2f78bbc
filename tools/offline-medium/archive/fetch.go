package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/progress"
)

// Item is one file to fetch.
type Item struct {
	Path   string // below the mirror's URI
	Dest   string // where it goes, whole or not at all
	SHA256 string // empty: not known, and not checked
	Size   int64  // 0: not known
}

// errGone and errDiffers are answers of the mirror; other errors are the network's.
var (
	errGone    = errors.New("the mirror does not have it")
	errDiffers = errors.New("the mirror's file is not the listed one")
	errOffline = errors.New("the mirror does not answer")
)

const (
	lanes      = 6       // connections at once
	batchFiles = 12      // files one apt-helper fetches over its connection…
	batchBytes = 4 << 20 // …or that much, whichever is less
	tries      = 3       // rounds over what the network lost, each resuming the last
)

// Fetch gets all items that are not there yet, several at once, and gives the
// paths of those that the mirror does not have or has with other contents. What
// the network loses is tried again; in the end it is an error, and what came
// so far stays for the next run to resume.
func (m *Mirror) Fetch(ctx context.Context, title string, items []Item) (lacking map[string]bool, err error) {
	lacking = map[string]bool{}
	var want []Item
	var total int64
	for _, it := range items {
		if st, err := os.Stat(it.Dest); err != nil || it.Size > 0 && st.Size() != it.Size {
			want = append(want, it)
			total += it.Size
		}
	}
	if len(want) == 0 {
		return lacking, nil
	}
	all := slices.Clone(want)
	step := m.board.Step(title, progress.Bytes, total, func() int64 { return present(all) })
	defer func() { step.Done(err) }()
	for try := 1; ; try++ {
		lost := map[string]error{}
		m.round(ctx, want, func(it Item, err error) {
			if errors.Is(err, errGone) || errors.Is(err, errDiffers) {
				lacking[it.Path] = true
			} else if err != nil {
				lost[it.Path] = err
			}
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(lost) == 0 {
			return lacking, nil
		}
		want = slices.DeleteFunc(want, func(it Item) bool { return lost[it.Path] == nil })
		if try == tries {
			return nil, fault.Wrap(lost[want[0].Path], fault.Unavailable, "run it again: it goes on where it stopped",
				"fetching %d files from %s, the first of them %s", len(want), m.URI, want[0].Path)
		}
		m.board.Say("%d files did not come through; trying again", len(want))
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(try) * 2 * time.Second):
		}
	}
}

// present adds up what is on the disk, finished or not.
func present(items []Item) (n int64) {
	for _, it := range items {
		st, err := os.Stat(it.Dest)
		if err != nil {
			st, err = os.Stat(it.Dest + ".part")
		}
		if err == nil {
			n += st.Size()
		}
	}
	return n
}

// round tries each item once; done is called for one item at a time.
func (m *Mirror) round(ctx context.Context, items []Item, done func(Item, error)) {
	jobs := make(chan []Item)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range lanes {
		wg.Go(func() {
			for batch := range jobs {
				errs := m.get(ctx, batch)
				mu.Lock()
				for i, it := range batch {
					done(it, errs[i])
				}
				mu.Unlock()
			}
		})
	}
	for _, b := range batches(items) {
		jobs <- b
	}
	close(jobs)
	wg.Wait()
}

// batches puts large files first, each by itself, and small ones together.
func batches(items []Item) [][]Item {
	items = slices.SortedStableFunc(slices.Values(items), func(a, b Item) int { return cmp.Compare(b.Size, a.Size) })
	var out [][]Item
	var size int64
	for i, it := range items {
		last := len(out) - 1
		if i == 0 || len(out[last]) == batchFiles || size+it.Size > batchBytes {
			out, size = append(out, nil), 0
			last++
		}
		out[last] = append(out[last], it)
		size += it.Size
	}
	return out
}

func (m *Mirror) fetchOne(ctx context.Context, it Item) error {
	if m.offline {
		return errOffline
	}
	return m.get(ctx, []Item{it})[0]
}

// get runs one apt-helper for a few items; the errors stand in the items' order.
func (m *Mirror) get(ctx context.Context, items []Item) []error {
	errs := make([]error, len(items))
	args := []string{"-q=2", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2", "download-file"}
	for _, it := range items {
		hash := ""
		if it.SHA256 != "" {
			hash = "SHA256:" + it.SHA256
		}
		args = append(args, m.URI+"/"+it.Path, it.Dest+".part", hash)
	}
	cmd := exec.CommandContext(ctx, helperProgram, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var text bytes.Buffer
	cmd.Stderr = &text
	failed := cmd.Run()
	said := answers(text.String())
	for i, it := range items {
		os.Remove(it.Dest + ".part.FAILED")
		errs[i] = said[path.Base(it.Path)]
		if errs[i] == nil {
			errs[i] = settle(it, failed)
		}
	}
	return errs
}

// settle checks what apt-helper left for an item and moves it to its place.
func settle(it Item, failed error) error {
	part := it.Dest + ".part"
	if failed != nil && it.SHA256 == "" {
		return failed // nothing to tell a whole file from a cut one
	}
	if it.SHA256 != "" {
		got, err := Sum(part)
		if err != nil {
			return errors.Join(failed, err)
		}
		if got != it.SHA256 {
			if failed != nil {
				return failed // cut short: leave it, to be resumed
			}
			return errors.Join(errDiffers, os.Remove(part))
		}
	}
	return os.Rename(part, it.Dest)
}

var failLine = regexp.MustCompile(`Failed to fetch (\S+)\s+(.*)`)

// answers reads apt's messages: what became of which file, by its base name.
func answers(stderr string) map[string]error {
	out := map[string]error{}
	for _, f := range failLine.FindAllStringSubmatch(stderr, -1) {
		err := fmt.Errorf("%.200s", strings.TrimSpace(f[2]))
		switch {
		case strings.HasPrefix(f[2], "404"), strings.Contains(f[2], "No such file"):
			err = errGone
		case strings.Contains(f[2], "Hash Sum mismatch"), strings.Contains(f[2], "unexpected size"):
			err = errDiffers
		}
		name := path.Base(f[1])
		if plain, e := url.PathUnescape(name); e == nil {
			name = plain // apt writes + as %2b
		}
		out[name] = err
	}
	return out
}
