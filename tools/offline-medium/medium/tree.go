package medium

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/control"
	"seedbed/tools/offline-medium/progress"
)

// Package is one package of the medium. File is its contents; Changed says that
// it is not the file that the stanza's Size and sums speak of.
type Package struct {
	Stanza  control.Stanza
	File    string
	Changed bool
}

// Plan is all that goes onto a medium.
type Plan struct {
	Edition
	Debs, Udebs []*Package // in the order of the index
	Netboot     string     // the folder that becomes install/netboot
	Boot        string     // below it, the folder of the kernel linux and of initrd.gz
	Initrd      []byte     // instead of that initrd.gz
	ID          string     // .disk/id
	Built       time.Time
}

// tree is a medium being laid out.
type tree struct {
	root string
	sums bytes.Buffer // md5sum.txt
	step *progress.Step
}

// Lay lays the medium out in the folder root, which must not exist and be on the
// same file system as the packages: their files are linked, not copied.
func (p Plan) Lay(ctx context.Context, root string, key *Key, board *progress.Board) (err error) {
	t := &tree{root: root, step: board.Step("laying out packages", progress.Items, int64(len(p.Debs)+len(p.Udebs)), nil)}
	debs, err := t.packages(ctx, p.Debs)
	if err == nil {
		var udebs []byte
		if udebs, err = t.packages(ctx, p.Udebs); err == nil {
			err = t.dists(ctx, p.Edition, debs, udebs, key)
		}
	}
	if err == nil {
		err = t.boot(p)
	}
	if err == nil {
		err = t.disk(p)
	}
	t.step.Done(err)
	if err != nil {
		err = fmt.Errorf("laying out the medium: %w", err)
	}
	return err
}

// packages links the files into the pool and gives the Packages file.
func (t *tree) packages(ctx context.Context, ps []*Package) ([]byte, error) {
	var list []control.Stanza
	for _, p := range ps {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s, name := p.Stanza, p.Stanza.Get("Filename")
		sha, md, size, err := t.link(p.File, name)
		if err != nil {
			return nil, err
		}
		switch {
		case p.Changed:
			s = s.Without("SHA1", "SHA512", "MD5sum", "SHA256").With("Size", strconv.FormatInt(size, 10)).With("MD5sum", md).With("SHA256", sha)
		case s.Get("SHA256") != sha:
			os.Remove(p.File)
			return nil, fault.New(fault.Invalid, "run it again: the file was removed and will be fetched anew", "the cached file of %s is damaged", name)
		}
		list = append(list, s)
		t.step.Add(1)
	}
	return []byte(control.Text(list)), nil
}

// link puts a file of the disk into the tree.
func (t *tree) link(file, name string) (sha, md string, size int64, err error) {
	dst := filepath.Join(t.root, name)
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return "", "", 0, err
	}
	if err := os.Link(file, dst); err != nil {
		return "", "", 0, err
	}
	f, err := os.Open(dst)
	if err != nil {
		return "", "", 0, err
	}
	defer f.Close()
	h, m := sha256.New(), md5.New()
	if size, err = io.Copy(io.MultiWriter(h, m), f); err != nil {
		return "", "", 0, err
	}
	sha, md = fmt.Sprintf("%x", h.Sum(nil)), fmt.Sprintf("%x", m.Sum(nil))
	fmt.Fprintf(&t.sums, "%s  ./%s\n", md, name)
	return sha, md, size, nil
}

// put writes a file of the tree.
func (t *tree) put(name string, data []byte) error {
	dst := filepath.Join(t.root, name)
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	if name != "md5sum.txt" {
		fmt.Fprintf(&t.sums, "%x  ./%s\n", md5.Sum(data), name)
	}
	return os.WriteFile(dst, data, 0o644)
}

func (t *tree) dists(ctx context.Context, e Edition, debs, udebs []byte, key *Key) error {
	files := map[string][]byte{}
	for component, list := range map[string][]byte{"main": debs, "main/debian-installer": udebs} {
		dir := component + "/binary-amd64/"
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(list)
		if err := w.Close(); err != nil {
			return err
		}
		files[dir+"Packages"], files[dir+"Packages.gz"], files[dir+"Release"] = list, z.Bytes(), e.component(component)
	}
	release := e.Release(files)
	detached, clear, err := key.Sign(ctx, []byte(release))
	if err != nil {
		return err
	}
	files["Release"], files["Release.gpg"], files["InRelease"] = []byte(release), detached, clear
	for name, data := range files {
		if err := t.put("dists/"+e.Suite+"/"+name, data); err != nil {
			return err
		}
	}
	if e.Archive != e.Suite && e.Archive != "" {
		if err := os.Symlink(e.Suite, filepath.Join(t.root, "dists", filepath.Base(e.Archive))); err != nil {
			return err
		}
	}
	// So that the mirror folder /debian, the installer's default, works as well.
	return os.Symlink(".", filepath.Join(t.root, "debian"))
}

// boot puts the kernel and the initrd in their two places, as one file each.
func (t *tree) boot(p Plan) error {
	net := filepath.Join(t.root, "install/netboot")
	if err := os.CopyFS(net, os.DirFS(p.Netboot)); err != nil {
		return err
	}
	kernel, initrd := filepath.Join(net, p.Boot, "linux"), filepath.Join(net, p.Boot, "initrd.gz")
	if err := os.Remove(initrd); err != nil {
		return err
	}
	if err := t.put("install.amd/initrd.gz", p.Initrd); err != nil {
		return err
	}
	if err := os.Link(filepath.Join(t.root, "install.amd/initrd.gz"), initrd); err != nil {
		return err
	}
	_, _, _, err := t.link(kernel, "install.amd/vmlinuz")
	return err
}

func (t *tree) disk(p Plan) error {
	files := map[string]string{
		".disk/info":             p.info(p.Built),
		".disk/base_components":  "main\n",
		".disk/base_installable": "",
		".disk/cd_type":          "dvd/single\n",
		".disk/udeb_include":     "netcfg\nethdetect\npcmciautils-udeb\n",
		".disk/id":               p.ID + "\n",
		"README.txt": fmt.Sprintf("Debian %s for amd64: %d packages, %d installer packages, and the network boot files.\n"+
			"Made from Debian's packages by Seedbed's tools/offline-medium, to be served over a network.\nNot an official Debian medium.\n",
			p.Version, len(p.Debs), len(p.Udebs)),
	}
	for name, text := range files {
		if err := t.put(name, []byte(text)); err != nil {
			return err
		}
	}
	return t.put("md5sum.txt", t.sums.Bytes())
}
