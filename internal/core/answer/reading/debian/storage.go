package debian

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
)

func (r *reader) storage() {
	st := &r.In.Storage
	early, _ := r.get("partman/early_command")
	several := strings.Contains(early.Value, "debconf-set partman-auto/disk \"$all\"")
	own := several || strings.Contains(early.Value, "debconf-set partman-auto/disk $hit")
	if early.Value != "" {
		if own {
			r.Keep(early.Line, "Seedbed's own partman/early_command", "storage.disk")
		} else {
			r.Lose(early.Line, early.Key, "the neutral install runs nothing before the installation; what a disk must be like stands at storage.disk")
		}
	}
	l := layout{group: "vg0"}
	if several {
		r.ownDisks(early.Value, &l)
	}
	if a, ok := r.get("partman-auto/disk"); ok {
		for _, d := range strings.Fields(a.Value) {
			if name := r.Disk(d); !slices.Contains(l.disks, name) {
				l.disks = append(l.disks, name)
			}
		}
		r.Keep(a.Line, a.Key, "storage.disk")
	}
	if a, ok := r.get("partman-partitioning/default_label", "partman/default_label"); ok {
		st.Table = map[string]string{"gpt": "gpt", "msdos": "mbr"}[a.Value]
		r.Keep(a.Line, a.Key, "storage.table")
	}
	method, _ := r.get("partman-auto/method")
	l.method = method.Value
	r.secret(&l)
	if a, ok := r.get("partman-auto-lvm/new_vg_name"); ok && a.Value != "" {
		l.group = a.Value
		r.Keep(a.Line, a.Key, "")
	}
	list := r.recipe(l)
	switch {
	case several:
		r.noNeed(list, l)
	case own:
		r.ownDisk(&st.Disk, early.Value, need(list, l.method))
	}
	if method.Value != "" {
		r.Keep(method.Line, method.Key, "storage")
	}
}

// secret reads the passphrase, where something is encrypted with it.
func (r *reader) secret(l *layout) {
	a, ok := r.get("partman-crypto/passphrase")
	raid := r.all["partman-auto-raid/recipe"].Value
	if !ok || l.method != "crypto" && !(l.method == "raid" && strings.Contains(raid, " crypto-lvm ")) {
		return
	}
	l.secret = intent.Secret(a.Value)
	r.used["partman-crypto/passphrase-again"] = true
	r.Keep(a.Line, a.Key, "storage")
}

var (
	atLeast = regexp.MustCompile(`\[ \$size -ge (\d+) \]`)
	atMost  = regexp.MustCompile(`\[ \$size -le (\d+) \]`)
	holds   = regexp.MustCompile(`case "\$(model|serial)" in \*('(?:[^']|'"'"')*')\*\) ;;`)
)

// need are the MB for which a disk must have room, as our writer counts them:
// that is no wish of the author's.
func need(list []entry, method string) int64 {
	sum := int64(16)
	for _, e := range list {
		if method != "raid" || !e.volume() {
			sum += e.min
		}
	}
	if method == "crypto" {
		sum += 8 + 17
	}
	return sum
}

// ownDisk reads the command that Seedbed writes to find a disk.
func (r *reader) ownDisk(d *intent.Disk, command string, need int64) {
	if m := atLeast.FindStringSubmatch(command); m != nil && d.Auto() {
		if n := reading.Number(m[1]); n != need*1000000/512 {
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

var ownPath = regexp.MustCompile(`^for d in \$\(readlink -f ('[^']*')\)`)

// ownDisks reads the same for several disks, one after another.
func (r *reader) ownDisks(command string, l *layout) {
	used := " " + command[strings.LastIndex(command, "all=\""):]
	for i, part := range strings.Split(command, "hit=; ")[1:] {
		name := fmt.Sprintf("<disk%d>", i+1)
		d := intent.Disk{Path: "auto"}
		if m := ownPath.FindStringSubmatch(part); m != nil {
			d.Path = strings.Join(reading.Words(m[1]), "")
			name = d.Path
		}
		r.ownDisk(&d, part, 0)
		draft := r.Found(name, d)
		r.Alias(fmt.Sprintf("<disk%d>", i+1), draft)
		if strings.Contains(used, fmt.Sprintf("$disk%d", i+1)) {
			l.disks = append(l.disks, draft)
		}
	}
}

// noNeed takes away bounds that are only those of what lies on a disk.
func (r *reader) noNeed(list []entry, l layout) {
	st := &r.In.Storage
	for i := range st.Disks() {
		d := &st.Disk
		if i > 0 {
			d = &st.Others[i-1]
		}
		if d.MinSize/512 == r.needOf(i, list, l)*1000000/512 {
			d.MinSize = 0
		}
	}
}

// needOf is need for one of several disks.
func (r *reader) needOf(i int, list []entry, l layout) int64 {
	if l.method != "lvm" {
		return need(list, l.method)
	}
	first := len(l.disks) > 0 && r.In.Storage.DiskIndex(l.disks[0]) == i
	var sum, pv int64
	groups := map[string]bool{}
	for _, e := range list {
		at := e.words["device"]
		switch {
		case at != "" && r.In.Storage.DiskIndex(r.Disk(diskOf(at))) == i:
			groups[e.words["vg_name"]] = true
			pv += e.min + 16
		case at == "" && !e.volume() && first:
			sum += e.min
		}
	}
	for _, e := range list {
		if groups[e.words["in_vg"]] {
			sum += e.min
		}
	}
	return sum + pv
}
