package iso

import (
	"bytes"
	"strings"

	"seedbed/internal/disk/volume"
	"seedbed/internal/fault"
)

// looks are files that people take for an image, by the bytes they hold.
var looks = []struct {
	off   int
	magic string
	is    string
	hint  string
}{
	{0, "\x1f\x8b", "a gzip archive", "unpack it with gunzip first"},
	{0, "\xfd7zXZ\x00", "an xz archive", "unpack it with unxz first"},
	{0, "BZh", "a bzip2 archive", "unpack it with bunzip2 first"},
	{0, "\x28\xb5\x2f\xfd", "a zstd archive", "unpack it with unzstd first"},
	{0, "PK\x03\x04", "a zip archive", "unpack it first"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"},
	{0, "Rar!", "a RAR archive", "unpack it first"},
	{257, "ustar", "a tar archive", "a netboot tarball is imported by its .tar.gz name; else unpack it first"},
	{0, "!<arch>", "a Debian package or ar archive", ""},
	{0, "\xed\xab\xee\xdb", "an RPM package", ""},
	{0, "QFI\xfb", "a qcow2 disk image", hintDisk},
	{0, "KDMV", "a VMDK disk image", hintDisk},
	{0, "vhdxfile", "a VHDX disk image", hintDisk},
	{0, "conectix", "a VHD disk image", hintDisk},
	{0x40, "\x7f\x10\xda\xbe", "a VirtualBox disk image", hintDisk},
	{0, "hsqs", "a squashfs file system", hintMedium},
	{0, "MSWIM\x00", "a Windows WIM file", hintMedium},
	{0, "\x7fELF", "a program", hintMedium},
	{0, "%PDF", "a PDF document", hintMedium},
	{0, "d8:announce", "a BitTorrent file", "download the image it stands for"},
	{0, "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", "a raw CD image with 2352-byte sectors",
		"turn it into an .iso file, for instance with bchunk"},
	{descriptorStart + 9, "CDROM", "a High Sierra image of before 1988", hintMedium},
	{descriptorStart + 1, "BEA01", "a UDF image of a kind that is not known", "unpack the medium and import the directory"},
	{0x200, "EFI PART", "a disk image with a partition table", hintDisk},
	{510, "\x55\xaa", "a disk image with a boot sector", hintDisk},
}

const (
	hintMedium = "give the installation medium, a file that ends in .iso"
	hintDisk   = "give the installation medium (.iso), not the disk of an installed system"
)

// hasISO says whether there is an ISO 9660 volume descriptor at all.
func (m *Image) hasISO() bool {
	var b [6]byte
	_, err := m.src.R.ReadAt(b[:], descriptorStart)
	return err == nil && string(b[1:]) == "CD001"
}

func none(hint, format string, args ...any) error {
	return fault.New(fault.Invalid, hint, "it is not an ISO 9660 or UDF image: "+format, args...)
}

// notAnImage says what the file looks like instead.
func (m *Image) notAnImage() error {
	if m.src.Size == 0 {
		return none(volume.HintTruncated, "the file is empty")
	}
	b := make([]byte, min(m.src.Size, descriptorStart+sector))
	if err := m.src.ReadAt(b, 0, "the start of the file"); err != nil {
		return err
	}
	for _, l := range looks {
		if len(b) >= l.off+len(l.magic) && string(b[l.off:l.off+len(l.magic)]) == l.magic {
			return none(l.hint, "it looks like %s", l.is)
		}
	}
	head := strings.ToLower(string(bytes.TrimLeft(b[:min(len(b), 256)], " \t\r\n\xef\xbb\xbf")))
	switch {
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"):
		return none("the download led to a page instead of the file: check the address",
			"it looks like a web page")
	case len(bytes.Trim(b, "\x00")) == 0:
		return none(volume.HintTruncated,
			"its first %d bytes are zero, as in a download that did not finish", len(b))
	case m.src.Size < descriptorStart+sector:
		return none(volume.HintTruncated,
			"%d bytes are too few for one", m.src.Size)
	}
	return none(hintMedium, "it has no volume descriptor")
}
