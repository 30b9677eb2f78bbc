package kickseed

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/preseed"
)

// raidArray is one array. Debian's kickseed makes none; Ubuntu's has a typing
// error among its options: --spares and --fstype cannot be given.
func (r *run) raidArray(args []Word) {
	if !r.variant.RAID {
		r.warn(Dropped, Unsupported, "raid", "kickseed makes no RAID", "raid not supported yet")
		return
	}
	opts, rest := r.options("level:,device:,spares:fstype:", args)
	var level, device string
	for _, o := range opts {
		switch o.Name {
		case "--level":
			level = o.Value.Text
		case "--device":
			device = o.Value.Text
		default:
			r.warn(Dropped, UnsupportedOption, "--spares", "the whole line is dropped: raid cannot read --spares here", "Failed to parse raid options").Pos = o.Word.Pos
			return
		}
	}
	want := fmt.Sprintf("md%d", r.raidDevices)
	switch {
	case level == "":
		r.require("a level")
		return
	case device == "":
		r.require("a device")
		return
	case len(rest) < 2:
		r.warn(Dropped, Arguments, "raid", "the whole line is dropped: raid needs a mount point and partitions", "raid comment requires mountpoint and partition(s)")
		return
	case device != want:
		r.warn(Dropped, UnsupportedValue, device, "the whole line is dropped: arrays must come in the order md0, md1 …; "+want+" is next", "raid devices specified out of order; expecting "+want)
		return
	}
	r.raidDevices++
	r.mark("raid")
	parts := make([]string, 0, len(rest))
	for _, w := range rest[1:] {
		parts = append(parts, w.Text)
	}
	if r.raidRecipe != "" {
		r.raidRecipe += " "
	}
	r.raidRecipe += fmt.Sprintf("%s %d 0 %s %s .", level, len(parts), rest[0].Text, strings.Join(parts, " "))
}

// raidName finds the name of a member in its recipe.
func raidName(recipe string) (without, name string) {
	head, rest, ok := strings.Cut(recipe, " $raidname{ ")
	if !ok {
		return recipe, ""
	}
	name, tail, _ := strings.Cut(rest, " }")
	return head + tail, name
}

// members gives the members of arrays their numbers: the n-th of each disk
// belong together, and all disks must be divided alike. Only the first disk's
// partitions stay in the recipe. It says whether they are alike.
func (r *run) members() bool {
	peers := map[string][]string{} // by the name on the first disk
	var primary []string
	var wanted, compare string
	for i, disk := range slices.Sorted(maps.Keys(r.diskOf)) {
		var recipes, names []string
		for _, one := range r.diskOf[disk] {
			without, name := raidName(one)
			recipes, names = append(recipes, without), append(names, name)
		}
		recipe := strings.Join(recipes, "\n")
		if i == 0 {
			compare, wanted, primary = recipe, disk, names
		} else if recipe != compare {
			r.line = r.marks["part"]
			r.warn(Fails, UnsupportedValue, "--ondisk", "no partition of this file is made: the members of arrays must be the same on each disk",
				"RAID recipes for each disk must be identical: '"+recipe+"' != '"+compare+"'")
			return false
		}
		for j, p := range primary {
			peers[p] = append(peers[p], names[j])
		}
	}
	r.number(wanted, peers)
	return true
}

// number writes the recipe anew with the numbers, and remembers them by name.
func (r *run) number(wanted string, peers map[string][]string) {
	var whole, line []string
	var disk, name string
	words := strings.Fields(r.recipe)
	id := 1
	for i := 0; i < len(words); i++ {
		switch w := words[i]; w {
		case "$raidname{":
			name = words[i+1]
			i += 2
		case "$raid_ondisk{":
			disk = words[i+1]
			i += 2
		case ".":
			if disk == "" || disk == wanted {
				if name != "" {
					line = append(line, "raidid{ "+strconv.Itoa(id)+" }")
					for _, p := range peers[name] {
						r.ids[p] = append(r.ids[p], strconv.Itoa(id))
					}
					id++
				}
				whole = append(append(whole, line...), ".")
			}
			line, name, disk = nil, "", ""
		default:
			line = append(line, w)
		}
	}
	r.recipe = strings.Join(whole, " ")
}

// arrays writes the arrays. kickseed forgets the type of the answer, so that no
// installer reads it as it is meant.
func (r *run) arrays() {
	if r.raidRecipe == "" {
		return
	}
	r.partitions()
	r.line = r.marks["raid"]
	var whole []string
	words := strings.Fields(r.raidRecipe)
	for len(words) >= 4 {
		whole = append(whole, words[:4]...)
		words = words[4:]
		var ids []string
		for len(words) > 0 && words[0] != "." {
			own, ok := r.ids[words[0]]
			if !ok {
				r.warn(Fails, Arguments, words[0], "no array of this file is made: no part command makes this member", "no partition command issued for "+words[0])
				return
			}
			ids = append(ids, own...)
			words = words[1:]
		}
		slices.Sort(ids)
		var devices []string
		for _, id := range slices.Compact(ids) {
			devices = append(devices, "raidid="+id)
		}
		if len(devices) > 0 {
			whole = append(whole, strings.Join(devices, "#"))
		}
		whole = append(whole, ".")
		if len(words) > 0 {
			words = words[1:]
		}
	}
	r.set("partman-auto/method", preseed.String, "raid")
	r.answer("d-i", "partman-auto-raid/recipe", whole[0], word(strings.Join(whole[1:], " ")))
	r.find(Fails, Misread, "raid", "kickseed writes partman-auto-raid/recipe without a type: the installer takes the level for one, and the rest for the recipe; write both with preseed")
}
