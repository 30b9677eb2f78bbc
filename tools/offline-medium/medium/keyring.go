package medium

import (
	"context"
	"crypto/md5"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Keyrings are the files of the package debian-archive-keyring and of the
// initrd, below the root, that hold all of the archive's keys.
var Keyrings = []string{"usr/share/keyrings/debian-archive-keyring.pgp", "usr/share/keyrings/debian-archive-keyring.gpg"}

const trusted = "etc/apt/trusted.gpg.d/seedbed-offline-medium.asc"

// KeyringPackage writes to dst the package file src, debian-archive-keyring, with
// the medium's key added, so that an installed machine trusts the medium.
func KeyringPackage(ctx context.Context, src, dst, work string, key *Key) error {
	dir := filepath.Join(work, "keyring")
	if out, err := exec.CommandContext(ctx, "dpkg-deb", "-R", src, dir).CombinedOutput(); err != nil {
		return fmt.Errorf("unpacking the keyring package: %w: %.400s", err, out)
	}
	if err := addKey(dir, key); err != nil {
		return fmt.Errorf("adding the medium's key: %w", err)
	}
	out, err := exec.CommandContext(ctx, "dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", dir, dst).CombinedOutput()
	if err != nil {
		return fmt.Errorf("packing the keyring package: %w: %.400s", err, out)
	}
	return nil
}

func addKey(dir string, key *Key) error {
	added := 0
	for _, k := range Keyrings {
		f := filepath.Join(dir, k)
		st, err := os.Lstat(f)
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		old, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(f, append(old, key.Public...), 0o644)
		}
		if err != nil {
			return err
		}
		added++
	}
	if added == 0 {
		return fmt.Errorf("the package has no %s", Keyrings[0])
	}
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(trusted)), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, trusted), key.Armor, 0o644); err != nil {
		return err
	}
	conf := filepath.Join(dir, "DEBIAN/conffiles")
	if old, err := os.ReadFile(conf); err == nil {
		if err := os.WriteFile(conf, append(old, "/"+trusted+"\n"...), 0o644); err != nil {
			return err
		}
	}
	return md5sums(dir)
}

// md5sums writes DEBIAN/md5sums anew; dpkg -V would otherwise find fault with the
// changed files.
func md5sums(dir string) error {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, p)
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(name, "DEBIAN/") {
			return err
		}
		data, err := os.ReadFile(p)
		fmt.Fprintf(&b, "%x  %s\n", md5.Sum(data), name)
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "DEBIAN/md5sums"), []byte(b.String()), 0o644)
}
