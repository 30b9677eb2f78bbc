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

// layout is what stands around a recipe.
type layout struct {
	method string
	group  string // for volumes that name none
	secret intent.Secret
	disks  []string // the draft's names
}

// recipe reads the layout, or writes out the ready-made one that is chosen. It
// gives the parts of the recipe.
func (r *reader) recipe(l layout) []entry {
	a, ok := r.get("partman-auto/expert_recipe")
	if !ok {
		if f, has := r.get("partman-auto/expert_recipe_file"); has {
			r.Lose(f.Line, f.Key, "the recipe's file is not known here: a layout of one root file system and swap takes its place")
		}
		r.readyMade(l.method, l.group, l.secret)
		return nil
	}
	list := entries(a.Value)
	r.Keep(a.Line, a.Key, "storage")
	if g, ok := r.get("partman-auto-lvm/guided_size"); ok {
		r.Keep(g.Line, g.Key, "")
	}
	if arrays, ok := r.get("partman-auto-raid/recipe"); ok && l.method == "raid" {
		r.raid(arrays, a, list, l)
		return list
	}
	for _, e := range list {
		r.entry(a, e, l)
	}
	if l.secret != "" && len(r.In.Storage.VolumeGroups) == 0 {
		r.Lose(a.Line, "partman-auto/method crypto", "there is no volume group to encrypt")
	}
	return list
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

// fitted says that a part is one that every rendering adds as the firmware
// needs it, or a filler.
func (e entry) fitted() bool {
	kind := e.words["method"]
	return kind == "biosgrub" || kind == "efi" && (e.max == 538 || e.max > e.min) ||
		kind == "" && e.words["mountpoint"] == "" && e.words["vg_name"] == ""
}

// volume says that a part is a logical volume.
func (e entry) volume() bool {
	_, ok := e.words["$lvmok"]
	return ok || e.words["in_vg"] != ""
}

func (r *reader) entry(a Answer, e entry, l layout) {
	what := "recipe: " + strings.TrimSpace(e.words["mountpoint"]+" "+e.words["method"])
	switch {
	case e.fitted():
		r.Keep(a.Line, what+" (added as the firmware needs)", "")
	case e.words["method"] == "lvm":
		name := intent.Or(e.words["vg_name"], l.group)
		g := r.group(name, l.secret)
		if d := e.words["device"]; d != "" {
			g.Disk = r.Disk(diskOf(d))
		}
		if e.max >= 0 {
			g.Size = bytes(e.max)
		}
		r.Keep(a.Line, what+" "+name, "storage.volume-groups")
	case e.words["in_vg"] != "" || e.volume() && (l.method == "lvm" || l.method == "crypto"):
		r.volume(a, e, what, l)
	default:
		r.partition(a, e, what, "")
	}
}

// filesystem is that of a part, and where it is mounted.
func (r *reader) filesystem(a Answer, e entry, what string) (fs, mount string) {
	fs, mount = intent.Or(e.words["filesystem"], e.fs), e.words["mountpoint"]
	switch kind := e.words["method"]; {
	case kind == "swap" || fs == "linux-swap":
		fs, mount = "swap", ""
	case kind == "efi":
		fs, mount = "vfat", intent.EFIMount
	}
	known, ok := reading.Filesystem(fs)
	if !ok {
		r.Change(a.Line, what, "storage", "%s is not known to the neutral install: it is ext4 now", reading.Printable(fs))
	}
	return known, mount
}

func (r *reader) partition(a Answer, e entry, what, disk string) {
	st := &r.In.Storage
	fs, mount := r.filesystem(a, e, what)
	field := fmt.Sprintf("storage.partitions[%d]", len(st.Partitions))
	_, primary := e.words["$primary"]
	r.Keep(a.Line, what, field)
	st.Partitions = append(st.Partitions, intent.Partition{Disk: disk, Mount: mount, Filesystem: fs, Size: r.sizeOf(a, e, what, field), Primary: primary, Label: e.words["label"], Options: e.options})
}

func (r *reader) volume(a Answer, e entry, what string, l layout) {
	fs, mount := r.filesystem(a, e, what)
	g := r.group(intent.Or(e.words["in_vg"], l.group), l.secret)
	name := e.words["lv_name"]
	if name == "" {
		name = strings.Trim(strings.ReplaceAll(mount, "/", "_"), "_")
		if fs == "swap" {
			name = "swap"
		} else if name == "" {
			name = "root"
		}
	}
	field := fmt.Sprintf("storage.volume-groups[%d].volumes[%d]", r.groupIndex(g), len(g.Volumes))
	r.Keep(a.Line, what+" "+name, field)
	g.Volumes = append(g.Volumes, intent.Volume{Name: name, Mount: mount, Filesystem: fs, Size: r.sizeOf(a, e, what, field), Label: e.words["label"], Options: e.options})
}

func (r *reader) groupIndex(g *intent.VolumeGroup) int {
	for i := range r.In.Storage.VolumeGroups {
		if &r.In.Storage.VolumeGroups[i] == g {
			return i
		}
	}
	return 0
}
