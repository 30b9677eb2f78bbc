package iso

import (
	"encoding/binary"
	"fmt"
	"io"

	"seedbed/internal/disk/volume"
)

// Platform is the firmware a boot image is for, El Torito 1.0 figure 2 and
// UEFI 2.10 table 13.3.
type Platform byte

// The platforms in use.
const (
	PlatformBIOS    Platform = 0x00
	PlatformPowerPC Platform = 0x01
	PlatformMac     Platform = 0x02
	PlatformUEFI    Platform = 0xEF
)

// String is the platform's usual name.
func (p Platform) String() string {
	switch p {
	case PlatformBIOS:
		return "BIOS"
	case PlatformPowerPC:
		return "PowerPC"
	case PlatformMac:
		return "Mac"
	case PlatformUEFI:
		return "UEFI"
	}
	return fmt.Sprintf("platform %#02x", byte(p))
}

// BootImage is one entry of the El Torito boot catalogue.
type BootImage struct {
	Platform    Platform
	Bootable    bool
	Emulation   byte   // media type: 0 none, 1 to 3 a floppy, 4 a hard disk
	LoadSegment uint16 // 0: the usual 0x7C0
	Offset      int64  // bytes from the start of the image
	// Size in bytes. The catalogue only says how much firmware loads; for an
	// emulated floppy it is the floppy's, for a FAT file system (UEFI) the file
	// system's own size. Never beyond the end of the image.
	Size int64

	r io.ReaderAt
}

// Reader reads the boot image.
func (b BootImage) Reader() *io.SectionReader { return io.NewSectionReader(b.r, b.Offset, b.Size) }

// Indicators of the 32-byte entries of a catalogue, El Torito 1.0 section 2.
const (
	entryValidation  = 0x01
	entryBootable    = 0x88
	entryUnbootable  = 0x00
	entryHeader      = 0x90
	entryLastHeader  = 0x91
	entryExtension   = 0x44
	catalogueEntries = 4 * sector / 32 // as far as we read
)

// BootImages lists the El Torito boot images, in the catalogue's order; none
// when the image has no catalogue.
func (m *Image) BootImages() ([]BootImage, error) {
	if m.bootCatalog == 0 {
		return nil, nil
	}
	n := min(catalogueEntries*32, m.src.Size-m.bootCatalog)
	if n < 64 {
		return nil, m.src.Within(m.bootCatalog, 64, "the boot catalogue")
	}
	b := make([]byte, n)
	if err := m.src.ReadAt(b, m.bootCatalog, "the boot catalogue"); err != nil {
		return nil, err
	}
	if b[0] != entryValidation || b[30] != 0x55 || b[31] != 0xAA {
		return nil, volume.Damaged("its boot catalogue does not start with a validation entry")
	}
	platform := Platform(b[1])
	first, err := m.bootImage(b[32:64], platform)
	if err != nil {
		return nil, err
	}
	out := []BootImage{first}
	left, last := 0, false
	for b = b[64:]; len(b) >= 32; b = b[32:] {
		switch {
		case b[0] == entryExtension:
		case left > 0 && (b[0] == entryBootable || b[0] == entryUnbootable):
			left--
			img, err := m.bootImage(b[:32], platform)
			if err != nil {
				return nil, err
			}
			out = append(out, img)
		case left == 0 && !last && (b[0] == entryHeader || b[0] == entryLastHeader):
			platform, last = Platform(b[1]), b[0] == entryLastHeader
			left = int(binary.LittleEndian.Uint16(b[2:]))
		default:
			return out, nil
		}
	}
	return out, nil
}

// bootImage reads one entry.
func (m *Image) bootImage(e []byte, p Platform) (BootImage, error) {
	img := BootImage{
		Platform:    p,
		Bootable:    e[0] == entryBootable,
		Emulation:   e[1] & 0x0F,
		LoadSegment: binary.LittleEndian.Uint16(e[2:]),
		Offset:      int64(binary.LittleEndian.Uint32(e[8:])) * sector,
		r:           m.src.R,
	}
	if err := m.src.Within(img.Offset, 512, "a boot image"); err != nil {
		return img, err
	}
	size := int64(binary.LittleEndian.Uint16(e[6:])) * 512
	switch img.Emulation {
	case 1:
		size = 1200 << 10
	case 2:
		size = 1440 << 10
	case 3:
		size = 2880 << 10
	case 0:
		fat, err := m.fatSize(img.Offset)
		if err != nil {
			return img, err
		}
		// Sixteen bits of 512-byte sectors cannot say more than 32 MiB, and
		// many writers put 0 or 1 there for UEFI.
		if p == PlatformUEFI {
			size = max(size, fat)
		}
	}
	img.Size = min(size, m.src.Size-img.Offset)
	return img, nil
}

// fatSize is the size of the FAT file system at off, 0 when there is none.
func (m *Image) fatSize(off int64) (int64, error) {
	b := make([]byte, 512)
	if err := m.src.ReadAt(b, off, "a boot image"); err != nil {
		return 0, err
	}
	bytes := int64(binary.LittleEndian.Uint16(b[11:]))
	if b[510] != 0x55 || b[511] != 0xAA || bytes < 512 || bytes > 4096 || bytes&(bytes-1) != 0 {
		return 0, nil
	}
	sectors := int64(binary.LittleEndian.Uint16(b[19:]))
	if sectors == 0 {
		sectors = int64(binary.LittleEndian.Uint32(b[32:]))
	}
	return sectors * bytes, nil
}
