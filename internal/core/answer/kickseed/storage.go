package kickseed

import (
	"strings"

	"seedbed/internal/core/answer/kickseed/shell"
	"seedbed/internal/core/answer/preseed"
)

// unlimited is kickseed's priority for what grows without limit, in MB.
const unlimited = "1073741824"

func (r *run) clearpart(args []Word) {
	r.mark("clearpart")
	opts, _ := r.options("linux,all,drives:,initlabel", args)
	for _, o := range opts {
		switch o.Name {
		case "--linux":
			r.warn(Ignored, UnsupportedOption, o.Name, "clearpart --linux has no effect: no disk is chosen", "clearing all Linux partitions not supported yet").Pos = o.Word.Pos
		case "--all":
			r.warn(Altered, UnsupportedOption, o.Name, "clearpart --all takes the first disk only, whichever that is", "can't clear multiple drives; assuming just the first one").Pos = o.Word.Pos
			r.needMethod = true
			r.set("partman-auto/disk", preseed.String, "/dev/discs/disc0/disc")
		case "--drives":
			if strings.Contains(o.Value.Text, ",") {
				r.warn(Ignored, UnsupportedValue, o.Value.Text, "clearpart --drives takes one disk: with more it has no effect, and no disk is chosen", "clearing multiple drives not supported").Pos = o.Value.Pos
				continue
			}
			r.needMethod = true
			disk := o.Value
			if !strings.HasPrefix(disk.Text, "/dev/") {
				disk.Text = "/dev/" + disk.Text
			}
			r.answer("d-i", "partman-auto/disk", preseed.String, disk)
		case "--initlabel":
			r.set("partman/confirm_write_new_label", preseed.Boolean, "true")
			r.find(Ignored, DeadAnswer, o.Name, "clearpart --initlabel answers partman/confirm_write_new_label, which no installer asks any more").Pos = o.Word.Pos
		}
	}
}

// volume is a partition or a logical volume in the making.
type volume struct {
	kind, mount                      string
	size, max, fs                    string
	grow, recommended, keep, primary bool
	disk, group, name                string
}

// take reads an option that partitions and logical volumes share.
func (v *volume) take(o shell.Option) bool {
	switch o.Name {
	case "--recommended":
		v.recommended = true
	case "--size":
		v.size = o.Value.Text
	case "--grow":
		v.grow = true
	case "--maxsize":
		v.max = o.Value.Text
	case "--noformat":
		v.keep = true
	case "--fstype":
		v.fs = o.Value.Text
	default:
		return false
	}
	return true
}

// shape settles the file system and what begins the recipe: sizes, priority. It
// is "" and the line dropped without a size.
func (r *run) shape(v *volume, command string) string {
	if v.mount == "swap" && v.kind == "" {
		v.fs, v.mount = "linux-swap", ""
	} else if v.fs == "" {
		v.fs = "ext3"
	}
	size, priority, top := v.size, v.size, v.size
	switch {
	case v.fs == "linux-swap" && v.recommended:
		r.leaveFree = false
		size, priority, top = "96", "512", "300%"
	case size == "":
		r.warn(Dropped, Arguments, r.line.Keyword, "the whole line is dropped: it needs --size", command+" command requires a size")
		return ""
	case v.grow:
		r.leaveFree = false
		if priority, top = v.max, v.max; top == "" {
			priority, top = unlimited, "-1"
		}
	}
	return size + " " + priority + " " + top + " " + v.fs
}

// rest is the end of the recipe.
func (v *volume) rest(recipe string) string {
	if !v.keep {
		recipe += " format{ }"
	}
	if v.kind == "" && v.fs != "linux-swap" {
		recipe += " use_filesystem{ } filesystem{ " + v.fs + " }"
	}
	if v.mount != "" {
		recipe += " mountpoint{ " + v.mount + " }"
	}
	return recipe
}

func (v *volume) method() string {
	switch {
	case v.fs == "linux-swap":
		return " method{ swap }"
	case v.keep:
		return " method{ keep }"
	}
	return " method{ format }"
}

func (r *run) partition(args []Word) {
	opts, rest := r.options("recommended,size:,grow,maxsize:,noformat,onpart:,usepart:,ondisk:,ondrive:,asprimary,fstype:,start:,end:", args)
	var v volume
	for _, o := range opts {
		switch {
		case v.take(o):
		case o.Name == "--asprimary":
			v.primary = true
		case r.variant.RAID && (o.Name == "--ondisk" || o.Name == "--ondrive"):
			v.disk = strings.TrimPrefix(o.Value.Text, "/dev/")
		default:
			r.warn(Ignored, UnsupportedOption, o.Name, "part "+o.Name+" is ignored: the installer chooses the place", "unsupported restriction '"+o.Name+"'").Pos = o.Word.Pos
		}
	}
	if len(rest) != 1 {
		r.require("a mountpoint")
		return
	}
	v.mount = rest[0].Text
	id := v.mount
	switch {
	case strings.HasPrefix(id, "pv."):
		v.kind = "lvm"
	case strings.HasPrefix(id, "raid."):
		v.kind = "raid"
	}
	if v.kind != "" {
		v.keep, v.mount = true, ""
	}
	if r.variant.RAID && (v.kind == "raid") != (v.disk != "") {
		if v.disk != "" {
			r.warn(Dropped, UnsupportedOption, "--ondisk", "the whole line is dropped: Ubuntu's kickseed takes --ondisk for members of a RAID only", "unsupported restriction 'ondisk' for non-RAID")
		} else {
			r.warn(Dropped, Arguments, r.line.Keyword, "the whole line is dropped: a member of a RAID needs --ondisk", "RAID partitioning requires --ondisk")
		}
		return
	}
	r.place(&v, id)
}

// place writes the recipe of a partition, which waits for its volume group if
// it is a physical volume.
func (r *run) place(v *volume, id string) {
	recipe := r.shape(v, "partition")
	if recipe == "" {
		return
	}
	if v.primary {
		recipe += " $primary{ }"
	}
	switch {
	case v.kind == "lvm":
		recipe += " $defaultignore{ } method{ lvm }"
	case v.kind == "raid" && r.variant.RAID:
		recipe += " $lvmignore{ } method{ raid } $raidname{ " + id + " }"
	default:
		recipe += v.method()
	}
	recipe = v.rest(recipe)
	switch {
	case v.kind == "lvm":
		r.pendingLVM += " " + recipe + " $pending_lvm{ " + id + " } ."
	case v.kind == "raid" && !r.variant.RAID:
		r.warn(Dropped, Unsupported, "raid", "kickseed makes no RAID: the partition is dropped", "raid not supported yet")
	case v.kind == "raid":
		r.diskOf[v.disk] = append(r.diskOf[v.disk], recipe)
		r.add(recipe + " $raid_ondisk{ " + v.disk + " }")
		r.raid = true
	default:
		r.add(recipe)
	}
}

// add appends one partition to the recipe for partman-auto.
func (r *run) add(part string) {
	r.mark("part")
	if r.recipe == "" {
		r.recipe = "Kickstart-supplied partitioning scheme :"
	}
	r.recipe += " " + part + " ."
}

func (r *run) logicalVolume(args []Word) {
	opts, rest := r.options("vgname:,recommended,size:,grow,maxsize:,name:,noformat,fstype:", args)
	var v volume
	for _, o := range opts {
		switch {
		case v.take(o):
		case o.Name == "--vgname":
			v.group = o.Value.Text
		case o.Name == "--name":
			v.name = o.Value.Text
		}
	}
	switch {
	case len(rest) != 1:
		r.require("a mountpoint")
		return
	case v.group == "":
		r.require("a vgname")
		return
	case v.name == "":
		r.require("a name")
		return
	}
	v.mount = rest[0].Text
	recipe := r.shape(&v, "logvol")
	if recipe == "" {
		return
	}
	recipe += " $lvmok{ } in_vg{ " + v.group + " } lv_name{ " + v.name + " }" + v.method()
	r.add(v.rest(recipe))
	if r.method == "" {
		r.method = "lvm"
	}
	r.logvol = true
	r.mark("logvol")
}

func (r *run) volumeGroup(args []Word) {
	opts, rest := r.options("noformat,useexisting,pesize:", args)
	for _, o := range opts {
		if o.Name != "--pesize" {
			r.find(Hangs, EndlessLoop, o.Name, "kickseed loops for ever at volgroup "+o.Name+": the installer hangs before its first screen").Pos = o.Word.Pos
			return
		}
		r.warn(Ignored, UnsupportedOption, o.Name, "volgroup --pesize has no effect", "only default PE size supported").Pos = o.Word.Pos
	}
	if len(rest) != 2 {
		r.require("volume group name and partition")
		return
	}
	r.pull(rest[0].Text, rest[1].Text)
}

// pull moves the partitions of a physical volume from those that wait into the
// recipe. The names of the others are lost on the way, as in kickseed: a second
// volgroup finds none.
func (r *run) pull(group, pv string) {
	var line, left []string
	var name string
	found := false
	words := strings.Fields(r.pendingLVM)
	for i := 0; i < len(words); i++ {
		switch w := words[i]; w {
		case "$pending_lvm{":
			name = ""
			if i+1 < len(words) {
				name = words[i+1]
			}
			i += 2
		case ".":
			if name == pv {
				found = true
				r.add(strings.Join(append(line, "vg_name{ "+group+" }"), " "))
			} else {
				left = append(append(left, line...), ".")
			}
			line = nil
		default:
			line = append(line, w)
		}
	}
	r.pendingLVM = strings.Join(left, " ")
	if !found {
		r.find(Dropped, Arguments, "volgroup", "no partition waits for this volume group: there is none of that name, or an earlier volgroup made kickseed forget it")
	}
}

// finals is what kickseed writes when it has read all commands.
func (r *run) finals() {
	if r.needMethod {
		if r.method == "" {
			r.method = "regular"
		}
		r.line = r.marks["clearpart"]
		r.set("partman-auto/method", preseed.String, r.method)
	}
	if r.lang != "" && r.defaulted != "" && r.lang != r.defaulted {
		r.warn(Ignored, UnsupportedValue, r.defaulted, "the language installed is the one of lang: langsupport cannot name another", "langsupport --default must equal lang")
	}
	if r.logvol {
		r.line = r.marks["logvol"]
		r.set("partman-lvm/device_remove_lvm", preseed.Boolean, "true")
		r.set("partman-lvm/confirm", preseed.Boolean, "true")
		r.set("partman-lvm/confirm_nooverwrite", preseed.Boolean, "true")
	}
	r.partitions()
	r.arrays()
}

// partitions writes the recipe, once.
func (r *run) partitions() {
	if r.partitioningDone || r.raid && !r.members() {
		return
	}
	r.partitioningDone = true
	if r.recipe == "" {
		return
	}
	r.line = r.marks["part"]
	if r.leaveFree {
		r.recipe += " 0 " + unlimited + " -1 free ."
	}
	r.set("partman-auto/expert_recipe", preseed.String, r.recipe)
	r.set("partman/choose_partition", preseed.String, "Finish partitioning and write changes to disk")
	r.set("partman/confirm", preseed.Boolean, "true")
	r.set("partman/confirm_nooverwrite", preseed.Boolean, "true")
}
