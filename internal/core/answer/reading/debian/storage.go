package debian

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/preseed"
	"seedbed/internal/core/answer/reading"
)

func (r *reader) storage() {
	st := &r.In.Storage
	early, _ := r.get("partman/early_command")
	own := strings.Contains(early.Value, "debconf-set partman-auto/disk $hit")
	if early.Value != "" {
		if own {
			r.Keep(early.Line, "Seedbed's own partman/early_command", "storage.disk")
		} else {
			r.Lose(early.Line, early.Key, "the neutral install runs nothing before the installation; what a disk must be like stands at storage.disk")
		}
	}
	var disks []string
	if a, ok := r.get("partman-auto/disk"); ok {
		for _, d := range strings.Fields(a.Value) {
			disks = append(disks, r.Disk(d))
		}
		r.Keep(a.Line, a.Key, "storage.disk")
	}
	if a, ok := r.get("partman-partitioning/default_label", "partman/default_label"); ok {
		st.Table = map[string]string{"gpt": "gpt", "msdos": "mbr"}[a.Value]
		r.Keep(a.Line, a.Key, "storage.table")
	}
	method, _ := r.get("partman-auto/method")
	var secret intent.Secret
	if a, ok := r.get("partman-crypto/passphrase"); ok && method.Value == "crypto" {
		secret = intent.Secret(a.Value)
		r.used["partman-crypto/passphrase-again"] = true
		r.Keep(a.Line, a.Key, "storage")
	}
	group := "vg0"
	if a, ok := r.get("partman-auto-lvm/new_vg_name"); ok && a.Value != "" {
		group = a.Value
	}
	parts := r.recipe(method.Value, group, disks, secret)
	if own {
		r.ownDisk(early.Value, parts)
	}
	if method.Value != "" {
		r.Keep(method.Line, method.Key, "storage")
	}
}

var (
	atLeast = regexp.MustCompile(`\[ \$size -ge (\d+) \]`)
	atMost  = regexp.MustCompile(`\[ \$size -le (\d+) \]`)
	holds   = regexp.MustCompile(`case "\$(model|serial)" in \*('(?:[^']|'"'"')*')\*\) ;;`)
)

// ownDisk reads the command that Seedbed writes to find a disk. need are the MB
// for which any disk must have room: that is no wish of the author's.
func (r *reader) ownDisk(command string, need int64) {
	d := &r.In.Storage.Disk
	if m := atLeast.FindStringSubmatch(command); m != nil && d.Auto() {
		if n := reading.Number(m[1]); n != (need+16)*1000000/512 {
			d.MinSize = n * 512
		}
	}
	if m := atMost.FindStringSubmatch(command); m != nil {
		d.MaxSize = reading.Number(m[1]) * 512
	}
	for _, m := range holds.FindAllStringSubmatch(command, -1) {
		text := strings.Join(reading.Words(m[2]), "")
		if m[1] == "model" {
			d.Model = text
		} else {
			d.Serial = text
		}
	}
}

// entry is one part of a recipe.
type entry struct {
	min, max int64 // MB; max -1 without end
	grows    bool
	memory   bool // its size went by the memory
	fs       string
	words    map[string]string
	options  []string
}

var attribute = regexp.MustCompile(`^\s*(\$?[A-Za-z0-9_/.=-]+)\{([^}]*)\}`)

// entries takes a recipe apart (partman-auto-recipe.txt in debian-installer's
// documentation).
func entries(recipe string) []entry {
	_, body, ok := strings.Cut(recipe, "::")
	if !ok {
		body = recipe
	}
	var out []entry
	for {
		w := strings.Fields(body)
		if len(w) < 4 {
			return out
		}
		e := entry{words: map[string]string{}, fs: w[3]}
		e.min, e.max = reading.Number(w[0]), reading.Number(w[2])
		e.memory = strings.HasSuffix(w[0], "%") || strings.HasSuffix(w[2], "%")
		if priority, err := strconv.ParseInt(w[1], 10, 64); err == nil {
			e.grows = priority > e.min
		}
		if strings.HasPrefix(w[2], "-") || e.max >= 1000000000 {
			e.max = -1
		}
		for _, word := range w[:4] {
			body = strings.TrimLeft(body, " \t\n")[len(word):]
		}
		for {
			m := attribute.FindStringSubmatch(body)
			if m == nil {
				break
			}
			body = body[len(m[0]):]
			if o, ok := strings.CutPrefix(m[1], "options/"); ok {
				e.options = append(e.options, o)
			}
			e.words[m[1]] = strings.TrimSpace(m[2])
		}
		out = append(out, e)
		body = strings.TrimLeft(body, " \t\n")
		if body, ok = strings.CutPrefix(body, "."); !ok {
			return out
		}
	}
}

// bytes is the size of MB: the whole GiB or MiB that a rendering rounds up to
// it, where there is one.
func bytes(mb int64) int64 {
	for _, unit := range []int64{1 << 30, 256 << 20, 64 << 20, 1 << 20} {
		n := mb * 1000000 / unit * unit
		if n > 0 && preseed.MB(n) == mb {
			return n
		}
	}
	return mb * 1000000
}

// recipe reads the layout, or writes out the ready-made one that is chosen. It
// gives the MB that the recipe needs.
func (r *reader) recipe(method, group string, disks []string, secret intent.Secret) int64 {
	a, ok := r.get("partman-auto/expert_recipe")
	if !ok {
		if f, has := r.get("partman-auto/expert_recipe_file"); has {
			r.Lose(f.Line, f.Key, "the recipe's file is not known here: a layout of one root file system and swap takes its place")
		}
		r.readyMade(method, group, secret)
		return 0
	}
	list := entries(a.Value)
	r.Keep(a.Line, a.Key, "storage")
	if raid, ok := r.get("partman-auto-raid/recipe"); ok && method == "raid" {
		r.raid(raid, a, list, group, disks)
		return 0
	}
	need := int64(0)
	for _, e := range list {
		need += e.min
		r.entry(a, e, method, group, secret)
	}
	st := &r.In.Storage
	if a, ok := r.get("partman-auto-lvm/guided_size"); ok && a.Value != "max" && a.Value != "100%" {
		r.Keep(a.Line, a.Key, "storage")
	}
	if secret != "" && len(st.VolumeGroups) == 0 {
		r.Lose(a.Line, "partman-auto/method crypto", "there is no volume group to encrypt")
	}
	return need
}

func (r *reader) sizeOf(a Answer, e entry, what, field string) int64 {
	switch {
	case e.memory:
		r.Change(a.Line, what, field, "its size went by the machine's memory; it is 2 GiB now")
		return 2 << 30
	case e.max < 0:
		return intent.Rest
	case e.max > e.min && e.grows:
		r.Change(a.Line, what, field, "it had %d to %d MB, by what was free; it has %d MB now", e.min, e.max, e.max)
		return bytes(e.max)
	}
	return bytes(e.min)
}

// group finds a group by name or makes it, on the rest of the first disk.
func (r *reader) group(name string, secret intent.Secret) *intent.VolumeGroup {
	st := &r.In.Storage
	for i := range st.VolumeGroups {
		if st.VolumeGroups[i].Name == name {
			return &st.VolumeGroups[i]
		}
	}
	st.VolumeGroups = append(st.VolumeGroups, intent.VolumeGroup{Name: name, Size: intent.Rest, Passphrase: secret})
	return &st.VolumeGroups[len(st.VolumeGroups)-1]
}

func (r *reader) entry(a Answer, e entry, method, group string, secret intent.Secret) {
	st := &r.In.Storage
	kind := e.words["method"]
	_, lvm := e.words["$lvmok"]
	lvm = lvm && (method == "lvm" || method == "crypto")
	what := "recipe: " + strings.TrimSpace(e.words["mountpoint"]+" "+kind)
	if vg := e.words["in_vg"]; vg != "" {
		group, lvm = vg, true
	}
	switch {
	case kind == "biosgrub" || kind == "" && e.words["mountpoint"] == "" && e.words["vg_name"] == "":
		r.Keep(a.Line, what+" (added as the firmware needs)", "")
		return
	case kind == "efi" && (e.max == 538 || e.max > e.min):
		r.Keep(a.Line, what+" (added as the firmware needs)", "")
		return
	case kind == "lvm":
		name := e.words["vg_name"]
		if name == "" {
			name = group
		}
		g := r.group(name, secret)
		if e.max >= 0 {
			g.Size = bytes(e.max)
		}
		r.Keep(a.Line, what+" "+name, "storage.volume-groups")
		return
	}
	fs := e.words["filesystem"]
	if fs == "" {
		fs = e.fs
	}
	mount := e.words["mountpoint"]
	if kind == "swap" || fs == "linux-swap" {
		fs, mount = "swap", ""
	}
	if kind == "efi" {
		fs, mount = "vfat", intent.EFIMount
	}
	known, ok := reading.Filesystem(fs)
	if !ok {
		r.Change(a.Line, what, "storage", "%s is not known to the neutral install: it is ext4 now", reading.Printable(fs))
	}
	if !lvm {
		field := fmt.Sprintf("storage.partitions[%d]", len(st.Partitions))
		_, primary := e.words["$primary"]
		r.Keep(a.Line, what, field)
		st.Partitions = append(st.Partitions, intent.Partition{Mount: mount, Filesystem: known, Size: r.sizeOf(a, e, what, field), Primary: primary, Label: e.words["label"], Options: e.options})
		return
	}
	g := r.group(group, secret)
	name := e.words["lv_name"]
	if name == "" {
		name = strings.Trim(strings.ReplaceAll(mount, "/", "_"), "_")
		if fs == "swap" {
			name = "swap"
		} else if name == "" {
			name = "root"
		}
	}
	field := fmt.Sprintf("storage.volume-groups[%d].volumes[%d]", 0, len(g.Volumes))
	r.Keep(a.Line, what+" "+name, field)
	g.Volumes = append(g.Volumes, intent.Volume{Name: name, Mount: mount, Filesystem: known, Size: r.sizeOf(a, e, what, field), Label: e.words["label"], Options: e.options})
}

// raid reads partman-auto-raid's recipe: "level count spares fs mount devices"
// with # between devices, each part ended by a dot. The members' sizes are those
// of the parts with method raid, in order.
func (r *reader) raid(a, recipe Answer, list []entry, group string, disks []string) {
	st := &r.In.Storage
	r.Keep(a.Line, a.Key, "storage.raid")
	var sizes []int64
	for _, e := range list {
		if e.words["method"] == "raid" {
			sizes = append(sizes, r.sizeOf(recipe, e, "recipe: raid", "storage.raid"))
		}
	}
	n := 0
	for part := range strings.SplitSeq(a.Value, " .") {
		w := strings.Fields(strings.TrimSuffix(strings.TrimSpace(part), "."))
		if len(w) < 6 {
			continue
		}
		v := intent.Array{Name: fmt.Sprintf("md%d", n), Level: w[0], Spares: int(reading.Number(w[2])), Size: intent.Rest}
		if n < len(sizes) {
			v.Size = sizes[n]
		}
		for k := range strings.Split(w[5], "#") {
			if k < len(disks) {
				v.Disks = append(v.Disks, disks[k])
			}
		}
		n++
		if w[3] == "lvm" {
			g := r.group(group, "")
			g.Array = v.Name
		} else {
			v.Mount, v.Filesystem = w[4], w[3]
			if v.Filesystem, _ = reading.Filesystem(w[3]); v.Filesystem == "swap" {
				v.Mount = ""
			}
		}
		st.Arrays = append(st.Arrays, v)
	}
	for _, e := range list {
		if _, ok := e.words["$lvmok"]; ok && e.words["method"] != "raid" {
			r.entry(recipe, e, "lvm", group, "")
		}
	}
	for i := range st.VolumeGroups {
		if st.VolumeGroups[i].Array == "" && len(st.Arrays) > 0 {
			st.VolumeGroups[i].Array = st.Arrays[len(st.Arrays)-1].Name
		}
	}
}

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
