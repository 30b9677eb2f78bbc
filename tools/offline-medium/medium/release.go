package medium

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"seedbed/tools/offline-medium/control"
)

// Edition is what the medium says about itself.
type Edition struct {
	Suite    string // the folder below dists, such as trixie
	Archive  string // what the suite is called now, such as stable
	Codename string
	Version  string    // such as 13.8
	Date     time.Time // of the mirror's Release; clients refuse one from the future
}

// Release gives the text of the medium's Release file for index files, which are
// named by their path below dists/SUITE/ (wiki.debian.org/DebianRepository/Format).
func (e Edition) Release(files map[string][]byte) string {
	var b strings.Builder
	b.WriteString(control.Stanza{
		{Name: "Origin", Value: "Debian"}, {Name: "Label", Value: "Debian"}, {Name: "Suite", Value: e.Archive},
		{Name: "Version", Value: e.Version}, {Name: "Codename", Value: e.Codename},
		{Name: "Date", Value: e.Date.UTC().Format("Mon, 02 Jan 2006 15:04:05 UTC")},
		{Name: "Acquire-By-Hash", Value: "no"}, {Name: "Architectures", Value: "amd64"}, {Name: "Components", Value: "main"},
		{Name: "Description", Value: "Debian " + e.Version + ", small offline medium"},
	}.String())
	names := slices.Sorted(maps.Keys(files))
	b.WriteString("MD5Sum:\n")
	for _, n := range names {
		fmt.Fprintf(&b, " %x %d %s\n", md5.Sum(files[n]), len(files[n]), n)
	}
	b.WriteString("SHA256:\n")
	for _, n := range names {
		fmt.Fprintf(&b, " %x %d %s\n", sha256.Sum256(files[n]), len(files[n]), n)
	}
	return b.String()
}

// component gives the small Release file beside a Packages file.
func (e Edition) component(name string) []byte {
	return []byte(control.Stanza{
		{Name: "Archive", Value: e.Archive}, {Name: "Origin", Value: "Debian"}, {Name: "Label", Value: "Debian"},
		{Name: "Version", Value: e.Version}, {Name: "Acquire-By-Hash", Value: "no"},
		{Name: "Component", Value: name}, {Name: "Architecture", Value: "amd64"},
	}.String())
}

// info gives .disk/info in the form of Debian's own media, by which an importer
// tells release, architecture and kind.
func (e Edition) info(built time.Time) string {
	name := e.Codename
	if name != "" {
		name = strings.ToUpper(name[:1]) + name[1:]
	}
	return fmt.Sprintf("Debian GNU/Linux %s %q - Unofficial amd64 DVD Binary-1 %s", e.Version, name, built.UTC().Format("20060102-15:04"))
}

// Label is the image's volume name.
func (e Edition) Label() string { return "Debian " + e.Version + " amd64 1" }
