package proxmox

import (
	"fmt"
	"strings"

	"seedbed/internal/core/answer/intent"
)

// network is what the installer's DHCP got, which it writes as a static
// address, or one static interface.
func (w *writer) network() {
	w.table("network")
	all := w.in.Network.Settled(w.s)
	for k, i := range all {
		at := fmt.Sprintf("network.interfaces[%d].", k)
		if i.VLAN != 0 || len(i.Bond) > 0 {
			w.Bad(at+"vlan", "leave it out here, and make it in post", "the installer sets up neither a VLAN nor a bond")
			continue
		}
		if k > 0 {
			w.Lose(strings.TrimSuffix(at, "."), "the installer sets up one interface")
			continue
		}
		if i.MTU != 0 || len(i.Routes) > 0 || len(i.Search) > 0 && i.Way() == intent.Static {
			w.Lose(at+"routes", "the installer takes neither an MTU nor routes nor search domains")
		}
		switch i.Way() {
		case intent.Static:
			w.static(at, i)
		case intent.None:
			w.Bad(at+"method", "give it dhcp or an address", "the system is managed over the network: it wants an address")
		default:
			w.set("source", "from-dhcp")
			if i.Name != "" || i.MAC != "" && i.MAC != w.s.Machine.MAC().String() {
				w.Lose(at+"name", "with DHCP the installer takes the interface that has an address")
			}
		}
	}
	if len(all) > 0 {
		w.Remark("network", "the system gets a bridge, vmbr0, on the interface, and the address as a static one")
	}
}

func (w *writer) static(at string, i intent.Interface) {
	w.set("source", "from-answer")
	w.set("cidr", i.Addresses[0].String())
	if len(i.Addresses) > 1 {
		w.Lose(at+"addresses", "the installer takes one address")
	}
	if !i.Gateway.IsValid() {
		w.Bad(at+"gateway", "give the interface or the subnet a gateway", "the installer wants a gateway with a static address")
	} else {
		w.set("gateway", i.Gateway.String())
	}
	switch len(i.DNS) {
	case 0:
		w.Bad(at+"dns", "give the interface or the subnet dns:", "the installer wants a DNS server with a static address")
	default:
		w.set("dns", i.DNS[0].String())
		if len(i.DNS) > 1 {
			w.Lose(at+"dns", "the installer takes one DNS server")
		}
	}
	// A filter is a udev property and a glob; systemd names every card by its
	// MAC too.
	switch {
	case i.MAC != "":
		w.set("filter.ID_NET_NAME_MAC", "*"+strings.ReplaceAll(strings.ToLower(i.MAC), ":", ""))
	case i.Name != "":
		w.set("filter.INTERFACE", i.Name)
	default:
		w.set("filter.INTERFACE", "*") // the first
	}
}

// disks says on which disk the installer makes its own layout: LVM with root,
// swap and the rest for guests, or one ZFS or Btrfs.
func (w *writer) disks() {
	st := w.in.Storage
	w.table("disk-setup")
	fs := w.filesystem(st)
	w.set("filesystem", fs)
	d := st.Disk
	switch {
	case !d.Auto():
		w.list("disk_list", []string{strings.TrimPrefix(d.Path, "/dev/")})
	case d.Serial != "":
		w.set("filter.ID_SERIAL_SHORT", glob(d.Serial))
		if d.Model != "" {
			w.Remark("storage.disk.model", "one property picks the disk: its serial number")
		}
	case d.Model != "":
		w.set("filter.ID_MODEL", "*"+glob(d.Model)+"*")
	default:
		w.set("filter.DEVNAME", "/dev/*") // the first
	}
	if d.MinSize > 0 || d.MaxSize > 0 {
		w.Lose("storage.disk", "the installer picks no disk by its size")
	}
	for i := range st.Others {
		w.Lose(fmt.Sprintf("storage.disks[%d]", i+1), "the installer uses one disk")
	}
	if st.Wipe == "none" {
		w.Bad("storage.wipe", "leave it out, or install the machine by hand", "the installer always takes the whole disk")
	}
	if fs == "btrfs" {
		if d.Auto() && d.Serial == "" {
			w.Bad("storage.disk", "name it by its path or its serial number", "with Btrfs the installer takes every disk that fits, not the first")
		}
		w.set("btrfs.raid", "raid0")
	} else {
		w.sizes(st)
	}
	w.layout(st)
}

// glob is a text as one that a glob pattern matches; udev writes blanks of
// models as underscores.
func glob(s string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]", " ", "?").Replace(s)
}

// filesystem is that of the root.
func (w *writer) filesystem(st intent.Storage) string {
	for _, p := range st.Places() {
		if p.Mount != "/" {
			continue
		}
		switch p.Filesystem {
		case "ext4", "xfs", "btrfs":
			return p.Filesystem
		}
		w.Lose(p.Field+"filesystem", "the installer makes no %s: it takes ext4", p.Filesystem)
	}
	return "ext4"
}

// sizes tells LVM those of root and swap, in GiB.
func (w *writer) sizes(st intent.Storage) {
	for _, p := range st.Places() {
		switch {
		case p.Size <= 0:
		case p.Filesystem == "swap":
			fmt.Fprintf(&w.b, "lvm.swapsize = %s\n", gib(p.Size))
		case p.Mount == "/":
			fmt.Fprintf(&w.b, "lvm.maxroot = %s\n", gib(p.Size))
		}
	}
}

func gib(n int64) string {
	s := fmt.Sprintf("%.3f", float64(n)/(1<<30))
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + map[bool]string{true: ".0"}[n%(1<<30) == 0]
}

// layout names what of a layout is left out.
func (w *writer) layout(st intent.Storage) {
	for _, p := range st.Places() {
		field := strings.TrimSuffix(p.Field, ".")
		if p.Encrypted {
			w.Bad(field+".passphrase", "leave it out, if the disk need not be encrypted", "the installer encrypts nothing")
		}
		if p.Mount != "/" && p.Filesystem != "swap" && p.Mount != intent.EFIMount {
			w.Lose(field, "the installer makes root and swap only: %s is left out", intent.Or(p.Mount, p.Filesystem))
		}
	}
	for i := range st.Arrays {
		w.Lose(fmt.Sprintf("storage.raid[%d]", i), "the installer makes no md array: write your own answer.toml with zfs.raid")
	}
	for i, g := range st.VolumeGroups {
		w.Lose(fmt.Sprintf("storage.volume-groups[%d]", i), "the installer's own volume group is pve, not %s", g.Name)
	}
	if st.Table != "" {
		w.Remark("storage.table", "the installer always makes a GPT")
	}
}
