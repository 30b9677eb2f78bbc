package medium

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"seedbed/tools/offline-medium/progress"
)

// WriteISO writes the tree at root as an ISO 9660 image with Rock Ridge and Joliet
// names to out, which appears whole or not at all.
func WriteISO(ctx context.Context, root, label, out string, board *progress.Board) (err error) {
	part := filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".part")
	defer os.Remove(part)
	step := board.Step("writing "+filepath.Base(out), progress.Bytes, treeSize(root), func() int64 {
		st, err := os.Stat(part)
		if err != nil {
			return 0
		}
		return st.Size()
	})
	defer func() { step.Done(err) }()
	cmd := exec.CommandContext(ctx, "xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-r", "-V", label, "-J", "-joliet-long",
		"--hardlinks", "-o", part, root)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("writing the image: xorriso: %w: %.400s", err, text)
	}
	return os.Rename(part, out)
}

// treeSize adds up a tree's files, those with several names once.
func treeSize(root string) (n int64) {
	seen := map[uint64]bool{}
	filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if st, err := d.Info(); err == nil {
			if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Nlink > 1 {
				if seen[sys.Ino] {
					return nil
				}
				seen[sys.Ino] = true
			}
			n += st.Size()
		}
		return nil
	})
	return n
}
