package boot

import (
	"io"
	"io/fs"
	"net/netip"
	"testing"
	"testing/fstest"
	"time"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/image"
	"seedbed/internal/core/install"
	"seedbed/internal/core/lease"
	"seedbed/internal/core/machine"
	"seedbed/internal/core/profile"
	"seedbed/internal/fault"
)

var (
	noon  = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	ip    = netip.MustParseAddr
	mac1  = machine.MAC{0, 0x0c, 0x29, 0x83, 0xd1, 0xd1}
	place = Place{Segment: "eth1", Server: ip("192.0.2.150"), HTTPPort: 80}
)

// offline is an image with loaders of its own, for one CPU.
func offline(name, cpu string) image.Image {
	x := map[string]string{"amd64": "x64", "arm64": "aa64"}[cpu]
	d := "install/netboot/debian-installer/" + cpu + "/"
	file := func(r image.Role, p string) image.File {
		return image.File{Role: r, Side: image.Medium, Path: p, Size: 1}
	}
	return image.Image{Name: name, Family: image.Debian, Release: "debian-13", Codename: "trixie", Title: "Debian 13", CPU: cpu, Mirror: true, Netboot: true, Signed: true,
		Sources: map[image.Side]image.Source{image.Medium: {Kind: "tree", Path: "/" + name}},
		Files: []image.File{file(image.Kernel, d+"linux"), file(image.Initrd, d+"initrd.gz"), file(image.Shim, d+"bootnet"+x+".efi"),
			file(image.Grub, d+"grub"+x+".efi"), file(image.Pxelinux, d+"pxelinux.0")}}
}

// trees hold every file of an image, its path as its content.
type trees map[string]fstest.MapFS

func (tr trees) Tree(i image.Image, _ image.Side) (fs.FS, error) {
	if t, ok := tr[i.Name]; ok {
		return t, nil
	}
	return nil, fault.New(fault.NotFound, "", "no tree")
}

func treeOf(i image.Image) fstest.MapFS {
	m := fstest.MapFS{"dists/trixie/Release": {Data: []byte("Codename: trixie\n")}}
	for _, f := range i.Files {
		m[f.Path] = &fstest.MapFile{Data: []byte(i.Name + ":" + f.Path)}
	}
	m["install/netboot/debian-installer/"+i.CPU+"/grub/x86_64-efi/fs.lst"] = &fstest.MapFile{Data: []byte("list")}
	return m
}

// host is a set of loaders.
type host struct{ fstest.MapFS }

func (h host) Has(name string) bool { _, ok := h.MapFS[name]; return ok }

func (h host) Open(name string) (fs.File, error) {
	if !h.Has(name) {
		return nil, fs.ErrNotExist // a directory is no loader
	}
	return h.MapFS.Open(name)
}

func hostWith(names ...string) host {
	h := host{fstest.MapFS{}}
	for _, n := range names {
		h.MapFS[n] = &fstest.MapFile{Data: []byte("host:" + n)}
	}
	return h
}

var everyLoader = []string{"pxelinux.0", "ldlinux.c32", "menu.c32", "undionly.kpxe", "ipxe.efi", "snponly.efi", "ipxe-arm64.efi", "snponly-arm64.efi",
	"shimx64.efi", "grubx64.efi", "shimaa64.efi", "grubaa64.efi"}

// leases are those of machines, by address.
type leases map[netip.Addr]machine.MAC

func (l leases) ByAddress(a netip.Addr) (lease.Lease, bool) {
	mac, ok := l[a]
	return lease.Lease{Address: a, MAC: mac, State: lease.Active}, ok
}

func (l leases) ByMAC(mac machine.MAC) (lease.Lease, bool) {
	for a, m := range l {
		if m == mac {
			return l.ByAddress(a)
		}
	}
	return lease.Lease{}, false
}

// forgetful keeps nothing.
type forgetful struct{ err error }

func (f forgetful) SaveAttempt(install.Attempt) error { return f.err }

// bench is a desk with everything around it.
type bench struct {
	*Desk
	shelf  *Shelf
	ledger *install.Ledger
	trees  trees
}

const client = "192.0.2.14"

// newBench has node1 with profile debian, an image for amd64 and one for
// arm64, and all loaders; change adapts the settings.
func newBench(change func(*Settings)) *bench {
	set := Settings{Title: "PXE", Timeout: 10 * time.Second, Loader: "auto", Unknown: "menu",
		Order: []string{"debian", "manual", "arm"}, Profiles: map[string]profile.Profile{
			"debian": {Name: "debian", Image: "debian-13", Install: &answer.Install{SSHKeys: []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU ops@desk"}, Storage: answer.Storage{Disk: answer.Disk{Path: "auto"}}}},
			"manual": {Name: "manual", Image: "debian-13"},
			"arm":    {Name: "arm", Image: "debian-13-arm64", Install: &answer.Install{SSHKeys: []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU ops@desk"}}},
		}}
	if change != nil {
		change(&set)
	}
	b := &bench{ledger: install.NewLedger(nil, forgetful{}), trees: trees{}}
	images := []image.Image{offline("debian-13", "amd64"), offline("debian-13-arm64", "arm64")}
	for _, i := range images {
		b.trees[i.Name] = treeOf(i)
	}
	all := hostWith(everyLoader...)
	roster := machine.NewRoster(nil)
	roster.Declare([]machine.Machine{{Name: "node1", MACs: []machine.MAC{mac1}, Profile: "debian"}})
	b.Desk = &Desk{Roster: roster, Attempts: b.ledger, Leases: leases{ip(client): mac1}, Catalogue: image.NewCatalogue(images), Loaders: all}
	b.Use(set)
	b.shelf = &Shelf{Desk: b.Desk, Trees: b.trees, Loaders: all}
	return b
}

func (b *bench) node1(t *testing.T) machine.Machine {
	t.Helper()
	m, ok := b.Roster.Get("node1")
	if !ok {
		t.Fatal("node1 is not in the roster")
	}
	return m
}

// get opens a path as node1 would.
func (b *bench) get(path string) (string, Content, error) {
	c, err := b.shelf.Open(Asked{At: noon, Path: path, Client: ip(client), Place: place})
	if err != nil || c.Body == nil {
		return "", c, err
	}
	defer c.Body.Close()
	text, err := io.ReadAll(io.NewSectionReader(c.Body, 0, c.Size))
	return string(text), c, err
}

// installed lets an attempt of a machine run to its good end.
func (b *bench) installed(t *testing.T, name string) {
	t.Helper()
	if _, err := b.ledger.Arm(name, "debian", "debian-13", noon); err != nil {
		t.Fatal(err)
	}
	if a, _, err := b.ledger.Observe(install.Event{At: noon, Machine: name, Step: install.Installed}); err != nil || a.State != install.Done {
		t.Fatalf("%+v %v", a, err)
	}
}
