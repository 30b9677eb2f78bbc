package survey

import (
	"fmt"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
)

// mount is a line of mountinfo(5), or of swaps.
type mount struct {
	number, path, fs, source string
}

// mounts are the file systems that lie on block devices, each once, and swaps.
func (s *survey) mounts() []mount {
	var out []mount
	seen := map[string]bool{}
	for l := range strings.SplitSeq(s.f.Texts["proc/self/mountinfo"], "\n") {
		left, right, ok := strings.Cut(l, " - ")
		w, v := strings.Fields(left), strings.Fields(right)
		if !ok || len(w) < 5 || len(v) < 2 || w[3] != "/" || !strings.HasPrefix(v[1], "/dev/") || seen[v[1]] {
			continue
		}
		seen[v[1]] = true
		out = append(out, mount{w[2], strings.ReplaceAll(w[4], `\040`, " "), v[0], v[1]})
	}
	for i, l := range strings.Split(s.f.Texts["proc/swaps"], "\n") {
		if w := strings.Fields(l); i > 0 && len(w) > 2 && strings.HasPrefix(w[0], "/dev/") {
			out = append(out, mount{"", "", "swap", w[0]})
		} else if i > 0 && len(w) > 2 {
			s.Change(0, "swap file "+w[0], "storage", "a swap partition takes its place where the layout has none")
		}
	}
	return out
}

// device is what a mount lies on.
func (s *survey) device(m mount) *Device {
	name := strings.TrimPrefix(strings.TrimPrefix(m.source, "/dev/"), "mapper/")
	for i := range s.f.Devices {
		d := &s.f.Devices[i]
		if m.number != "" && d.Number == m.number || d.Name == name || d.Mapper == name && name != "" {
			return d
		}
	}
	return nil
}

func (s *survey) named(name string) *Device {
	for i := range s.f.Devices {
		if s.f.Devices[i].Name == name {
			return &s.f.Devices[i]
		}
	}
	return nil
}

// layout is a storage in the making.
type layout struct {
	*survey
	groups map[string]int // by name
	arrays map[string]bool
}

func (s *survey) storage() {
	st := &s.In.Storage
	all := s.mounts()
	root := slices.IndexFunc(all, func(m mount) bool { return m.path == "/" })
	if root < 0 || s.device(all[root]) == nil {
		s.Change(0, "disks", "storage", "the root file system lies on no disk that is seen here (a container, or a network): one root file system and a swap take its place")
		return
	}
	l := &layout{s, map[string]int{}, map[string]bool{}}
	for _, m := range append([]mount{all[root]}, append(slices.Clone(all[:root]), all[root+1:]...)...) {
		l.place(m)
	}
	for i := range st.VolumeGroups {
		l.fill(&st.VolumeGroups[i])
	}
	whole := !slices.ContainsFunc(st.Places(), func(p intent.Place) bool { return p.Mount == "/" })
	if whole {
		*st = intent.Storage{Disk: st.Disk}
		s.Change(0, "disks", "storage", "the root file system lies on a whole disk: one root file system and a swap on partitions take its place")
	}
	if d := s.named(strings.TrimPrefix(st.Disk.Path, "/dev/")); d != nil && d.Table != "" {
		st.Table = map[string]string{"gpt": "gpt", "dos": "mbr"}[d.Table]
	}
}

func (l *layout) place(m mount) {
	d := l.device(m)
	what := "file system " + m.path
	if m.fs == "swap" {
		what = "swap " + m.source
	}
	if d == nil {
		l.Lose(0, what, "it lies on no disk that is seen here")
		return
	}
	if m.path != "" && (strings.HasPrefix(m.path, "/media/") || strings.HasPrefix(m.path, "/mnt") || strings.HasPrefix(m.path, "/run/") || m.fs == "iso9660" || m.fs == "squashfs") {
		return
	}
	fs, ok := reading.Filesystem(m.fs)
	st := &l.In.Storage
	switch {
	case strings.HasPrefix(d.UUID, "LVM-"):
		l.volume(m, d, fs)
	case strings.HasPrefix(d.UUID, "CRYPT-") && len(d.On) > 0:
		l.Lose(0, what, "it is encrypted with a passphrase that is not known here: it is in clear")
		if below := l.named(d.On[0]); below != nil {
			l.partition(m, below, fs)
		}
	case d.Level != "":
		field := fmt.Sprintf("storage.raid[%d]", len(st.Arrays))
		a := l.array(d)
		a.Mount, a.Filesystem = m.path, fs
		st.Arrays = append(st.Arrays, a)
		l.keep(what, field)
	case d.Disk == "":
		if m.path != "/" {
			l.Lose(0, what, "it lies on the whole disk %s without a partition", d.Name)
		}
		return
	default:
		l.partition(m, d, fs)
	}
	if !ok {
		l.Change(0, what, "storage", "%s is not known to the neutral install: it is ext4", reading.Printable(m.fs))
	}
}

func (l *layout) partition(m mount, d *Device, fs string) {
	st := &l.In.Storage
	l.keep("partition "+d.Name, fmt.Sprintf("storage.partitions[%d]", len(st.Partitions)))
	st.Partitions = append(st.Partitions, intent.Partition{Disk: l.Disk(d.Disk), Mount: m.path, Filesystem: fs, Size: l.size(d)})
}

// size is a partition's: the rest for one that ends its disk, for other disks
// are of other sizes.
func (l *layout) size(d *Device) int64 {
	if disk := l.named(d.Disk); disk != nil && d.Start+d.Bytes > disk.Bytes-disk.Bytes/100-2<<20 && d.Bytes > disk.Bytes/4 {
		return intent.Rest
	}
	return d.Bytes
}

func (l *layout) array(d *Device) intent.Array {
	a := intent.Array{Name: d.Name, Level: strings.TrimPrefix(d.Level, "raid")}
	if !strings.HasPrefix(a.Name, "md") || len(a.Name) > 4 {
		a.Name = fmt.Sprintf("md%d", len(l.In.Storage.Arrays))
	}
	for _, on := range d.On {
		if p := l.named(on); p != nil && p.Disk != "" {
			a.Disks = append(a.Disks, l.Disk(p.Disk))
			a.Size = l.size(p)
		}
	}
	return a
}

// volumeName parts the name that device mapper gives a volume: hyphens within
// the names are doubled.
func volumeName(mapper string) (group, volume string) {
	const mark = "\x00"
	g, v, _ := strings.Cut(strings.ReplaceAll(mapper, "--", mark), "-")
	return strings.ReplaceAll(g, mark, "-"), strings.ReplaceAll(v, mark, "-")
}

func (l *layout) volume(m mount, d *Device, fs string) {
	st := &l.In.Storage
	group, name := volumeName(d.Mapper)
	k, ok := l.groups[group]
	if !ok {
		k = len(st.VolumeGroups)
		l.groups[group] = k
		g := intent.VolumeGroup{Name: group, Size: intent.Rest}
		for i, on := range d.On {
			pv := l.named(on)
			if pv != nil && strings.HasPrefix(pv.UUID, "CRYPT-") && len(pv.On) > 0 {
				l.Lose(0, "group "+group, "it is encrypted with a passphrase that is not known here: it is in clear")
				pv = l.named(pv.On[0])
			}
			switch {
			case i > 0:
				l.Lose(0, "group "+group+" on "+on, "a group lies on one partition or array: extend it in post")
			case pv == nil:
			case pv.Level != "":
				a := l.array(pv)
				st.Arrays = append(st.Arrays, a)
				g.Array = a.Name
			case pv.Disk != "":
				g.Disk, g.Size = l.Disk(pv.Disk), l.size(pv)
			default:
				g.Disk = l.Disk(pv.Name)
			}
		}
		l.keep("group "+group, fmt.Sprintf("storage.volume-groups[%d]", k))
		st.VolumeGroups = append(st.VolumeGroups, g)
	}
	g := &st.VolumeGroups[k]
	l.keep("volume "+name, fmt.Sprintf("storage.volume-groups[%d].volumes[%d]", k, len(g.Volumes)))
	g.Volumes = append(g.Volumes, intent.Volume{Name: name, Mount: m.path, Filesystem: fs, Size: d.Bytes})
}

// fill lets the largest volume take what is left, in a group that does so
// itself: another disk may be smaller.
func (l *layout) fill(g *intent.VolumeGroup) {
	largest := 0
	for i, v := range g.Volumes {
		if v.Size > g.Volumes[largest].Size {
			largest = i
		}
	}
	if g.Size == intent.Rest && len(g.Volumes) > 0 {
		v := &g.Volumes[largest]
		l.Change(0, "volume "+v.Name, fmt.Sprintf("storage.volume-groups[%d].volumes[%d].size", l.groups[g.Name], largest), "the largest of the group takes its rest; it had %d MiB", v.Size>>20)
		v.Size = intent.Rest
	}
}
