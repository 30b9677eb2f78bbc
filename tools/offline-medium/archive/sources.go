package archive

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"seedbed/internal/fault"
	"seedbed/tools/offline-medium/control"
)

// debianSuites tell a Debian archive from one that merely has a component main.
var debianSuites = []string{"trixie", "bookworm", "bullseye", "forky", "sid", "stable", "oldstable", "oldoldstable", "testing", "unstable"}

// source is one archive that apt knows.
type source struct {
	uri    string
	suites []string
	main   bool
}

// FindMirror gives the URI of the Debian archive in the apt sources below root
// ("/" for this machine), the one that has the suite first if there are several.
func FindMirror(root, suite string) (string, error) {
	dir := filepath.Join(root, "etc/apt")
	lists, _ := filepath.Glob(filepath.Join(dir, "sources.list.d/*.list"))
	deb822, _ := filepath.Glob(filepath.Join(dir, "sources.list.d/*.sources"))
	var all []source
	for _, f := range append([]string{filepath.Join(dir, "sources.list")}, append(lists, deb822...)...) {
		text, err := os.ReadFile(f)
		switch {
		case err != nil:
		case strings.HasSuffix(f, ".sources"):
			all = append(all, deb822Sources(string(text))...)
		default:
			all = append(all, oneLineSources(string(text))...)
		}
	}
	if uri := pick(all, suite); uri != "" {
		return expand(root, uri)
	}
	return "", fault.New(fault.NotFound, "name one with --mirror, for example --mirror http://YOUR.MIRROR/debian",
		"no Debian mirror in this machine's apt sources")
}

func pick(all []source, suite string) string {
	best, uri := 0, ""
	for _, s := range all {
		score := 0
		switch {
		case !s.main || strings.HasPrefix(s.uri, "cdrom:") || strings.Contains(s.uri, "security"):
		case slices.Contains(s.suites, suite):
			score = 2
		case slices.ContainsFunc(s.suites, func(x string) bool { return slices.Contains(debianSuites, x) }):
			score = 1
		}
		if score > best {
			best, uri = score, s.uri
		}
	}
	return uri
}

// expand turns a mirror list (mirror+file:, as Debian's cloud images have it)
// into the first mirror on the list.
func expand(root, uri string) (string, error) {
	list, ok := strings.CutPrefix(uri, "mirror+file:")
	if !ok {
		return strings.TrimRight(uri, "/"), nil
	}
	list = filepath.Join(root, "/"+strings.TrimLeft(list, "/"))
	text, err := os.ReadFile(list)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "name a mirror with --mirror", "reading the mirror list of the apt sources")
	}
	for _, l := range strings.Split(string(text), "\n") {
		if f := strings.Fields(l); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			return strings.TrimRight(f[0], "/"), nil
		}
	}
	return "", fault.New(fault.Invalid, "name a mirror with --mirror", "the mirror list %q is empty", list)
}

// deb822Sources reads a *.sources file (sources.list(5)).
func deb822Sources(text string) []source {
	stanzas, err := control.Parse(text)
	if err != nil {
		return nil // apt itself would refuse the file
	}
	var out []source
	for _, s := range stanzas {
		if strings.EqualFold(s.Get("Enabled"), "no") || !slices.Contains(strings.Fields(s.Get("Types")), "deb") {
			continue
		}
		for _, uri := range strings.Fields(s.Get("URIs")) {
			out = append(out, source{uri, strings.Fields(s.Get("Suites")), slices.Contains(strings.Fields(s.Get("Components")), "main")})
		}
	}
	return out
}

// oneLineSources reads the older form: deb [options] uri suite component…
func oneLineSources(text string) []source {
	var out []source
	for _, l := range strings.Split(text, "\n") {
		l, _, _ = strings.Cut(l, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(l), "deb")
		if !ok || rest == "" || !strings.ContainsAny(rest[:1], " \t[") {
			continue
		}
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "[") {
			_, rest, _ = strings.Cut(rest, "]")
		}
		if f := strings.Fields(rest); len(f) >= 2 {
			out = append(out, source{f[0], f[1:2], slices.Contains(f[2:], "main")})
		}
	}
	return out
}
