package conversion

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"seedbed/internal/core/answer"
	"seedbed/internal/core/answer/reading"
)

// drop takes out of the install what a dialect refuses, as little as can be. It
// says whether anything changed.
func (c *converter) drop(field, why string) bool {
	in := &c.d.In
	st := &in.Storage
	before := *st
	switch {
	case field == "storage.raid" || strings.HasPrefix(field, "storage.raid["):
		flatten(st)
		c.turn("storage.raid", reading.Lost, why+"; its file systems lie on one disk")
		return true
	case field == "storage.disks" || strings.HasPrefix(field, "storage.disks[") && len(st.Others) > 0:
		if len(st.Arrays) > 0 {
			c.turn("storage.raid", reading.Lost, "its file systems lie on one disk")
		}
		oneDisk(st)
		c.turn("storage.disk", reading.Changed, why+"; all of it lies on the first disk")
		return true
	case field == "storage.volume-groups" && len(st.VolumeGroups) > 1:
		for _, g := range st.VolumeGroups[1:] {
			st.VolumeGroups[0].Volumes = append(st.VolumeGroups[0].Volumes, g.Volumes...)
		}
		st.VolumeGroups = st.VolumeGroups[:1]
		c.turn("storage.volume-groups", reading.Changed, why+"; its volumes are in the first group")
		return true
	case strings.HasPrefix(field, "storage.partitions[") && strings.HasSuffix(field, "].disk") && len(st.Arrays) > 0:
		flatten(st)
		c.turn("storage.raid", reading.Lost, why+"; its file systems lie on one disk")
		return true
	case strings.HasPrefix(field, "storage.partitions[") && strings.HasSuffix(field, "].filesystem") && intoGroup(st, field):
		c.turn(strings.TrimSuffix(field, ".filesystem"), reading.Changed, why+"; it is a volume of the group")
		c.shift(strings.TrimSuffix(field, ".filesystem"))
		return true
	case strings.HasSuffix(field, "encryption"):
		clearSecrets(st)
		c.d.Items = append(c.d.Items, reading.Item{What: "encryption", Verdict: reading.Lost, Why: why + "; the disk is in clear"})
		return true
	case strings.HasPrefix(field, "storage.disk."), field == "storage.disk":
		st.Disk = answer.Disk{Name: st.Disk.Name, Path: "auto"}
		c.turn("storage.disk", reading.Lost, why+"; the first disk is taken")
		return !reflect.DeepEqual(before, *st)
	}
	if clear(reflect.ValueOf(in).Elem(), steps(field)) {
		c.turn(field, reading.Lost, why)
		c.shift(field)
		return true
	}
	if strings.HasPrefix(field, "storage") && !st.Empty() {
		*st = answer.Storage{Disk: st.Disk}
		c.turn("storage", reading.Lost, why+"; one root file system and a swap take its place")
		return true
	}
	if strings.HasPrefix(field, "network") && len(in.Network.Interfaces) > 0 {
		in.Network = answer.Network{}
		c.turn("network", reading.Lost, why+"; DHCP takes its place")
		return true
	}
	return false
}

// shift gives the items behind one that was taken out of a list of words their
// new places.
func (c *converter) shift(field string) {
	list, rest, ok := strings.Cut(field, "[")
	if !ok || !strings.HasSuffix(rest, "]") {
		return
	}
	gone, err := strconv.Atoi(strings.TrimSuffix(rest, "]"))
	if err != nil {
		return
	}
	for i := range c.d.Items {
		it := &c.d.Items[i]
		number, after, ok := strings.Cut(strings.TrimPrefix(it.Field, list+"["), "]")
		if n, err := strconv.Atoi(number); ok && err == nil && strings.HasPrefix(it.Field, list+"[") {
			switch {
			case n == gone:
				it.Field = ""
			case n > gone:
				it.Field = list + "[" + strconv.Itoa(n-1) + "]" + after
			}
		}
	}
}

// flatten puts on the first disk what lay on arrays.
func flatten(st *answer.Storage) {
	for _, a := range st.Arrays {
		if g := st.GroupOn(a.Name); g != nil {
			g.Array, g.Size, g.Disk = "", a.Size, ""
			continue
		}
		st.Partitions = append(st.Partitions, answer.Partition{Mount: a.Mount, Filesystem: a.Filesystem, Size: a.Size, Label: a.Label, Options: a.Options, Passphrase: a.Passphrase})
	}
	st.Arrays = nil
	oneDisk(st)
}

// oneDisk moves all that is left to the first disk.
func oneDisk(st *answer.Storage) {
	st.Others = nil
	for i := range st.Partitions {
		st.Partitions[i].Disk = ""
	}
	for i := range st.VolumeGroups {
		st.VolumeGroups[i].Disk = ""
	}
	if len(st.Arrays) > 0 {
		flatten(st)
	}
}

// intoGroup makes a swap partition a volume of the encrypted group.
func intoGroup(st *answer.Storage, field string) bool {
	i, err := strconv.Atoi(steps(field)[2])
	if err != nil || i >= len(st.Partitions) || st.Partitions[i].Filesystem != "swap" || len(st.VolumeGroups) == 0 {
		return false
	}
	g := &st.VolumeGroups[0]
	name := "swap"
	for slices.ContainsFunc(g.Volumes, func(v answer.Volume) bool { return v.Name == name }) {
		name += "1"
	}
	g.Volumes = append(g.Volumes, answer.Volume{Name: name, Filesystem: "swap", Size: st.Partitions[i].Size})
	st.Partitions = slices.Delete(st.Partitions, i, i+1)
	return true
}

func clearSecrets(st *answer.Storage) {
	for i := range st.Partitions {
		st.Partitions[i].Passphrase = ""
	}
	for i := range st.Arrays {
		st.Arrays[i].Passphrase = ""
	}
	for i := range st.VolumeGroups {
		st.VolumeGroups[i].Passphrase = ""
	}
}

var step = regexp.MustCompile(`[^.\[\]]+`)

// steps are a field's path: keys and numbers.
func steps(field string) []string { return step.FindAllString(field, -1) }

// needed are fields without which what holds them means nothing.
var needed = []string{"name", "mount", "size", "level", "filesystem", "url", "vlan", "bond", "disks"}

// clear empties a field of a struct by the keys of the settings; an item of a
// list is taken out. It says whether anything was there.
func clear(v reflect.Value, path []string) bool {
	if len(path) == 0 {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && clear(v.Elem(), path)
	case reflect.Slice:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= v.Len() {
			return false
		}
		if len(path) > 1 && !slices.Contains(needed, path[1]) && clear(v.Index(i), path[1:]) {
			return true
		}
		if len(path) > 2 && v.Index(i).Kind() == reflect.Struct && clear(v.Index(i), path[1:]) {
			return true
		}
		rest := reflect.AppendSlice(v.Slice3(0, i, i), v.Slice(i+1, v.Len()))
		v.Set(rest)
		return true
	case reflect.Struct:
		f := byKey(v, path[0])
		switch {
		case !f.IsValid():
			return false
		case len(path) == 1 || f.Kind() == reflect.String:
			was := !f.IsZero()
			f.SetZero()
			return was
		}
		return clear(f, path[1:])
	}
	return false
}

// byKey is the field of a settings' key.
func byKey(v reflect.Value, key string) reflect.Value {
	t := v.Type()
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		if name == "" || name == "-" {
			name = strings.ToLower(t.Field(i).Name)
		}
		if name == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
