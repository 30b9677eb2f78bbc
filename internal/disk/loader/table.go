package loader

// A loader is searched in the order of its paths; the first regular file wins.
// A kit is a directory set from which all files come together.

// kit is what must come from one place.
type kit struct {
	lead  string   // the client's name of the file without which the kit is nothing
	dirs  []string // searched in order for the kit's files
	names []string // what is taken, by the client's name; "*.c32" takes all modules
	as    map[string][]string
}

// syslinux 6 splits PXELINUX into a core and modules whose interface changes
// with every version: pxelinux.0 loads ldlinux.c32 only of its own build ("is
// not a valid COM32R image" or a hang otherwise), so they are one kit.
var syslinux = []kit{
	{lead: "pxelinux.0", dirs: []string{"usr/lib/PXELINUX", "usr/lib/syslinux/modules/bios", "usr/lib/syslinux"}, names: syslinuxNames}, // Debian, Ubuntu from 14.10
	{lead: "pxelinux.0", dirs: []string{"usr/share/syslinux"}, names: syslinuxNames},                                                    // Fedora, RHEL, SUSE
	{lead: "pxelinux.0", dirs: []string{"usr/lib/syslinux"}, names: syslinuxNames},                                                      // Debian 7, Ubuntu to 14.04: syslinux 4
}

var syslinuxNames = []string{"pxelinux.0", "lpxelinux.0", "*.c32", "memdisk"}

// A shim verifies only the GRUB that its own distribution signed, so that both
// come from one kit. The paths of Fedora and RHEL are the host's own ESP.
var secure = map[string][]kit{
	"x64": {
		{lead: "shimx64.efi", as: map[string][]string{
			"shimx64.efi": {"usr/lib/shim/shimx64.efi.signed", "usr/lib/shim/shimx64.efi.signed.latest", "usr/lib/shim/shimx64.efi.dualsigned"},
			"grubx64.efi": {"usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"},
			"mmx64.efi":   {"usr/lib/shim/mmx64.efi.signed", "usr/lib/shim/mmx64.efi"}}},
		{lead: "shimx64.efi", as: map[string][]string{
			"shimx64.efi": {"usr/share/efi/x86_64/shim.efi"},
			"grubx64.efi": {"usr/share/efi/x86_64/grub.efi"},
			"grub.efi":    {"usr/share/efi/x86_64/grub.efi"}}}, // SUSE's shim asks for grub.efi
		esp("fedora", "x64"), esp("redhat", "x64"), esp("centos", "x64"), esp("rocky", "x64"), esp("almalinux", "x64"),
	},
	"ia32": { // Debian to 12; x64 machines whose firmware has 32 bits
		{lead: "shimia32.efi", as: map[string][]string{
			"shimia32.efi": {"usr/lib/shim/shimia32.efi.signed"},
			"grubia32.efi": {"usr/lib/grub/i386-efi-signed/grubnetia32.efi.signed"},
			"mmia32.efi":   {"usr/lib/shim/mmia32.efi.signed", "usr/lib/shim/mmia32.efi"}}},
		esp("fedora", "ia32"), esp("redhat", "ia32"), esp("centos", "ia32"),
	},
	"aa64": {
		{lead: "shimaa64.efi", as: map[string][]string{
			"shimaa64.efi": {"usr/lib/shim/shimaa64.efi.signed", "usr/lib/shim/shimaa64.efi.signed.latest"},
			"grubaa64.efi": {"usr/lib/grub/arm64-efi-signed/grubnetaa64.efi.signed"},
			"mmaa64.efi":   {"usr/lib/shim/mmaa64.efi.signed", "usr/lib/shim/mmaa64.efi"}}},
		{lead: "shimaa64.efi", as: map[string][]string{
			"shimaa64.efi": {"usr/share/efi/aarch64/shim.efi"},
			"grubaa64.efi": {"usr/share/efi/aarch64/grub.efi"}}},
		esp("fedora", "aa64"), esp("redhat", "aa64"), esp("centos", "aa64"), esp("rocky", "aa64"), esp("almalinux", "aa64"),
	},
}

func esp(vendor, cpu string) kit {
	dir := "boot/efi/EFI/" + vendor + "/"
	return kit{lead: "shim" + cpu + ".efi", as: map[string][]string{
		"shim" + cpu + ".efi": {dir + "shim" + cpu + ".efi"},
		"grub" + cpu + ".efi": {dir + "grub" + cpu + ".efi"},
		"mm" + cpu + ".efi":   {dir + "mm" + cpu + ".efi"}}}
}

// ipxe are single files: each is whole in itself.
var ipxe = map[string][]string{
	"undionly.kpxe":     {"usr/lib/ipxe/undionly.kpxe", "usr/share/ipxe/undionly.kpxe", "boot/ipxe/undionly.kpxe"},
	"undionly.kkpxe":    {"usr/lib/ipxe/undionly.kkpxe", "usr/share/ipxe/undionly.kkpxe"},
	"ipxe.efi":          {"usr/lib/ipxe/ipxe.efi", "boot/ipxe.efi", "usr/share/ipxe/ipxe-x86_64.efi", "usr/share/ipxe/ipxe.efi", "boot/ipxe/ipxe.efi"},
	"snponly.efi":       {"usr/lib/ipxe/snponly.efi", "usr/share/ipxe/ipxe-snponly-x86_64.efi", "usr/share/ipxe/snponly-x86_64.efi", "usr/share/ipxe/snp-x86_64.efi", "usr/share/ipxe/snponly.efi", "boot/ipxe/snponly.efi"},
	"ipxe-arm64.efi":    {"usr/lib/ipxe/ipxe-arm64.efi", "usr/share/ipxe/arm64-efi/ipxe.efi", "usr/share/ipxe/ipxe-arm64.efi"},
	"snponly-arm64.efi": {"usr/lib/ipxe/snponly-arm64.efi", "usr/share/ipxe/arm64-efi/snponly.efi", "usr/share/ipxe/snponly-arm64.efi", "usr/share/ipxe/snp-arm64.efi"},
	"ipxe-i386.efi":     {"usr/lib/ipxe/ipxe-i386.efi", "usr/share/ipxe/ipxe-i386.efi"},
	"snponly-i386.efi":  {"usr/lib/ipxe/snponly-i386.efi", "usr/share/ipxe/ipxe-snponly-i386.efi", "usr/share/ipxe/snponly-i386.efi", "usr/share/ipxe/snp-i386.efi"},
	"ipxe.lkrn":         {"usr/lib/ipxe/ipxe.lkrn", "boot/ipxe.lkrn", "usr/share/ipxe/ipxe.lkrn"},
	"wimboot":           {"usr/lib/wimboot/wimboot", "usr/share/wimboot/wimboot", "usr/lib/ipxe/wimboot", "usr/share/ipxe/wimboot", "usr/local/lib/ipxe/wimboot"},
}

// vendor is whose package names people need.
type vendor int

const (
	debian vendor = iota
	fedora
	suse
)

// wanted are the loaders a complete server has, and who brings them.
var wanted = []struct {
	name, what string
	packages   [3]string // by vendor
}{
	{"pxelinux.0", "PXELINUX, the first program for BIOS machines", [3]string{"pxelinux", "syslinux", "syslinux"}},
	{"ldlinux.c32", "the core module of PXELINUX", [3]string{"syslinux-common", "syslinux", "syslinux"}},
	{"libutil.c32", "what PXELINUX's menu is built on", [3]string{"syslinux-common", "syslinux", "syslinux"}},
	{"menu.c32", "the boot menu of PXELINUX", [3]string{"syslinux-common", "syslinux", "syslinux"}},
	{"undionly.kpxe", "iPXE for BIOS machines", [3]string{"ipxe", "ipxe-bootimgs-x86", "ipxe-bootimgs"}},
	{"ipxe.efi", "iPXE for UEFI machines, with its own network drivers", [3]string{"ipxe", "ipxe-bootimgs-x86", "ipxe-bootimgs"}},
	{"snponly.efi", "iPXE for UEFI machines, with the firmware's network driver", [3]string{"ipxe", "ipxe-bootimgs-x86", "ipxe-bootimgs"}},
	{"shimx64.efi", "the shim for Secure Boot on amd64", [3]string{"shim-signed", "shim-x64", "shim"}},
	{"grubx64.efi", "the GRUB that this shim accepts", [3]string{"grub-efi-amd64-signed", "grub2-efi-x64", "grub2-x86_64-efi"}},
	{"ipxe-arm64.efi", "iPXE for arm64 machines", [3]string{"ipxe", "ipxe-bootimgs-aarch64", "ipxe-bootimgs"}},
	{"shimaa64.efi", "the shim for Secure Boot on arm64", [3]string{"shim-signed:arm64", "shim-aa64", "shim"}},
	{"grubaa64.efi", "the GRUB that this shim accepts", [3]string{"grub-efi-arm64-signed:arm64", "grub2-efi-aa64", "grub2-arm64-efi"}},
}

// instead are loaders that do the same work: with one of them there, the other
// is not missed.
var instead = map[string][]string{"ipxe-arm64.efi": {"snponly-arm64.efi"}, "grubx64.efi": {"grub.efi"}}
