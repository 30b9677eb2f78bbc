package ubuntu

import (
	"go.yaml.in/yaml/v3"

	"seedbed/internal/core/lint"
)

var msdos = lint.Rule{ID: "U012", Title: "the storage actions do not fit UEFI firmware", Kinds: kinds, Severity: lint.Error, Stage: "loader",
	Effect: "curtin cannot install the boot loader, and the installation fails", Fix: "use ptable: gpt, and set grub_device on the EFI system partition, not on the disk",
	Traps: []int{85}, Why: "xcat issue 7224; curtin's storage documentation: with UEFI grub_device is a partition",
	Check: checked(func(d *document, s *lint.Subject, r *lint.Report) {
		if uefi, known := s.UEFI(); !known || !uefi {
			return
		}
		_, config := get(d.auto, "storage", "config")
		for _, a := range items(config) {
			if _, kind := get(a, "type"); text(kind) != "disk" {
				continue
			}
			if _, v := get(a, "ptable"); text(v) == "msdos" {
				r.At(v.Line, v.Column, "ptable: msdos on a machine with UEFI firmware")
			}
			if _, v := get(a, "grub_device"); truth(v) {
				r.At(v.Line, v.Column, "grub_device is set on the disk, and the firmware is UEFI")
			}
		}
	})}

func truth(n *yaml.Node) bool {
	var b bool
	return n != nil && n.Decode(&b) == nil && b
}
