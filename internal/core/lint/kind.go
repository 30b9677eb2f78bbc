package lint

import (
	"regexp"
	"strings"

	"seedbed/internal/core/answer"
)

// Dialects that are checked here, and neither rendered nor converted.
const (
	ESXi     answer.Kind = "esxi"     // VMware's ks.cfg
	Unattend answer.Kind = "unattend" // Windows' autounattend.xml
	Alpine   answer.Kind = "alpine"   // setup-alpine's answers
	Proxmox  answer.Kind = "proxmox"  // Proxmox VE's answer.toml
)

var others = []struct {
	kind answer.Kind
	sign *regexp.Regexp
}{
	{Unattend, regexp.MustCompile(`<unattend[\s>]`)},
	{ESXi, regexp.MustCompile(`(?m)^\s*((vm)?accepteula\s*$|install .*--(firstdisk|overwritevmfs|preservevmfs|novmfsondisk)|%firstboot\b)`)},
	{Alpine, regexp.MustCompile(`(?m)^\s*(export )?(KEYMAPOPTS|HOSTNAMEOPTS|INTERFACESOPTS|DISKOPTS)=`)},
	{Proxmox, regexp.MustCompile(`(?m)^\s*(disk[-_]list|root[-_]password|fqdn)\s*=`)},
}

// KindOf tells the dialect of an answer file from its text, those of other
// rooms and of this one; "" where it cannot be told.
func KindOf(text string) answer.Kind {
	for _, o := range others {
		if o.sign.MatchString(strings.ReplaceAll(text, "\r", "")) {
			return o.kind
		}
	}
	return answer.KindOf(text)
}
