package preseed

import (
	"fmt"
	"strings"
)

// Part is one entry of a partman-auto recipe. Sizes are in MB of a million
// bytes; Max is Unlimited for one that takes what is left.
type Part struct {
	Min, Priority, Max int64
	Kind               string   // a file system, or Swap, EFI, BIOSGrub, PV, RAID, Unused
	Mount              string   // of a file system
	Label              string   // of a file system
	Options            []string // of the mount
	Primary            bool
	Labels             string // disk labels it is for, as "gpt"; "" for any
	Volume             string // name of the logical volume; "" for a partition
	Group              string // of PV: the volume group on it; of a volume: its group, "" the one of partman-auto-lvm/new_vg_name
	Device             string // of PV, with several disks: the disk it is on
	OnRAID             bool   // the recipe is read twice: partitions the first time, volumes the second
}

// Unlimited as a Max takes what is left.
const Unlimited int64 = -1

// The kinds of part that are not file systems.
const (
	Swap     = "swap"
	EFI      = "efi"      // an EFI system partition
	BIOSGrub = "biosgrub" // where GRUB lives on a GPT disk of a BIOS machine
	PV       = "lvm"      // a physical volume
	RAID     = "raid"     // a member of an array
	Unused   = "unused"   // a filler
)

// Fixed is a part of exactly so many bytes, rounded up to MB.
func Fixed(bytes int64) Part {
	mb := MB(bytes)
	return Part{Min: mb, Priority: mb, Max: mb}
}

// Growing is a part of at least min MB that takes what is left.
func Growing(min int64) Part { return Part{Min: min, Priority: min + 1000000, Max: Unlimited} }

// MB is a size in bytes as partman-auto counts, rounded up.
func MB(bytes int64) int64 { return (bytes + 999999) / 1000000 }

// Recipe is the value of partman-auto/expert_recipe, one part a line. All
// names in it must be words: letters, digits and - _ . / + only, since
// partman-auto reads them with shell word splitting and grep.
func Recipe(parts []Part) []string {
	lines := []string{"seedbed ::"}
	for _, p := range parts {
		lines = append(lines, p.String())
	}
	return lines
}

// String is the part as a line of a recipe.
func (p Part) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %d %d %s ", p.Min, p.Priority, p.Max, p.fs())
	if p.Primary {
		b.WriteString("$primary{ } ")
	}
	if p.Labels != "" {
		fmt.Fprintf(&b, "$iflabel{ %s } ", p.Labels)
	}
	if p.OnRAID {
		// Told apart by what each reading leaves out.
		b.WriteString(map[bool]string{true: "$defaultignore{ } ", false: "$lvmignore{ } "}[p.Volume != ""])
	}
	switch {
	case p.Kind == PV && p.Device != "":
		fmt.Fprintf(&b, "device{ %s } vg_name{ %s } ", p.Device, p.Group)
	case p.Kind == PV:
		fmt.Fprintf(&b, "vg_name{ %s } ", p.Group)
	case p.Volume != "" && p.Group != "":
		fmt.Fprintf(&b, "$lvmok{ } in_vg{ %s } lv_name{ %s } ", p.Group, p.Volume)
	case p.Volume != "":
		fmt.Fprintf(&b, "$lvmok{ } lv_name{ %s } ", p.Volume)
	}
	switch p.Kind {
	case EFI, Swap:
		fmt.Fprintf(&b, "method{ %s } format{ } ", p.Kind)
	case BIOSGrub, PV, RAID:
		fmt.Fprintf(&b, "method{ %s } ", p.Kind)
	case Unused: // without a method partman leaves it alone
	default:
		fmt.Fprintf(&b, "method{ format } format{ } use_filesystem{ } filesystem{ %s } mountpoint{ %s } ", p.Kind, p.Mount)
		if p.Label != "" {
			fmt.Fprintf(&b, "label{ %s } ", p.Label)
		}
		for _, o := range p.Options {
			fmt.Fprintf(&b, "options/%s{ %s } ", o, o)
		}
	}
	b.WriteByte('.')
	return b.String()
}

// fs is the word that sets the partition's type; the installer's own recipes
// say free where partman-efi and partman-auto set it later.
func (p Part) fs() string {
	switch p.Kind {
	case EFI, BIOSGrub:
		return "free"
	case PV, RAID, Unused:
		return "ext3"
	case Swap:
		return "linux-swap"
	}
	return p.Kind
}

// Sum is how many MB the parts need at least.
func Sum(parts []Part) int64 {
	var sum int64
	for _, p := range parts {
		sum += p.Min
	}
	return sum
}
