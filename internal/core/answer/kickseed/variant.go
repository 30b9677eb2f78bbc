package kickseed

import "strings"

// Variant is one kickseed, by what sets it apart from the others.
type Variant struct {
	Name string
	// RAID: raid and part raid.N are handled, iscsi too; and part --ondisk drops
	// the partition, unless for RAID. Only Ubuntu's (0.53ubuntu1, 2009, and on).
	RAID bool
	// HTTPS: url takes https (0.61 and on).
	HTTPS bool
}

// The variants that are in the installers still in use.
var (
	Ubuntu1204 = Variant{Name: "ubuntu-12.04", RAID: true}
	Ubuntu1404 = Variant{Name: "ubuntu-14.04", RAID: true}
	Ubuntu1604 = Variant{Name: "ubuntu-16.04", RAID: true}
	Ubuntu1804 = Variant{Name: "ubuntu-18.04", RAID: true, HTTPS: true}
	Debian12   = Variant{Name: "debian-12", HTTPS: true}
)

// For is the variant that a release's installer has: "ubuntu-12.04" to
// "ubuntu-19.10" and "debian-7" and up. Debian's netboot initrd holds none; it
// must be added.
func For(release string) (Variant, bool) {
	system, version, _ := strings.Cut(release, "-")
	switch {
	case system == "debian" && version != "":
		v := Debian12
		v.Name = release
		switch version { // 0.60 and older
		case "7", "8", "9":
			v.HTTPS = false
		}
		return v, true
	case system == "ubuntu" && len(version) == 5 && version >= "12.04" && version < "20.04":
		v := Ubuntu1204
		v.Name, v.HTTPS = release, version >= "18.04"
		return v, true
	}
	return Variant{}, false
}
