package boot

import (
	"io"
	"io/fs"
	"path"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/fault"
)

// special fills the targets of installers that are not a Linux kernel with its
// initrd; t has that part already.
func (d *Desk) special(t *script.Target, prof profile.Profile, img image.Image, p Place, base string) error {
	if img.Whole && img.Sources[image.Medium].Kind != "iso" {
		return fault.New(fault.Invalid, "import the .iso file itself", "image %s is a directory, and its installer fetches the .iso file whole", img.Name)
	}
	switch img.Family {
	case image.Proxmox:
		if _, ok := img.Find(image.Answers); !ok && !prof.Manual() {
			return fault.New(fault.Invalid, "proxmox-auto-install-assistant prepare-iso FILE --fetch-from http, and import what that makes",
				"the medium of image %s is not prepared for answers from a server", img.Name)
		}
		t.Named = []script.Named{{Name: "/proxmox.iso", Path: "/images/" + img.Name + ".iso"}}
	case image.ESXi:
		t.IPXE = true
		if f, ok := img.Find(image.Multiboot); ok {
			t.BIOSKernel = "/boot/" + img.Name + "/" + path.Base(f.Path)
		}
		dir := base
		if prof.Manual() {
			dir = "/boot/" + img.Name
		}
		t.Args = []string{"-c", p.URL(dir + "/" + esxiConfig)}
	case image.Windows:
		if !d.Loaders.Has(wimboot) {
			return fault.New(fault.NotFound, "seedbed doctor says where it is looked for", "this host has no wimboot, which starts Windows PE over the network")
		}
		t.IPXE, t.Bare, t.Args, t.Kernel = true, true, nil, "/boot/"+wimboot
		for _, f := range img.Files {
			if f.Role == image.Hand && !strings.HasPrefix(strings.ToLower(f.Path), "efi/") { // wimboot makes the UEFI side of these
				t.Named = append(t.Named, script.Named{Name: handed(path.Base(f.Path)), Path: "/images/" + img.Name + "/" + f.Path})
			}
		}
	}
	return nil
}

const (
	wimboot    = "wimboot"
	esxiConfig = "boot.cfg"
)

// handed is the name under which wimboot wants a file: it knows BCD in capital
// letters only.
func handed(base string) string {
	if base = strings.ToLower(base); base == "bcd" {
		return "BCD"
	}
	return base
}

// esxi serves boot.cfg of an ESXi medium as mboot needs it over the network:
// prefix says where the files are, their names lose the slash in front, and the
// kernel gets the address of the answers instead of the CD's own options.
// prof is nil where a person answers.
func (s *Shelf) esxi(a Asked, img image.Image, prof *profile.Profile, m machine.Machine, base string) (Content, error) {
	fsys, err := s.Trees.Tree(img, image.Medium)
	if err != nil {
		return Content{}, err
	}
	f, err := fsys.Open(esxiConfig)
	if err != nil {
		return Content{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return Content{}, err
	}
	options := []string{"runweasel"}
	if prof != nil {
		options = []string{"ks=" + a.Place.URL(base+"/"+answer.FileName(prof.AnswerFile, img))}
		if mac := m.MAC(); !mac.IsZero() {
			options = append(options, "BOOTIF=01-"+mac.Hyphened())
		}
		options = append(options, prof.KernelArgs...)
	}
	c := generated(a, esxiConfig, rewriteESXi(string(text), a.Place.URL("/images/"+img.Name+"/"), options))
	c.Type, c.Secret = "text/plain; charset=utf-8", prof != nil
	c.Event = install.Event{At: a.At, Machine: m.Name, Step: install.Scripted, Path: esxiConfig, Text: "boot.cfg of " + img.Name}
	return c, nil
}

func rewriteESXi(text, prefix string, options []string) []byte {
	var b strings.Builder
	written := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		key, value, _ := strings.Cut(line, "=")
		switch strings.TrimSpace(key) {
		case "prefix":
			continue
		case "kernel":
			if !written {
				b.WriteString("prefix=" + prefix + "\n")
				written = true
			}
			line = "kernel=" + strings.TrimLeft(value, "/")
		case "modules":
			mods := strings.Split(value, "---")
			for i := range mods {
				mods[i] = strings.TrimLeft(strings.TrimSpace(mods[i]), "/")
			}
			line = "modules=" + strings.Join(mods, " --- ")
		case "kernelopt":
			line = "kernelopt=" + strings.Join(options, " ")
		}
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

// whole serves NAME.iso, the medium's own file, for installers that fetch it
// as one.
func (s *Shelf) whole(a Asked, name string) (Content, error) {
	base, ok := strings.CutSuffix(name, ".iso")
	img, known := s.Desk.Catalogue.Get(base)
	if !ok || !known {
		return Content{}, fs.ErrNotExist
	}
	fsys, err := s.Trees.Tree(img, image.Medium)
	if err != nil {
		return Content{}, err
	}
	w, ok := fsys.(interface{ Whole() fs.File })
	if !ok {
		return Content{}, fault.New(fault.NotFound, "import the .iso file itself", "image %s is a directory and has no .iso file", img.Name)
	}
	return s.file(a, w.Whole(), name, install.Fetched)
}
