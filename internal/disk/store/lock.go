package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"seedbed/internal/fault"
)

// takeLock holds DIR/lock for this process until the file is closed. The
// kernel drops the lock when the process dies, so none is ever stale.
func takeLock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, dirFault(dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer f.Close()
		return nil, fault.New(fault.Conflict,
			"stop that one first, or give this one a state directory of its own with --state",
			"another seedbed%s serves from %q", holder(f), dir)
	}
	if err != nil {
		f.Close()
		return nil, fault.Wrap(err, fault.Unavailable, "keep the state directory on a local file system", "locking %q", dir)
	}
	// The number is for people only; a disk too full to hold it locks as well.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	return f, nil
}

func holder(f io.ReaderAt) string {
	b := make([]byte, 16)
	n, _ := f.ReadAt(b, 0)
	if pid := strings.TrimSpace(string(b[:n])); pid != "" {
		return " (process " + pid + ")"
	}
	return ""
}
