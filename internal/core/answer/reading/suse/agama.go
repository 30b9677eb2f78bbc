package suse

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"seedbed/internal/core/answer/intent"
	"seedbed/internal/core/answer/reading"
	"seedbed/internal/fault"
)

// Agama reads a profile.
func Agama(file, text string) (*reading.Draft, error) {
	doc, err := reading.Parse(text)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "mend it: seedbed lint shows where", "%s is no JSON", file)
	}
	r := &reader{Draft: reading.New(file, "suse")}
	doc.Each(r.agamaSection)
	r.Simple()
	return r.Draft, nil
}

func (r *reader) agamaSection(key string, v reading.Node) {
	in := &r.In
	switch key {
	case "product", "questions":
		r.Keep(v.Line, key, "")
		if v.Get("registrationCode").There() {
			r.Lose(v.Line, "product registrationCode", "register in post")
		}
	case "l10n", "localization":
		in.Locale = intent.Or(v.Get("locale").Text(), v.Get("language").Text())
		in.Timezone = v.Get("timezone").Text()
		keymap := intent.Or(v.Get("keymap").Text(), v.Get("keyboard").Text())
		in.Keyboard, in.Variant, _ = strings.Cut(keymap, "-")
		for _, f := range []string{"locale", "keyboard", "timezone"} {
			r.Keep(v.Line, "l10n", f)
		}
	case "hostname":
		r.Host(v.Line, "hostname", intent.Or(v.Get("static").Text(), v.Get("transient").Text()))
	case "root":
		if p := v.Get("password").Text(); p != "" {
			in.RootPassword = r.Password(v.Line, "root password", "root-password", p, v.Get("hashedPassword").Text() == "true")
		}
		for _, k := range append(v.Get("sshPublicKeys").List(), v.Get("sshPublicKey")) {
			if k.There() {
				r.Add(k.Line, "key of root", "ssh-keys", &in.SSHKeys, k.Text())
			}
		}
	case "user":
		name := v.Get("userName").Text()
		u := r.User(name)
		u.Password = r.Password(v.Line, "user "+name, r.UserField(name), v.Get("password").Text(), v.Get("hashedPassword").Text() == "true")
		if full := v.Get("fullName").Text(); full != name {
			u.FullName = full
		}
		for _, k := range append(v.Get("sshPublicKeys").List(), v.Get("sshPublicKey")) {
			if k.There() {
				u.SSHKeys = append(u.SSHKeys, k.Text())
			}
		}
	case "network":
		for _, c := range v.Get("connections").List() {
			r.connection(c)
		}
	case "proxy":
		in.Mirror.Proxy = v.Get("httpProxy").Text()
		r.Keep(v.Line, "proxy", "mirror.proxy")
	case "software":
		r.agamaSoftware(v)
	case "storage":
		r.agamaStorage(v)
	case "bootloader":
		r.Add(v.Line, "kernel argument", "kernel-args", &in.KernelArgs, strings.Fields(v.Get("extraKernelParams").Text())...)
		r.Keep(v.Line, "bootloader", "")
	case "scripts":
		v.Each(r.agamaScripts)
	default:
		r.Lose(v.Line, key, "the neutral install has nothing like it")
	}
}

func (r *reader) agamaSoftware(v reading.Node) {
	in := &r.In
	patterns := v.Get("patterns")
	list := patterns.Texts()
	if add := patterns.Get("add"); add.There() {
		list = add.Texts()
	}
	r.Add(v.Line, "pattern", "groups", &in.Groups, list...)
	r.Add(v.Line, "package", "packages", &in.Packages, slices.DeleteFunc(v.Get("packages").Texts(), func(p string) bool { return p == "curl" })...)
	for _, p := range v.Get("extraRepositories").List() {
		r.Keep(p.Line, "repository "+p.Get("alias").Text(), fmt.Sprintf("repositories[%d]", len(in.Repositories)))
		in.Repositories = append(in.Repositories, intent.Repository{Name: p.Get("alias").Text(), URL: p.Get("url").Text(), Trusted: p.Get("allowUnsigned").Text() == "true"})
	}
}

func (r *reader) connection(c reading.Node) {
	i := intent.Interface{Name: intent.Or(c.Get("interface").Text(), c.Get("id").Text()), MAC: reading.MAC(c.Get("macAddress").Text()), MTU: int(reading.Number(c.Get("mtu").Text()))}
	if strings.HasPrefix(i.Name, "card") && !c.Get("interface").There() {
		i.Name = ""
	}
	if c.Get("wireless").There() || c.Get("bridge").There() {
		r.Lose(c.Line, "connection "+i.Name, "the neutral install has cards, bonds and VLANs")
		return
	}
	for _, a := range c.Get("addresses").Texts() {
		if p, err := netip.ParsePrefix(a); err == nil {
			i.Addresses = append(i.Addresses, p)
		}
	}
	for _, k := range []string{"gateway6", "gateway4"} {
		if g := reading.Address(c.Get(k).Text()); g.IsValid() {
			i.Gateway = g
		}
	}
	for _, a := range c.Get("nameservers").Texts() {
		i.DNS = append(i.DNS, reading.Addresses(a)...)
	}
	i.Search = c.Get("dnsSearchList").Texts()
	if c.Get("method4").Text() == "disabled" && c.Get("method6").Text() == "disabled" {
		i.Method = intent.None
	}
	if v := c.Get("vlan"); v.There() {
		i.VLAN, i.On = int(reading.Number(v.Get("id").Text())), v.Get("parent").Text()
	}
	if b := c.Get("bond"); b.There() {
		i.Bond = b.Get("ports").Texts()
		if i.Mode = b.Get("mode").Text(); i.Mode == "active-backup" {
			i.Mode = ""
		}
	}
	r.Card(c.Line, "connection "+i.Name, i)
}

func (r *reader) agamaScripts(kind string, v reading.Node) {
	for _, s := range v.List() {
		what := kind + " script " + s.Get("name").Text()
		text := intent.Or(s.Get("content").Text(), s.Get("body").Text())
		switch {
		case r.Own(text, s.Line) || strings.Contains(text, "seedbed-why"):
			r.Keep(s.Line, "Seedbed's own "+what, "")
		case kind != "post" && kind != "init":
			r.Lose(s.Line, what, "the neutral install runs nothing before the installation")
		case text == "":
			r.Lose(s.Line, what, "its text does not stand in the file")
		default:
			r.Post(text, s.Line, what)
			if kind == "init" || s.Get("chroot").Text() == "false" {
				r.Change(s.Line, what, "post", "it runs inside the new system, at the end of the installation")
			}
		}
	}
}

// alias is a device of a profile: a disk's or a partition's.
type alias struct {
	disk   string
	size   int64
	secret intent.Secret
}

func (r *reader) agamaStorage(v reading.Node) {
	st := &r.In.Storage
	byAlias := map[string]alias{}
	for k, d := range v.Get("drives").List() {
		r.agamaDrive(k, d, byAlias)
	}
	arrays := map[string]string{}
	for _, m := range v.Get("mdRaids").List() {
		a := intent.Array{Name: m.Get("name").Text(), Level: strings.TrimPrefix(m.Get("level").Text(), "raid"), Passphrase: secretOf(m)}
		for _, x := range m.Get("devices").Texts() {
			a.Disks, a.Size = append(a.Disks, byAlias[x].disk), byAlias[x].size
		}
		arrays[m.Get("alias").Text()] = a.Name
		field := fmt.Sprintf("storage.raid[%d]", len(st.Arrays))
		r.Keep(m.Line, "array "+a.Name, field)
		if m.Get("filesystem").There() {
			a.Mount, a.Filesystem, a.Label, a.Options = r.agamaPlace(m, field)
		}
		st.Arrays = append(st.Arrays, a)
	}
	for _, n := range v.Get("volumeGroups").List() {
		g := intent.VolumeGroup{Name: n.Get("name").Text(), Size: intent.Rest}
		for i, pv := range n.Get("physicalVolumes").List() {
			name := pv.Text()
			if gen := pv.Get("generate"); gen.There() {
				g.Passphrase = secretOf(gen)
				if name = gen.Text(); name == "" {
					name = strings.Join(gen.Get("targetDevices").Texts(), " ")
				}
			}
			if i > 0 {
				r.Lose(pv.Line, "group "+g.Name+" on "+name, "a group lies on one partition or array: extend it in post")
				break
			}
			if a, ok := byAlias[name]; ok {
				g.Disk = a.disk
				if a.size != 0 {
					g.Size, g.Passphrase = a.size, a.secret
				}
			}
			g.Array = arrays[name]
		}
		field := fmt.Sprintf("storage.volume-groups[%d]", len(st.VolumeGroups))
		r.Keep(n.Line, "group "+g.Name, field)
		for _, l := range n.Get("logicalVolumes").List() {
			at := fmt.Sprintf("%s.volumes[%d]", field, len(g.Volumes))
			r.Keep(l.Line, "volume "+l.Get("name").Text(), at)
			x := intent.Volume{Name: l.Get("name").Text(), Size: r.agamaSize(l)}
			x.Mount, x.Filesystem, x.Label, x.Options = r.agamaPlace(l, at)
			g.Volumes = append(g.Volumes, x)
		}
		st.VolumeGroups = append(st.VolumeGroups, g)
	}
	v.Each(func(key string, c reading.Node) {
		if !slices.Contains([]string{"drives", "mdRaids", "volumeGroups", "boot"}, key) {
			r.Lose(c.Line, "storage "+key, "the neutral install has nothing like it")
		}
	})
}

func secretOf(n reading.Node) intent.Secret {
	var s intent.Secret
	n.Get("encryption").Each(func(_ string, c reading.Node) { s = intent.Secret(c.Get("password").Text()) })
	return s
}

func (r *reader) agamaSize(n reading.Node) int64 {
	s := n.Get("size")
	if s.IsText() {
		return r.bytes(s.Text(), s.Line, "size")
	}
	least, most := s.Get("min"), s.Get("max")
	if l := s.List(); len(l) > 0 {
		least = l[0]
		if len(l) > 1 {
			most = l[1]
		}
	}
	if !s.There() || !most.There() {
		return intent.Rest
	}
	r.Change(s.Line, "size", "storage", "between %s and %s became the larger", least.Text(), most.Text())
	return r.bytes(most.Text(), s.Line, "size")
}

func (r *reader) agamaPlace(n reading.Node, field string) (mount, fs, label string, options []string) {
	f := n.Get("filesystem")
	kind := f.Get("type").Text()
	if f.Get("type").Get("btrfs").There() {
		kind = "btrfs"
		r.Change(f.Line, "file system", field, "snapshots are left out")
	}
	fs, ok := reading.Filesystem(intent.Or(kind, "btrfs"))
	if !ok {
		r.Change(f.Line, "file system "+kind, field, "it is not known to the neutral install: it is ext4 now")
	}
	if mount = f.Get("path").Text(); fs == "swap" || mount == "swap" {
		mount, fs = "", "swap"
	}
	return mount, fs, f.Get("label").Text(), f.Get("mountOptions").Texts()
}

func (r *reader) agamaDrive(k int, d reading.Node, byAlias map[string]alias) {
	st := &r.In.Storage
	s := d.Get("search")
	name := ""
	switch c := s.Get("condition"); {
	case s.IsText() && s.Text() != "*":
		name = r.Disk(s.Text())
	case c.Get("name").There():
		name = r.Disk(c.Get("name").Text())
	default:
		disk := intent.Disk{Path: "auto"}
		if z := c.Get("size"); z.There() {
			if g := z.Get("greater"); g.There() {
				disk.MinSize = r.bytes(g.Text(), g.Line, "size") + 1
			}
			if l := z.Get("less"); l.There() {
				disk.MaxSize = r.bytes(l.Text(), l.Line, "size") - 1
			}
		}
		if name = r.Disk(fmt.Sprintf("drive-%d", k)); name == "" {
			st.Disk = disk
		} else {
			disk.Name = name
			st.Others[len(st.Others)-1] = disk
		}
	}
	r.Keep(d.Line, "drive", "storage.disk")
	if t := d.Get("ptableType").Text(); t == "gpt" || t == "msdos" {
		st.Table = map[string]string{"gpt": "gpt", "msdos": "mbr"}[t]
	}
	byAlias[d.Get("alias").Text()] = alias{disk: name}
	for _, p := range d.Get("partitions").List() {
		what := "partition " + p.Get("filesystem").Get("path").Text()
		switch {
		case p.Get("delete").There() || p.Get("deleteIfNeeded").There():
			r.Keep(p.Line, "partitions to delete", "storage.wipe")
		case p.Get("generate").There():
			r.Lose(p.Line, what, "a layout that the installer makes up is not known here")
		case p.Get("search").There():
			r.Lose(p.Line, what, "existing partitions are not used again")
		case p.Get("alias").There() && !p.Get("filesystem").There():
			byAlias[p.Get("alias").Text()] = alias{name, r.agamaSize(p), secretOf(p)}
			r.Keep(p.Line, what+p.Get("alias").Text(), "storage")
		default:
			field := fmt.Sprintf("storage.partitions[%d]", len(st.Partitions))
			r.Keep(p.Line, what, field)
			v := intent.Partition{Disk: name, Size: r.agamaSize(p), Passphrase: secretOf(p)}
			v.Mount, v.Filesystem, v.Label, v.Options = r.agamaPlace(p, field)
			st.Partitions = append(st.Partitions, v)
		}
	}
}
