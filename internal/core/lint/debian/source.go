package debian

import (
	"strings"

	"seedbed/internal/core/lint"
	"seedbed/internal/fault"
)

// Sources are the archives that the installer fetches from: the mirror, the
// archive of security updates and the local ones that the file names. own says
// that the machine's network is not the subnet's: routes and name servers are
// the arguments'.
func Sources(s *lint.Subject) (out []lint.Source, own bool) {
	gateway, _ := arg(s, "netcfg/get_gateway")
	own = gateway != ""
	protocol, ok := value(s, "mirror/protocol")
	if !ok {
		protocol = "http"
	}
	proxy, _ := value(s, "mirror/"+protocol+"/proxy")
	add := func(address, key string, try ...string) {
		line, column := place(s, key)
		at := fault.Position{File: s.Name, Line: line, Column: column}
		if line == 0 {
			at = s.ArgsAt
		}
		if p, ok := lint.NewSource(address, proxy, at, try...); ok {
			out = append(out, p)
		}
	}
	suite, _ := value(s, "mirror/suite")
	host, _ := value(s, "mirror/"+protocol+"/hostname")
	directory, _ := value(s, "mirror/"+protocol+"/directory")
	if host != "" {
		add(protocol+"://"+host+"/"+strings.Trim(directory, "/"), "mirror/"+protocol+"/hostname", release(suite)...)
	}
	if host, _ := value(s, "apt-setup/security_host"); host != "" {
		if suite != "" {
			suite += "-security"
		}
		add("http://"+host+"/debian-security", "apt-setup/security_host", release(suite)...)
	}
	for _, n := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		key := "apt-setup/local" + n + "/repository"
		line, _ := value(s, key)
		if words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "deb ")); len(words) > 1 {
			add(words[0], key, release(words[1])...)
		}
	}
	return out, own
}

// release are the files of an archive that say what it holds.
func release(suite string) []string {
	switch {
	case suite == "":
		return []string{"dists/"}
	case strings.HasSuffix(suite, "/"):
		return []string{suite + "Release", suite + "InRelease", suite + "Packages"} // a flat archive
	}
	return []string{"dists/" + suite + "/Release", "dists/" + suite + "/InRelease"}
}
