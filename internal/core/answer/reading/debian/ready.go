package debian

import (
	"strings"

	"seedbed/internal/core/answer/intent"
)

// readyMade writes out one of partman's own recipes, as far as its file
// systems go: atomic, home and multi.
func (r *reader) readyMade(method, group string, secret intent.Secret) {
	st := &r.In.Storage
	a, ok := r.get("partman-auto/choose_recipe")
	if method == "" && !ok {
		return
	}
	volumes := []intent.Volume{{Name: "swap_1", Filesystem: "swap", Size: 1 << 30}}
	switch {
	case strings.Contains(a.Value, "home"):
		volumes = append(volumes, intent.Volume{Name: "root", Mount: "/", Filesystem: "ext4", Size: 20 << 30}, intent.Volume{Name: "home", Mount: "/home", Filesystem: "ext4", Size: intent.Rest})
	case strings.Contains(a.Value, "multi"):
		volumes = append(volumes, intent.Volume{Name: "root", Mount: "/", Filesystem: "ext4", Size: 12 << 30}, intent.Volume{Name: "var", Mount: "/var", Filesystem: "ext4", Size: 6 << 30},
			intent.Volume{Name: "tmp", Mount: "/tmp", Filesystem: "ext4", Size: 1 << 30}, intent.Volume{Name: "home", Mount: "/home", Filesystem: "ext4", Size: intent.Rest})
	default:
		volumes = append(volumes, intent.Volume{Name: "root", Mount: "/", Filesystem: "ext4", Size: intent.Rest})
	}
	if method == "lvm" || method == "crypto" {
		st.Partitions = []intent.Partition{{Mount: "/boot", Filesystem: "ext4", Size: 1 << 30}}
		st.VolumeGroups = []intent.VolumeGroup{{Name: group, Size: intent.Rest, Passphrase: secret, Volumes: volumes}}
	} else {
		for _, v := range volumes {
			st.Partitions = append(st.Partitions, intent.Partition{Mount: v.Mount, Filesystem: v.Filesystem, Size: v.Size})
		}
	}
	r.Change(a.Line, "partman-auto/choose_recipe", "storage", "partman's ready-made layout is written out, with sizes of its kind")
}
