package debian

import (
	"seedbed/internal/core/image"
	"seedbed/internal/core/lint"
)

var netImage = lint.Rule{ID: "A032", Title: "an Ubuntu server ISO as mirror has no packages of the base system", Kinds: both, Severity: lint.Error, Question: "base-installer/debootstrap-failed",
	Traps: []int{22}, Why: "the base system of Ubuntu's server ISOs from 12.10 on is install/filesystem.squashfs; ansible-os-autoinstall issue 5",
	Fix: "add: d-i live-installer/net-image string http://SERVER/images/NAME/install/filesystem.squashfs",
	Check: func(s *lint.Subject, r *lint.Report) {
		if s.Image != nil && s.Image.Family == image.Ubuntu && s.Image.Mirror && s.Release.Ubuntu(1210, 2010) && !given(s, "live-installer/net-image") && ownMirror(s) {
			r.At(0, 0, "")
		}
	}}

// ownMirror says that the packages come from the image's own tree.
func ownMirror(s *lint.Subject) bool {
	host, ok := value(s, "mirror/http/hostname")
	return !ok || inside(s, host)
}
