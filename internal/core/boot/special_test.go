package boot

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/boot/script"
	"seedbed/internal/core/image"
	"seedbed/internal/core/image/sample"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/golden"
)

// isoTree is a tree that is one file too, as disk/iso's are.
type isoTree struct {
	fstest.MapFS
	body string
}

func (i isoTree) Whole() fs.File {
	f, _ := fstest.MapFS{"x.iso": {Data: []byte(i.body)}}.Open("x.iso")
	return f
}

// isoTrees are trees of ISO files.
type isoTrees struct{ trees }

func (tr isoTrees) Tree(i image.Image, side image.Side) (fs.FS, error) {
	t, err := tr.trees.Tree(i, side)
	if err != nil || i.Sources[side].Kind != "iso" {
		return t, err
	}
	return isoTree{t.(fstest.MapFS), "the whole of " + i.Name}, nil
}

// withMedia adds the sample media of those keys to a bench, each with a manual
// profile of its key, and one that answers where answers are given.
func withMedia(t *testing.T, b *bench, kind, answers string, keys ...string) {
	t.Helper()
	set := b.Settings()
	for _, m := range sample.Media() {
		for _, key := range keys {
			if m.Key != key {
				continue
			}
			img, err := image.Recognise(m.Tree, nil)
			if err != nil {
				t.Fatal(err)
			}
			img.Name = key
			img.Sources = map[image.Side]image.Source{image.Medium: {Kind: kind, Path: "/" + key}}
			b.Catalogue.Put(img)
			b.trees[key] = m.Tree
			p := profile.Profile{Name: key, Image: key}
			if answers != "" {
				p.AnswerFile = &answer.File{Name: "own", Text: answers}
			}
			set.Profiles[key] = p
		}
	}
	b.Use(set)
	b.shelf.Trees = isoTrees{b.trees}
}

func (b *bench) decide(t *testing.T, prof string) Decision {
	t.Helper()
	m := machine.Machine{Name: "node1", MACs: []machine.MAC{mac1}, Profile: prof}
	p := b.Settings().Profiles[prof]
	img, _ := b.Catalogue.Get(p.Image)
	target, err := b.target(m, p, img, place, "/answer/TOKEN")
	if err != nil {
		t.Fatal(err)
	}
	return Decision{Kind: Script, Machine: "node1", Profile: prof, Image: prof, Why: "attempt 1 is waiting", Target: target}
}

func TestInstallersThatAreNoKernelWithInitrdAreTold(t *testing.T) {
	b := newBench(nil)
	b.Desk.Loaders = hostWith(append(everyLoader, wimboot)...)
	withMedia(t, b, "iso", "", "proxmox-ve-8", "esxi-8", "windows-11", "ubuntu-2404", "leap-160", "arch", "debian-live-12", "memtest")
	for _, key := range []string{"proxmox-ve-8", "esxi-8", "windows-11", "ubuntu-2404", "leap-160", "arch", "debian-live-12", "memtest"} {
		var out strings.Builder
		for _, l := range []script.Language{script.PXELINUX, script.IPXE, script.GRUB} {
			fmt.Fprintf(&out, "==> %s\n%s", l, b.decide(t, key).Text(l, place))
		}
		golden.Check(t, "special-"+key+".golden", out.String())
	}
}

func TestWhatOnlyIPXEStartsIsGivenIPXE(t *testing.T) {
	b := newBench(nil)
	b.Desk.Loaders = hostWith(append(everyLoader, wimboot)...)
	withMedia(t, b, "iso", "", "proxmox-ve-8", "esxi-8", "windows-11", "arch")
	for _, c := range []struct{ key, bios, uefi string }{
		{"proxmox-ve-8", "undionly.kpxe", "boot/"}, // GRUB hands files over too
		{"esxi-8", "undionly.kpxe", "snponly.efi"}, {"windows-11", "undionly.kpxe", "snponly.efi"}, {"arch", "pxelinux.0", "boot/"},
	} {
		goal := b.decide(t, c.key)
		bios := b.withLoader(goal, machine.Sighting{MAC: mac1, Firmware: machine.BIOS, Arch: machine.ArchBIOS, HasArch: true}, place)
		uefi := b.withLoader(goal, machine.Sighting{MAC: mac1, Firmware: machine.UEFI, Arch: machine.ArchX64, HasArch: true}, place)
		if bios.BootFile != c.bios || !strings.HasPrefix(uefi.BootFile, c.uefi) {
			t.Errorf("%s: BIOS gets %s, UEFI %s", c.key, bios.BootFile, uefi.BootFile)
		}
	}
}

// published is a host whose shim is of one publisher.
type published struct {
	host
	by string
}

func (p published) Publisher() string { return p.by }

func TestEachSystemGetsTheShimThatVerifiesIt(t *testing.T) {
	for _, c := range []struct{ name, own, host, want string }{
		{"the image's own before all", "rocky-9", "rocky", "boot/rocky-9/BOOTX64.EFI"},
		{"the host's, of the same publisher", "ubuntu-1804", "ubuntu", "shimx64.efi"},
		{"another image's before the host's of another publisher", "ubuntu-1804", "fedora", "boot/debian-13/bootnetx64.efi"},
		{"an image of the same publisher before the host's", "debian-13-alone", "ubuntu", "boot/debian-13/bootnetx64.efi"},
	} {
		b := newBench(nil)
		b.Desk.Loaders = published{hostWith(everyLoader...), c.host}
		withMedia(t, b, "iso", "", "rocky-9", "ubuntu-1804", "debian-13-alone")
		got := b.grubFor(Decision{Image: c.own}, "amd64")
		if got[0] != c.want {
			t.Errorf("%s: %v, want %s first", c.name, got, c.want)
		}
	}
}

func TestWindowsWithoutWimbootIsNotOffered(t *testing.T) {
	b := newBench(nil)
	withMedia(t, b, "iso", "", "windows-11")
	img, _ := b.Catalogue.Get("windows-11")
	if _, err := b.target(b.node1(t), b.Settings().Profiles["windows-11"], img, place, ""); err == nil || !strings.Contains(err.Error(), "no wimboot") {
		t.Errorf("got %v", err)
	}
}

func TestAMediumThatIsFetchedWholeMustBeAnISO(t *testing.T) {
	b := newBench(nil)
	withMedia(t, b, "tree", "", "ubuntu-2404")
	img, _ := b.Catalogue.Get("ubuntu-2404")
	if _, err := b.target(b.node1(t), b.Settings().Profiles["ubuntu-2404"], img, place, ""); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("got %v", err)
	}
	if _, _, err := b.get("/images/ubuntu-2404.iso"); err == nil || !strings.Contains(err.Error(), "has no .iso file") {
		t.Errorf("got %v", err)
	}
}

func TestTheMediumItselfIsServedAsOneFile(t *testing.T) {
	b := newBench(nil)
	withMedia(t, b, "iso", "", "ubuntu-2404")
	text, c, err := b.get("/images/ubuntu-2404.iso")
	if err != nil || text != "the whole of ubuntu-2404" || c.Name != "ubuntu-2404.iso" {
		t.Errorf("%q %q %v", text, c.Name, err)
	}
	for _, p := range []string{"/images/none.iso", "/images/ubuntu-2404.iso/x", "/images/.iso"} {
		if _, _, err := b.get(p); err == nil {
			t.Errorf("%s was found", p)
		}
	}
	if text, _, err := b.get("/boot/ubuntu-2404/initrd"); err != nil || text != "x" {
		t.Errorf("the initrd: %q %v", text, err)
	}
}

func TestESXiIsToldWhereItsFilesAndAnswersAre(t *testing.T) {
	b := newBench(nil)
	const ks = "vmaccepteula\ninstall --firstdisk --overwritevmfs\nrootpw --iscrypted $6$x\nnetwork --bootproto=dhcp\nreboot\n"
	withMedia(t, b, "iso", ks, "esxi-8")
	att, err := b.ledger.Arm("node1", "esxi-8", "esxi-8", noon)
	if err != nil {
		t.Fatal(err)
	}
	text, c, err := b.get("/answer/" + att.Token + "/boot.cfg")
	if err != nil || !c.Secret {
		t.Fatal(err)
	}
	golden.Check(t, "esxi-boot.cfg.golden", strings.ReplaceAll(text, att.Token, "TOKEN"))
	if text, _, err := b.get("/answer/" + att.Token + "/ks.cfg"); err != nil || text != ks {
		t.Errorf("%q %v", text, err)
	}
	manual, _, err := b.get("/boot/esxi-8/boot.cfg")
	if err != nil || strings.Contains(manual, "ks=") || !strings.Contains(manual, "prefix=http://192.0.2.150/images/esxi-8/\nkernel=b.b00\n") {
		t.Errorf("%q %v", manual, err)
	}
}
