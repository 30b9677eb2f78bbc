package loader

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// host makes a root with files: "path" or "path=text".
func host(t *testing.T, specs ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, s := range specs {
		name, text, ok := strings.Cut(s, "=")
		if !ok {
			text = name
		}
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const core6 = "=\x00\r\nPXELINUX 6.04 PXE 20200816 \x00Copyright"

var (
	onDebian = []string{"etc/os-release=ID=debian\n", "usr/lib/PXELINUX/pxelinux.0" + core6, "usr/lib/PXELINUX/lpxelinux.0",
		"usr/lib/syslinux/modules/bios/ldlinux.c32", "usr/lib/syslinux/modules/bios/menu.c32", "usr/lib/syslinux/modules/bios/libutil.c32",
		"usr/lib/syslinux/modules/efi64/menu.c32", "usr/lib/syslinux/memdisk",
		"usr/lib/ipxe/undionly.kpxe", "usr/lib/ipxe/snponly.efi", "boot/ipxe.efi",
		"usr/lib/shim/shimx64.efi.signed", "usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"}
	onFedora = []string{"etc/os-release=NAME=Rocky\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "usr/share/syslinux/pxelinux.0" + core6,
		"usr/share/syslinux/ldlinux.c32", "usr/share/syslinux/menu.c32", "usr/share/syslinux/libutil.c32",
		"usr/share/ipxe/undionly.kpxe", "usr/share/ipxe/ipxe-x86_64.efi", "usr/share/ipxe/ipxe-snponly-x86_64.efi", "usr/share/ipxe/arm64-efi/snponly.efi",
		"boot/efi/EFI/rocky/shimx64.efi", "boot/efi/EFI/rocky/grubx64.efi"}
	onUbuntu = []string{"etc/os-release=NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n", "usr/lib/PXELINUX/pxelinux.0" + core6, "usr/lib/PXELINUX/lpxelinux.0",
		"usr/lib/syslinux/modules/bios/ldlinux.c32", "usr/lib/syslinux/modules/bios/menu.c32", "usr/lib/syslinux/modules/bios/libutil.c32",
		"usr/lib/ipxe/undionly.kpxe", "usr/lib/ipxe/ipxe.efi", "usr/lib/ipxe/snponly.efi", "usr/lib/shim/shimx64.efi.signed.latest",
		"usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed", "usr/lib/shim/shimia32.efi.signed", "usr/lib/grub/i386-efi-signed/grubnetia32.efi.signed",
		"usr/lib/wimboot/wimboot"}
	onRHEL = []string{"etc/os-release=NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\n", "usr/share/syslinux/pxelinux.0" + core6, "usr/share/syslinux/lpxelinux.0",
		"usr/share/syslinux/ldlinux.c32", "usr/share/syslinux/menu.c32", "usr/share/syslinux/libutil.c32", "usr/share/ipxe/undionly.kpxe",
		"usr/share/ipxe/ipxe-x86_64.efi", "usr/share/ipxe/ipxe-snponly-x86_64.efi", "boot/efi/EFI/redhat/shimx64.efi", "boot/efi/EFI/redhat/grubx64.efi"}
	onSUSE = []string{"usr/lib/os-release=ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", "usr/share/syslinux/pxelinux.0" + core6,
		"usr/share/syslinux/ldlinux.c32", "usr/share/efi/x86_64/shim.efi", "usr/share/efi/x86_64/grub.efi"}
)

func TestEachDistributionsLoadersAreFoundByTheClientsNames(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		at    map[string]string // client's name -> path
		gone  string            // the missing, as name:package
	}{
		{"Debian", onDebian, map[string]string{"pxelinux.0": "usr/lib/PXELINUX/pxelinux.0", "menu.c32": "usr/lib/syslinux/modules/bios/menu.c32",
			"ipxe.efi": "boot/ipxe.efi", "shimx64.efi": "usr/lib/shim/shimx64.efi.signed", "memdisk": "usr/lib/syslinux/memdisk",
			"grubx64.efi": "usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"},
			"ipxe-arm64.efi:ipxe shimaa64.efi:shim-signed:arm64 grubaa64.efi:grub-efi-arm64-signed:arm64"},
		{"Rocky", onFedora, map[string]string{"pxelinux.0": "usr/share/syslinux/pxelinux.0", "ldlinux.c32": "usr/share/syslinux/ldlinux.c32",
			"ipxe.efi": "usr/share/ipxe/ipxe-x86_64.efi", "snponly.efi": "usr/share/ipxe/ipxe-snponly-x86_64.efi",
			"snponly-arm64.efi": "usr/share/ipxe/arm64-efi/snponly.efi", "grubx64.efi": "boot/efi/EFI/rocky/grubx64.efi"},
			"shimaa64.efi:shim-aa64 grubaa64.efi:grub2-efi-aa64"},
		{"Ubuntu", onUbuntu, map[string]string{"lpxelinux.0": "usr/lib/PXELINUX/lpxelinux.0", "shimx64.efi": "usr/lib/shim/shimx64.efi.signed.latest",
			"shimia32.efi": "usr/lib/shim/shimia32.efi.signed", "grubia32.efi": "usr/lib/grub/i386-efi-signed/grubnetia32.efi.signed", "wimboot": "usr/lib/wimboot/wimboot"},
			"ipxe-arm64.efi:ipxe shimaa64.efi:shim-signed:arm64 grubaa64.efi:grub-efi-arm64-signed:arm64"},
		{"RHEL", onRHEL, map[string]string{"lpxelinux.0": "usr/share/syslinux/lpxelinux.0", "snponly.efi": "usr/share/ipxe/ipxe-snponly-x86_64.efi",
			"shimx64.efi": "boot/efi/EFI/redhat/shimx64.efi", "grubx64.efi": "boot/efi/EFI/redhat/grubx64.efi"},
			"ipxe-arm64.efi:ipxe-bootimgs-aarch64 shimaa64.efi:shim-aa64 grubaa64.efi:grub2-efi-aa64"},
		{"SUSE", onSUSE, map[string]string{"shimx64.efi": "usr/share/efi/x86_64/shim.efi", "grub.efi": "usr/share/efi/x86_64/grub.efi"},
			"libutil.c32:syslinux menu.c32:syslinux undionly.kpxe:ipxe-bootimgs ipxe.efi:ipxe-bootimgs snponly.efi:ipxe-bootimgs ipxe-arm64.efi:ipxe-bootimgs shimaa64.efi:shim grubaa64.efi:grub2-arm64-efi"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := host(t, c.files...)
			s := Find(root)
			for name, at := range c.at {
				f, err := s.Open(name)
				if err != nil {
					t.Errorf("open %s: %v", name, err)
					continue
				}
				if _, ok := f.(*os.File); !ok {
					t.Errorf("%s is a %T", name, f)
				}
				b, _ := io.ReadAll(f)
				f.Close()
				if want, _ := os.ReadFile(filepath.Join(root, at)); string(b) != string(want) {
					t.Errorf("%s holds %q, want what is at %s", name, b, at)
				}
			}
			var gone []string
			for _, m := range s.Missing() {
				gone = append(gone, m.Name+":"+m.Package)
				if m.What == "" || s.Has(m.Name) {
					t.Errorf("missing: %+v", m)
				}
			}
			if got := strings.Join(gone, " "); got != c.gone {
				t.Errorf("missing\n%s\nwant\n%s", got, c.gone)
			}
			if v, mixed := s.Syslinux(); v != "6.04" || mixed {
				t.Errorf("syslinux %q, mixed %t", v, mixed)
			}
		})
	}
}

func TestThePublisherOfTheHostsLoadersIsKnown(t *testing.T) {
	for want, files := range map[string][]string{"debian": onDebian, "ubuntu": onUbuntu, "rocky": onFedora, "rhel": onRHEL, "opensuse-leap": onSUSE, "": nil} {
		if got := Find(host(t, files...)).Publisher(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// On the host of the test: what is there opens, and what is not is named.
func TestThisHostsLoadersOpenOrAreNamed(t *testing.T) {
	s := Find()
	for _, n := range s.Names() {
		f, err := s.Open(n)
		if err != nil {
			t.Errorf("%s at %s: %v", n, s.Path(n), err)
			continue
		}
		f.Close()
	}
	for _, w := range wanted {
		missing := false
		for _, m := range s.Missing() {
			missing = missing || m.Name == w.name && m.Package != ""
		}
		covered := s.Has(w.name)
		for _, other := range instead[w.name] {
			covered = covered || s.Has(other)
		}
		if v, _ := s.Syslinux(); !covered && !missing && (v == "" || strings.HasPrefix(v, "6")) {
			t.Errorf("%s is neither there nor named", w.name)
		}
	}
	t.Logf("%d loaders here, %d missing", len(s.Names()), len(s.Missing()))
}

func TestAnEmptyHostMissesEverythingAndOpensNothing(t *testing.T) {
	s := Find(t.TempDir())
	if len(s.Missing()) != len(wanted) || len(s.Names()) != 0 {
		t.Errorf("%d missing, names %v", len(s.Missing()), s.Names())
	}
	for _, n := range []string{"pxelinux.0", "../../etc/passwd", "/etc/passwd", ""} {
		if _, err := s.Open(n); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", n, err)
		}
	}
}

func TestPXELINUXAndItsModulesComeFromOneFamily(t *testing.T) {
	s := Find(host(t, "usr/lib/PXELINUX/pxelinux.0"+core6, // its modules' package is not installed
		"usr/share/syslinux/pxelinux.0=PXELINUX 6.03 lwIP \x00", "usr/share/syslinux/ldlinux.c32", "usr/share/syslinux/menu.c32"))
	for _, n := range []string{"pxelinux.0", "ldlinux.c32", "menu.c32"} {
		if !strings.Contains(s.Path(n), "usr/share/syslinux/") {
			t.Errorf("%s is taken from %s", n, s.Path(n))
		}
	}
	if v, mixed := s.Syslinux(); v != "6.03" || mixed {
		t.Errorf("version %q, mixed %t", v, mixed)
	}
}

func TestACoreWithoutItsModulesIsSaid(t *testing.T) {
	s := Find(host(t, "usr/lib/PXELINUX/pxelinux.0"+core6))
	if _, mixed := s.Syslinux(); !mixed || !s.Has("pxelinux.0") {
		t.Error("pxelinux.0 of syslinux 6 cannot start alone")
	}
	if m := s.Missing(); m[0].Name != "ldlinux.c32" || m[0].Package != "syslinux-common" {
		t.Errorf("missing first: %+v", m[0])
	}
}

func TestSyslinux4NeedsNoCoreModule(t *testing.T) {
	s := Find(host(t, "usr/lib/syslinux/pxelinux.0=PXELINUX 4.05 20140113 \x00", "usr/lib/syslinux/menu.c32"))
	v, mixed := s.Syslinux()
	if v != "4.05" || mixed || !s.Has("menu.c32") {
		t.Errorf("version %q, mixed %t, names %v", v, mixed, s.Names())
	}
	for _, m := range s.Missing() {
		if strings.HasSuffix(m.Name, ".c32") {
			t.Errorf("missing: %+v", m)
		}
	}
}

func TestTwoVersionsInOneKitAreSaid(t *testing.T) {
	s := Find(host(t, "usr/share/syslinux/pxelinux.0"+core6, "usr/share/syslinux/ldlinux.c32=SYSLINUX 6.03 \x00"))
	if _, mixed := s.Syslinux(); !mixed {
		t.Error("6.04 with a module of 6.03 is taken for whole")
	}
}

func TestAShimIsNeverPairedWithAnothersGRUB(t *testing.T) {
	s := Find(host(t, "usr/lib/shim/shimx64.efi.signed", // Debian's shim without Debian's GRUB
		"usr/share/efi/x86_64/shim.efi", "usr/share/efi/x86_64/grub.efi"))
	if !strings.Contains(s.Path("shimx64.efi"), "usr/share/efi") || !strings.Contains(s.Path("grubx64.efi"), "usr/share/efi") {
		t.Errorf("shim %s, GRUB %s", s.Path("shimx64.efi"), s.Path("grubx64.efi"))
	}
}

func TestADanglingLinkIsNoLoader(t *testing.T) {
	root := host(t, "usr/lib/ipxe/x")
	for name, to := range map[string]string{"ipxe.efi": "/nowhere/ipxe.efi", "snponly.efi": "x"} {
		if err := os.Symlink(to, filepath.Join(root, "usr/lib/ipxe", name)); err != nil {
			t.Fatal(err)
		}
	}
	s := Find(root)
	if s.Has("ipxe.efi") || !s.Has("snponly.efi") {
		t.Errorf("names: %v", s.Names())
	}
}

func TestAnEarlierRootWins(t *testing.T) {
	own, sys := host(t, "usr/lib/ipxe/ipxe.efi=own"), host(t, onDebian...)
	s := Find(own, sys)
	if !strings.HasPrefix(s.Path("ipxe.efi"), own) || !strings.HasPrefix(s.Path("pxelinux.0"), sys) {
		t.Errorf("%s, %s", s.Path("ipxe.efi"), s.Path("pxelinux.0"))
	}
}

func TestARemovedPackageDoesNotShowTheHostsPaths(t *testing.T) {
	root := host(t, onDebian...)
	s := Find(root)
	if err := os.RemoveAll(filepath.Join(root, "usr")); err != nil {
		t.Fatal(err)
	}
	_, err := s.Open("pxelinux.0")
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), root) {
		t.Errorf("got %v", err)
	}
}

func TestThisHostsLoadersOpen(t *testing.T) {
	s := Find()
	if len(s.Names()) == 0 {
		t.Skip("no boot loader package is installed here")
	}
	for _, n := range s.Names() {
		f, err := s.Open(n)
		if err != nil {
			t.Errorf("%s: %v", n, err)
			continue
		}
		f.Close()
	}
	v, mixed := s.Syslinux()
	t.Logf("%d loaders; syslinux %q, mixed %t; missing %+v", len(s.Names()), v, mixed, s.Missing())
}
