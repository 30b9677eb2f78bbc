package cli

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/disk/checksum"
	"seedbed/internal/disk/store"
	"seedbed/internal/disk/tree"
	"seedbed/internal/fault"
	"seedbed/internal/wire/api"
)

func (e *env) cmdImport() *cobra.Command {
	var name, netboot string
	var verify, noVerify bool
	c := &cobra.Command{
		Use:   "import MEDIUM",
		Short: "Register an OS image: an .iso file, a directory tree, or a netboot tarball",
		Long: "Registers a medium in the catalogue. An ISO is read where it lies: nothing is mounted or copied.\n" +
			"What it is, is told by its content. A netboot archive is unpacked into the state directory.\n" +
			"A medium without a netboot installer (a Debian DVD) is joined with one by --netboot.\n" +
			"When the publisher's SHA-256 sums lie beside the file they are compared, and their signature with the keys of this host.",
		Example: "  seedbed import debian-13.iso\n  seedbed import debian-13-dvd.iso --name debian-13 --netboot netboot.tar.gz\n" +
			"  seedbed import /usr/lib/debian-installer/images/13/amd64/text --name debian-13-netboot",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			img, err := e.importMedium(c.Context(), args[0], name, netboot, trust{must: verify, never: noVerify})
			if err != nil {
				return err
			}
			if e.json {
				return e.printJSON(img)
			}
			e.describe(img)
			return nil
		},
	}
	c.Flags().StringVar(&name, "name", "", "the image's `NAME` in settings and addresses (default: made from its release)")
	c.Flags().StringVar(&netboot, "netboot", "", "a netboot tree, tarball or Debian package to join: `PATH`")
	c.Flags().BoolVar(&verify, "verify", false, "refuse a file that no SHA-256 sum lies beside")
	c.Flags().BoolVar(&noVerify, "no-verify", false, "do not read the file to compare it with the sum beside it")
	c.MarkFlagsMutuallyExclusive("verify", "no-verify")
	return c
}

// trust is what is asked of the sums beside a file: that there must be one, or
// that none is looked at.
type trust struct{ must, never bool }

// importMedium recognises a medium and registers it, whole or not at all.
func (e *env) importMedium(ctx context.Context, medium, name, netboot string, verify trust) (image.Image, error) {
	if name != "" {
		if err := image.ValidName(name); err != nil {
			return image.Image{}, err
		}
	}
	bar := &progress{e: e}
	defer bar.done()
	medium, err := filepath.Abs(medium)
	if err != nil {
		return image.Image{}, err
	}
	if netboot != "" {
		if netboot, err = filepath.Abs(netboot); err != nil {
			return image.Image{}, err
		}
	}
	if err := e.verify(ctx, medium, verify, bar); err != nil {
		return image.Image{}, err
	}
	st, err := store.OpenShared(e.state)
	if err != nil {
		return image.Image{}, err
	}
	defer st.Close()
	order := tree.Order{Medium: medium, Netboot: netboot, Dir: filepath.Join(e.state, "images"), Tell: bar.tell}
	prep, img, err := recognise(ctx, order)
	if err != nil {
		return img, err
	}
	if found, ok := tree.InstalledNetboot(img); ok && !img.Netboot && netboot == "" {
		prep.Close()
		bar.done()
		fmt.Fprintf(e.err, "the medium has no netboot installer; this host has: %s\n", found)
		order.Netboot = found
		if prep, img, err = recognise(ctx, order); err != nil {
			return img, err
		}
	}
	defer prep.Close()
	if img.Name = name; name == "" {
		img.Name = image.SuggestName(img)
		if img.Family == image.Unknown {
			img.Name = nameOf(medium) // what it is called is all there is to tell it by
		}
	}
	if src, ok := prep.Source(image.Medium); ok && img.Whole && src.Kind != "iso" {
		img.Warnings = append(img.Warnings, "its installer fetches the .iso file whole, and this is a directory: import the .iso file itself")
	}
	img.Imported = time.Now().UTC()
	err = prep.Keep(img.Name, func(src map[image.Side]image.Source) error {
		img.Sources = src
		return st.SaveImage(img)
	})
	if err == nil {
		e.announce(ctx)
	}
	return img, err
}

// announce has a running server take up what the catalogue holds now.
func (e *env) announce(ctx context.Context) {
	if cl, err := api.Dial(e.state); err == nil {
		defer cl.Close()
		if err := cl.Reload(ctx); err != nil {
			fmt.Fprintf(e.err, "warning: the running server did not take up the image: %v\n", err)
		}
	}
}

// recognise opens an order's trees and tells what they are.
func recognise(ctx context.Context, o tree.Order) (*tree.Prepared, image.Image, error) {
	prep, err := tree.Prepare(ctx, o)
	if err != nil {
		return nil, image.Image{}, err
	}
	img, err := image.Recognise(prep.Medium, prep.Netboot)
	if err != nil {
		prep.Close()
	}
	return prep, img, err
}

// nameOf makes an image's name of a path: what cannot be in one becomes a
// hyphen.
func nameOf(medium string) string {
	base := strings.TrimSuffix(filepath.Base(medium), filepath.Ext(medium))
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && image.ValidName("x"+string(r)) == nil {
			return r
		}
		return '-'
	}, base)
	name = strings.Trim(name[:min(len(name), image.MaxName)], "-.")
	if image.ValidName(name) != nil {
		return "medium"
	}
	return name
}

// verify compares a medium with the sums beside it. What lies there and cannot
// be checked is told; what is wrong is an error.
func (e *env) verify(ctx context.Context, medium string, t trust, bar *progress) error {
	if st, err := os.Stat(medium); t.never || err != nil || !st.Mode().IsRegular() {
		if t.must && err == nil {
			return fault.New(fault.Invalid, "leave --verify out", "%s is a directory: there is no sum to compare", filepath.Base(medium))
		}
		return nil // that it is not there is said by who opens it
	}
	r, err := checksum.Check(ctx, medium, bar.tell)
	bar.done()
	switch {
	case err != nil:
		return err
	case r.Found:
		fmt.Fprintf(e.err, "the SHA-256 sum is the one in %s\n", filepath.Base(r.List))
	case t.must:
		return fault.New(fault.NotFound, "put SHA256SUMS beside the medium, or leave --verify out", "no SHA-256 sum lies beside %s", filepath.Base(medium))
	}
	switch {
	case r.Signed.By != "":
		fmt.Fprintf(e.err, "signed by %s (%s)\n", r.Signed.By, filepath.Base(r.Signed.File))
	case r.Signed.File != "":
		fmt.Fprintf(e.err, "warning: the signature %s could not be checked: %s\n", filepath.Base(r.Signed.File), r.Signed.Why)
	}
	return nil
}

// describe tells a person what was recognised, what it boots, what it can
// answer and what it lacks.
func (e *env) describe(img image.Image) {
	fmt.Fprintf(e.out, "%s: %s\n", img.Name, img.Title)
	line := func(what, format string, args ...any) {
		fmt.Fprintf(e.out, "  %-9s "+format+"\n", append([]any{what}, args...)...)
	}
	if img.Family != image.Unknown {
		line("release", "%s, %s, family %s", img.Release, img.CPU, img.Family)
	}
	for _, side := range []image.Side{image.Medium, image.Netboot} {
		if s, ok := img.Sources[side]; ok {
			where := "read in place"
			if s.Kind == "unpacked" {
				where = "unpacked"
			}
			line(string(side), "%s (%s)", s.Path, where)
		}
	}
	for _, f := range img.Files {
		line(string(f.Role), "%s (%s, %.1f MB)", f.Path, f.Side, float64(f.Size)/1e6)
	}
	switch {
	case img.Netboot && img.RAM > 0:
		line("boots", "over the network; a machine needs about %d MiB of memory", img.RAM)
	case img.Netboot:
		line("boots", "over the network")
	default:
		line("boots", "nothing over the network yet")
	}
	kind := answer.Native(img)
	if kind == answer.Proxmox && !img.Has(image.Answers) {
		kind = "" // a warning says how to prepare the medium
	}
	if img.Family != image.Unknown && kind != "" {
		line("answers", "%s", kind)
	} else {
		line("answers", "no answer file")
	}
	if img.Mirror {
		line("packages", "served from the medium under %s", path.Join("/images", img.Name, img.MirrorDir)+"/")
	} else if img.Family == image.Unknown {
		line("served", "its files, under /images/%s/", img.Name)
	}
	for _, w := range img.Warnings {
		fmt.Fprintf(e.err, "warning: %s\n", w)
	}
}

func (e *env) cmdImages() *cobra.Command {
	var drop string
	c := &cobra.Command{Use: "images", Short: "List the catalogue", Example: "  seedbed images\n  seedbed images --drop debian-12", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if drop != "" {
				return e.drop(c.Context(), drop)
			}
			images, err := e.images()
			if err != nil {
				return err
			}
			if e.json {
				return e.printJSON(api.ImageList{Images: images})
			}
			t := e.table("NAME", "RELEASE", "CPU", "BOOTS", "PACKAGES", "SOURCE")
			for _, i := range images {
				_, kernel := i.Find(image.Kernel)
				src := i.Sources[image.Medium]
				if src.Path == "" {
					src = i.Sources[image.Netboot]
				}
				t.row(i.Name, i.Release, i.CPU, yes(kernel && i.Netboot), yes(i.Mirror), src.Path)
			}
			return t.flush()
		}}
	c.Flags().StringVar(&drop, "drop", "", "forget the image `NAME`; the medium itself stays")
	return c
}

func (e *env) drop(ctx context.Context, name string) error {
	st, err := store.OpenShared(e.state)
	if err != nil {
		return err
	}
	defer st.Close()
	images, err := st.Images()
	if err != nil {
		return err
	}
	for _, i := range images {
		if i.Name != name {
			continue
		}
		if err := st.DropImage(name); err != nil {
			return err
		}
		if cl, err := api.Dial(e.state); err == nil {
			defer cl.Close()
			cl.Reload(ctx)
		}
		return tree.Discard(i)
	}
	return fault.New(fault.NotFound, "seedbed images lists them", "no image is named %q", name)
}

// images reads the catalogue from the store; none was made yet is none.
func (e *env) images() ([]image.Image, error) {
	if _, err := os.Stat(filepath.Join(e.state, "seedbed.db")); os.IsNotExist(err) {
		return []image.Image{}, nil
	}
	st, err := store.OpenReadOnly(e.state)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	return st.Images()
}
