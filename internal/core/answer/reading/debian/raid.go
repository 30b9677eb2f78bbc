package debian

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
)

// number is that of a partition in a recipe: /dev/sda2, /dev/nvme0n1p2, <disk1>2.
var number = regexp.MustCompile(`^(.*?)p?([0-9]+)$`)

// diskOf is the disk of a partition that a recipe names, or a disk.
func diskOf(name string) string {
	if strings.HasPrefix(name, "<") {
		disk, _, _ := strings.Cut(name, ">")
		return disk + ">"
	}
	if m := digitDisk.FindString(name); m != "" {
		return m
	}
	return strings.TrimRight(name, "0123456789")
}

// digitDisk are disks whose own names end in a digit.
var digitDisk = regexp.MustCompile(`^(/dev/)?(nvme[0-9]+n[0-9]+|mmcblk[0-9]+|nbd[0-9]+)`)

// array is a part of partman-auto-raid/recipe.
type array struct {
	level, fs, mount string
	members, spares  []string
	want             int64 // spares, named or not
}

// arrays takes such a recipe apart: "level count spares fs mount members spares"
// with # between members, a dot at the end of each array.
func arrays(recipe string) []array {
	var out []array
	for part := range strings.SplitSeq(recipe, ".") {
		w := strings.Fields(part)
		if len(w) < 6 {
			continue
		}
		a := array{level: w[0], want: reading.Number(w[2]), fs: w[3], mount: w[4], members: strings.FieldsFunc(w[5], hash)}
		if len(w) > 6 {
			a.spares = strings.FieldsFunc(w[6], hash)
		}
		out = append(out, a)
	}
	return out
}

func hash(r rune) bool { return r == '#' }

// first is the number of an array's first member.
func (a array) first() int64 {
	if len(a.members) == 0 {
		return 0
	}
	if m := number.FindStringSubmatch(a.members[0]); m != nil {
		return reading.Number(m[2])
	}
	return 0
}

// raid reads arrays, and what else such a recipe lays out. Members are the
// parts with method raid: the array on the lowest numbers has the first of them.
func (r *reader) raid(recipe, a Answer, list []entry, l layout) {
	st := &r.In.Storage
	all := arrays(recipe.Value)
	r.Keep(recipe.Line, recipe.Key, "storage.raid")
	var members []entry
	for _, e := range list {
		if e.words["method"] == "raid" {
			members = append(members, e)
		}
	}
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b array) int { return int(a.first() - b.first()) })
	for n, v := range all {
		field := fmt.Sprintf("storage.raid[%d]", n)
		made := intent.Array{Name: fmt.Sprintf("md%d", n), Level: v.level, Spares: len(v.spares), Size: intent.Rest}
		if k := slices.IndexFunc(order, func(o array) bool { return o.first() == v.first() }); k >= 0 && k < len(members) {
			made.Size = r.sizeOf(a, members[k], "recipe: raid", field)
		}
		for _, m := range slices.Concat(v.members, v.spares) {
			made.Disks = append(made.Disks, r.Disk(diskOf(m)))
		}
		if missing := v.want - int64(len(v.spares)); missing > 0 {
			r.Change(recipe.Line, recipe.Key, field, "%d spare disks are not named: it has none", missing)
		}
		switch v.fs {
		case "lvm", "crypto-lvm":
			secret := l.secret
			if v.fs == "lvm" {
				secret = ""
			}
			r.group(l.group, secret).Array = made.Name
		default:
			made.Mount = v.mount
			if made.Filesystem, _ = reading.Filesystem(v.fs); made.Filesystem == "swap" {
				made.Mount = ""
			}
		}
		st.Arrays = append(st.Arrays, made)
	}
	r.besideArrays(a, list, l)
}

// besideArrays reads the other parts: volumes, and partitions, which the
// installer makes on each disk.
func (r *reader) besideArrays(a Answer, list []entry, l layout) {
	volumes := l
	volumes.method = "lvm"
	for _, e := range list {
		what := "recipe: " + strings.TrimSpace(e.words["mountpoint"]+" "+e.words["method"])
		switch {
		case e.words["method"] == "raid":
		case e.volume():
			r.entry(a, e, volumes)
		case e.words["method"] == "swap":
			for _, d := range l.disks {
				r.partition(a, e, what, d)
			}
		default:
			r.entry(a, e, l)
		}
	}
	st := &r.In.Storage
	for i := range st.VolumeGroups {
		if st.VolumeGroups[i].Array == "" && len(st.Arrays) > 0 {
			st.VolumeGroups[i].Array = st.Arrays[len(st.Arrays)-1].Name
		}
	}
}
