package debian

import "seedbed/internal/core/lint"

var biosSystem = lint.Rule{ID: "A020", Title: "on UEFI, a disk with a BIOS system asks whether to go on", Kinds: both, Severity: lint.Warning, Question: "partman-efi/non_efi_system",
	Traps: []int{40}, Why: "partman-efi's check; packer-build issue 35, provision-content issue 830",
	Check: missing(func(s *lint.Subject) bool { uefi, known := s.UEFI(); return known && uefi }, "partman-efi/non_efi_system", "d-i partman-efi/non_efi_system boolean true")}
