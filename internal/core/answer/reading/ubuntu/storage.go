package ubuntu

import (
	"fmt"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
)

// actions are curtin's, by their ids.
type actions struct {
	*reader
	all   []reading.Node
	by    map[string]reading.Node
	kinds map[string]string
}

func (r *reader) storage(v reading.Node) {
	if l := v.Get("layout"); l.There() {
		r.layout(l)
	}
	if v.Get("swap").There() {
		if n := v.Get("swap").Get("size").Text(); n != "0" {
			r.Change(v.Get("swap").Line, "storage swap", "storage", "a swap file became a partition where the layout has none")
		}
	}
	if v.Get("grub").There() {
		r.Keep(v.Get("grub").Line, "storage grub", "")
	}
	a := &actions{r, v.Get("config").List(), map[string]reading.Node{}, map[string]string{}}
	if len(a.all) == 0 {
		return
	}
	for _, n := range a.all {
		a.by[n.Get("id").Text()] = n
	}
	for _, n := range a.all {
		a.disk(n)
	}
	for _, n := range a.all {
		a.make(n)
	}
}

// layout writes out one of subiquity's own.
func (r *reader) layout(l reading.Node) {
	st := &r.In.Storage
	if m := l.Get("match"); m.There() {
		d := intent.Disk{Path: "auto", Model: m.Get("model").Text(), Serial: strings.Trim(m.Get("serial").Text(), "*")}
		if p := m.Get("path").Text(); p != "" && !strings.ContainsAny(p, "*?") {
			d.Path = p
		}
		st.Disk = d
		if d.Path == "auto" && d.Model == "" && d.Serial == "" || m.Get("size").There() || m.Get("ssd").There() {
			r.Change(m.Line, "storage layout match", "storage.disk", "disks are chosen by path, model, serial or bounds of their size: the first one is taken")
		} else {
			r.Keep(m.Line, "storage layout match", "storage.disk")
		}
	}
	secret := intent.Secret(l.Get("password").Text())
	switch name := l.Get("name").Text(); name {
	case "direct":
		st.Partitions = []intent.Partition{{Mount: "/", Filesystem: "ext4", Size: intent.Rest}}
		r.Keep(l.Line, "storage layout direct", "storage")
	case "lvm":
		st.Partitions = []intent.Partition{{Mount: "/boot", Filesystem: "ext4", Size: 2 << 30}}
		st.VolumeGroups = []intent.VolumeGroup{{Name: "ubuntu-vg", Size: intent.Rest, Passphrase: secret,
			Volumes: []intent.Volume{{Name: "ubuntu-lv", Mount: "/", Filesystem: "ext4", Size: intent.Rest}}}}
		if l.Get("sizing-policy").Text() == "all" {
			r.Keep(l.Line, "storage layout lvm", "storage")
		} else {
			r.Change(l.Line, "storage layout lvm", "storage", "the installer left half of the group free; the root file system takes all of it")
		}
	default:
		r.Lose(l.Line, "storage layout "+name, "only direct and lvm are known: one root file system and a swap take its place")
	}
}

func (a *actions) disk(n reading.Node) {
	if n.Get("type").Text() != "disk" {
		return
	}
	id, st := n.Get("id").Text(), &a.In.Storage
	path := n.Get("path").Text()
	key := strings.TrimPrefix(path, "/dev/")
	name := ""
	switch m := n.Get("match"); {
	case path != "":
		name = a.Disk(key)
	case m.There() || n.Get("serial").There():
		name = a.Disk("disk " + id)
		d := intent.Disk{Path: "auto", Name: name, Serial: n.Get("serial").Text(), Model: m.Get("model").Text()}
		if s := m.Get("serial").Text(); s != "" {
			d.Serial = strings.Trim(s, "*")
		}
		if p := m.Get("path").Text(); p != "" && !strings.ContainsAny(p, "*?") {
			d.Path = p
		}
		if name == "" {
			st.Disk = d
		} else {
			st.Others[len(st.Others)-1] = d
		}
	default:
		name = a.Disk("auto")
	}
	a.kinds[id] = name
	if t := n.Get("ptable").Text(); t == "gpt" || t == "msdos" {
		st.Table = map[string]string{"gpt": "gpt", "msdos": "mbr"}[t]
	}
	if n.Get("preserve").Text() == "true" {
		a.Change(n.Line, "disk "+id, "storage.wipe", "the disk's contents were kept; it is emptied now")
		return
	}
	a.Keep(n.Line, "disk "+id, "storage.disk")
}

// bytes is a size of curtin's: a number, with a unit or not, or -1.
func (a *actions) bytes(n reading.Node, what string) int64 {
	text := n.Get("size").Text()
	if text == "-1" || text == "" {
		return intent.Rest
	}
	if p, ok := strings.CutSuffix(text, "%"); ok {
		a.Change(n.Line, what, "storage", "%s%% of the disk became its rest", p)
		return intent.Rest
	}
	digits := strings.TrimRight(text, "BKMGTiPkmgtp")
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0
	}
	unit := int64(1)
	switch strings.ToUpper(strings.TrimRight(text[len(digits):], "iBb")) {
	case "K":
		unit = 1 << 10
	case "M":
		unit = 1 << 20
	case "G":
		unit = 1 << 30
	case "T":
		unit = 1 << 40
	}
	return int64(f * float64(unit))
}

// use is what lies on a volume: its file system, label, mount and options,
// below encryption if there is any.
type use struct {
	mount, fs, label string
	options          []string
	secret           intent.Secret
	group, array     string // an LVM group, an array
	there            bool
}

func (a *actions) use(id string) use {
	var u use
	for _, n := range a.all {
		switch n.Get("type").Text() {
		case "dm_crypt":
			if n.Get("volume").Text() == id {
				u = a.use(n.Get("id").Text())
				u.secret = intent.Secret(n.Get("key").Text())
				if u.secret == "" {
					a.Lose(n.Line, "dm_crypt", "its key does not stand in the file")
				}
				return u
			}
		case "format":
			if n.Get("volume").Text() == id {
				u.there = true
				u.fs, u.label = n.Get("fstype").Text(), n.Get("label").Text()
				for _, m := range a.all {
					if m.Get("type").Text() == "mount" && m.Get("device").Text() == n.Get("id").Text() {
						u.mount = m.Get("path").Text()
						if o := m.Get("options").Text(); o != "" && o != "defaults" {
							u.options = reading.Fields(o)
						}
					}
				}
			}
		case "lvm_volgroup", "raid":
			for _, d := range append(n.Get("devices").Texts(), n.Get("spare_devices").Texts()...) {
				if d == id && n.Get("type").Text() == "raid" {
					u.array = n.Get("id").Text()
				} else if d == id {
					u.group = n.Get("id").Text()
				}
			}
		}
	}
	return u
}

func (a *actions) place(n reading.Node, what, field string, u use) (mount, fs string) {
	fs, ok := reading.Filesystem(u.fs)
	if u.fs == "" {
		fs, ok = "ext4", true
	}
	if !ok {
		a.Change(n.Line, what, field, "%s is not known to the neutral install: it is ext4 now", reading.Printable(u.fs))
	}
	if fs == "swap" {
		return "", fs
	}
	return u.mount, fs
}

func (a *actions) make(n reading.Node) {
	st, id := &a.In.Storage, n.Get("id").Text()
	what := n.Get("type").Text() + " " + id
	switch n.Get("type").Text() {
	case "disk":
	case "partition":
		a.partition(n, id, what)
	case "raid":
		u := a.use(id)
		v := intent.Array{Name: n.Get("name").Text(), Level: strings.TrimPrefix(n.Get("raidlevel").Text(), "raid")}
		devices := append(n.Get("devices").Texts(), n.Get("spare_devices").Texts()...)
		v.Spares = len(n.Get("spare_devices").Texts())
		for _, d := range devices {
			p := a.by[d]
			v.Disks = append(v.Disks, a.kinds[p.Get("device").Text()])
			v.Size = a.bytes(p, what)
		}
		field := fmt.Sprintf("storage.raid[%d]", len(st.Arrays))
		a.Keep(n.Line, what, field)
		if u.group == "" {
			v.Mount, v.Filesystem = a.place(n, what, field, u)
			v.Label, v.Options, v.Passphrase = u.label, u.options, u.secret
		}
		st.Arrays = append(st.Arrays, v)
	case "lvm_volgroup":
		a.group(n, what)
	case "lvm_partition":
		a.volume(n, id, what)
	case "format", "mount", "dm_crypt":
		if a.by[n.Get("volume").Text()].Get("type").Text() == "disk" {
			a.Lose(n.Line, what, "whole disks are not formatted without a partition")
		} else {
			a.Keep(n.Line, what, "storage")
		}
	default:
		a.Lose(n.Line, what, "the neutral install has partitions, RAID and LVM")
	}
}

func (a *actions) partition(n reading.Node, id, what string) {
	st, u := &a.In.Storage, a.use(id)
	flag := n.Get("flag").Text()
	esp := u.mount == intent.EFIMount
	switch {
	case flag == "bios_grub" || flag == "prep" || esp && n.Get("size").Text() == "537997312":
		a.Keep(n.Line, what+" (added as the firmware needs)", "")
		return
	case n.Get("preserve").Text() == "true":
		a.Lose(n.Line, what, "existing partitions are not used again")
		return
	case u.group != "" || u.array != "":
		a.Keep(n.Line, what, "storage")
		return
	case !u.there:
		a.Lose(n.Line, what, "nothing is made on it")
		return
	}
	field := fmt.Sprintf("storage.partitions[%d]", len(st.Partitions))
	a.Keep(n.Line, what, field)
	p := intent.Partition{Disk: a.kinds[n.Get("device").Text()], Size: a.bytes(n, what), Label: u.label, Options: u.options, Passphrase: u.secret}
	p.Mount, p.Filesystem = a.place(n, what, field, u)
	if u.mount == "" && p.Filesystem != "swap" {
		a.Lose(n.Line, what, "it is mounted nowhere")
		return
	}
	st.Partitions = append(st.Partitions, p)
}

func (a *actions) group(n reading.Node, what string) {
	st := &a.In.Storage
	g := intent.VolumeGroup{Name: n.Get("name").Text(), Size: intent.Rest}
	for i, d := range n.Get("devices").Texts() {
		if i > 0 {
			a.Lose(n.Line, what+" on "+d, "a group lies on one partition or array: extend it in post")
			break
		}
		pv := a.by[d]
		if pv.Get("type").Text() == "dm_crypt" {
			g.Passphrase = intent.Secret(pv.Get("key").Text())
			pv = a.by[pv.Get("volume").Text()]
		}
		if pv.Get("type").Text() == "raid" {
			g.Array = pv.Get("name").Text()
		} else {
			g.Disk, g.Size = a.kinds[pv.Get("device").Text()], a.bytes(pv, what)
		}
	}
	a.kinds[n.Get("id").Text()] = strconv.Itoa(len(st.VolumeGroups))
	a.Keep(n.Line, what, fmt.Sprintf("storage.volume-groups[%d]", len(st.VolumeGroups)))
	st.VolumeGroups = append(st.VolumeGroups, g)
}

func (a *actions) volume(n reading.Node, id, what string) {
	st := &a.In.Storage
	k, err := strconv.Atoi(a.kinds[n.Get("volgroup").Text()])
	if err != nil || k >= len(st.VolumeGroups) {
		a.Lose(n.Line, what, "there is no such group")
		return
	}
	g, u := &st.VolumeGroups[k], a.use(id)
	field := fmt.Sprintf("storage.volume-groups[%d].volumes[%d]", k, len(g.Volumes))
	a.Keep(n.Line, what, field)
	v := intent.Volume{Name: n.Get("name").Text(), Size: a.bytes(n, what), Label: u.label, Options: u.options}
	v.Mount, v.Filesystem = a.place(n, what, field, u)
	g.Volumes = append(g.Volumes, v)
}
