package agama

import (
	"fmt"

	"seedbed/internal/core/answer/intent"
)

func mib(n int64) int64 { return (n + 1<<20 - 1) >> 20 << 20 }

// size is in bytes, or a range that takes what is left.
func size(n int64) any {
	if n == intent.Rest {
		return object{"min": int64(64 << 20)}
	}
	return mib(n)
}

func filesystem(mount, fs, label string, options []string) object {
	f := object{"type": intent.Or(fs, "ext4"), "path": mount}
	if fs == "swap" {
		f["path"] = "swap"
	}
	if label != "" {
		f["label"] = label
	}
	if len(options) > 0 {
		f["mountOptions"] = options
	}
	return f
}

func encrypt(o object, s intent.Secret) object {
	if s != "" {
		o["encryption"] = object{"luks2": object{"password": string(s)}}
	}
	return o
}

// storage is the section of storage.schema.json. The partitions that the
// firmware needs are added by Agama itself (boot.configure).
func (w *writer) storage() object {
	st := w.in.Storage.Filled()
	var drives, arrays, groups []any
	for i, d := range st.Disks() {
		drives = append(drives, w.drive(st, i, d))
	}
	for i, a := range st.Arrays {
		at := fmt.Sprintf("storage.raid[%d].", i)
		var members []string
		for j := range a.Disks {
			members = append(members, fmt.Sprintf("raid-%d-%d", i+1, j+1))
		}
		o := object{"alias": "array-" + a.Name, "name": a.Name, "level": "raid" + a.Level, "devices": members}
		if a.Level == "4" {
			w.Bad(at+"level", "use 5", "Agama makes no RAID 4")
		}
		if a.Spares > 0 {
			w.Lose(at+"spares", "Agama's arrays have no spares: the disk is an active member")
		}
		if st.GroupOn(a.Name) == nil {
			o["filesystem"] = filesystem(a.Mount, a.Filesystem, a.Label, a.Options)
			encrypt(o, a.Passphrase)
		}
		arrays = append(arrays, o)
	}
	for i, g := range st.VolumeGroups {
		pv := any(fmt.Sprintf("pv-%d", i+1))
		if g.Array != "" {
			pv = "array-" + g.Array
			if g.Passphrase != "" {
				pv = object{"generate": encrypt(object{"targetDevices": []string{"array-" + g.Array}}, g.Passphrase)}
			}
		}
		var volumes []any
		for _, v := range g.Volumes {
			volumes = append(volumes, object{"name": v.Name, "size": size(v.Size), "filesystem": filesystem(v.Mount, v.Filesystem, v.Label, v.Options)})
		}
		groups = append(groups, object{"name": g.Name, "physicalVolumes": []any{pv}, "logicalVolumes": volumes})
	}
	out := object{"boot": object{"configure": true}, "drives": drives}
	if len(arrays) > 0 {
		out["mdRaids"] = arrays
	}
	if len(groups) > 0 {
		out["volumeGroups"] = groups
	}
	return out
}

func (w *writer) drive(st intent.Storage, i int, d intent.Disk) object {
	at := "storage.disk"
	if len(st.Others) > 0 {
		at = fmt.Sprintf("storage.disks[%d]", i)
	}
	o := object{"alias": d.Name, "search": w.search(at, d)}
	if st.Table != "" {
		o["ptableType"] = map[string]string{"gpt": "gpt", "mbr": "msdos"}[st.Table]
	}
	parts := []any{object{"search": "*", "delete": true}}
	switch st.Wipe {
	case "none":
		parts = nil
	case "all":
		w.Lose("storage.wipe", "Agama empties the disks that it installs on, and no other")
	}
	for _, p := range st.Partitions {
		if max(0, st.DiskIndex(p.Disk)) != i {
			continue
		}
		part := object{"size": size(p.Size), "filesystem": filesystem(p.Mount, p.Filesystem, p.Label, p.Options)}
		switch {
		case p.Mount == intent.EFIMount:
			part["id"] = "esp"
		case p.Filesystem == "swap":
			part["id"] = "swap"
		}
		parts = append(parts, encrypt(part, p.Passphrase))
	}
	for k, a := range st.Arrays {
		for j, name := range a.Disks {
			if max(0, st.DiskIndex(name)) == i {
				parts = append(parts, object{"alias": fmt.Sprintf("raid-%d-%d", k+1, j+1), "id": "raid", "size": size(a.Size)})
			}
		}
	}
	for k, g := range st.VolumeGroups {
		if g.Array == "" && max(0, st.DiskIndex(g.Disk)) == i {
			parts = append(parts, encrypt(object{"alias": fmt.Sprintf("pv-%d", k+1), "id": "lvm", "size": size(g.Size)}, g.Passphrase))
		}
	}
	if parts == nil {
		parts = []any{}
	}
	o["partitions"] = parts
	return o
}

// search is how a disk is found. Agama knows names and one bound of the size.
func (w *writer) search(at string, d intent.Disk) any {
	if !d.Auto() {
		return d.Path
	}
	s := object{"max": 1}
	switch {
	case d.Model != "" || d.Serial != "":
		w.Bad(at, "give the disk's path below /dev/disk/by-id", "Agama finds a disk by its name or size, not by model or serial")
	case d.MinSize > 0 && d.MaxSize > 0:
		w.Bad(at, "give one of min-size and max-size", "Agama takes one bound of a disk's size")
	case d.MinSize > 0:
		s["condition"] = object{"size": object{"greater": d.MinSize - 1}}
	case d.MaxSize > 0:
		s["condition"] = object{"size": object{"less": d.MaxSize + 1}}
	}
	return s
}
