package udeb

import "strings"

// modules says where below a kernel's module folder the modules of a module
// udeb lie: beginnings of paths; one with a minus before it takes away again.
// What they depend on is added, and what the initrd holds left out, so that
// these need not be the exact lists of Debian's kernel. An empty list is a udeb
// of things that an unattended install over the wire does without (sound, radio,
// speech), or that are all in the initrd (kernel-image, input).
var modules = map[string][]string{
	"acpi-modules":           {"drivers/acpi/fan"},
	"ata-modules":            {"drivers/ata/libata", "drivers/ata/ata_generic"},
	"btrfs-modules":          {"fs/btrfs/", "crypto/xxhash_generic", "crypto/blake2b_generic", "crypto/sha256_generic", "crypto/crc32c"},
	"cdrom-core-modules":     {"drivers/cdrom/", "drivers/scsi/sr_mod"},
	"crc-modules":            {"crypto/crc32", "lib/crc", "lib/libcrc32c"},
	"crypto-dm-modules":      {"drivers/md/dm-crypt"},
	"crypto-modules":         {"crypto/", "arch/x86/crypto/", "-crypto/asymmetric_keys/", "-crypto/async_tx/"},
	"drm-core-modules":       {"drivers/gpu/drm/drm.ko", "drivers/gpu/drm/drm_kms_helper", "drivers/gpu/drm/drm_shmem_helper"},
	"efi-modules":            {"fs/efivarfs/"},
	"event-modules":          {"drivers/input/evdev"},
	"ext4-modules":           {"fs/ext4/", "fs/jbd2/", "fs/mbcache", "crypto/crc32c"},
	"f2fs-modules":           {"fs/f2fs/"},
	"fat-modules":            {"fs/fat/", "fs/nls/nls_ascii", "fs/nls/nls_cp437", "fs/nls/nls_utf8", "fs/nls/nls_iso8859-1."},
	"fb-modules":             {"drivers/gpu/drm/virtio/", "drivers/video/fbdev/vga16fb"},
	"firewire-core-modules":  {"drivers/firewire/firewire-core", "drivers/firewire/firewire-ohci", "drivers/firewire/firewire-sbp2"},
	"fuse-modules":           {"fs/fuse/fuse"},
	"i2c-modules":            {"drivers/i2c/algos/"},
	"input-modules":          {},
	"isofs-modules":          {"fs/isofs/"},
	"jfs-modules":            {"fs/jfs/"},
	"kernel-image":           {},
	"loop-modules":           {"drivers/block/loop"},
	"md-modules":             {"drivers/md/", "-drivers/md/dm-crypt", "-drivers/md/dm-multipath", "-drivers/md/dm-vdo", "lib/raid6/", "crypto/async_tx/"},
	"mmc-core-modules":       {"drivers/mmc/core/"},
	"mmc-modules":            {"drivers/mmc/host/", "drivers/misc/cardreader/"},
	"mouse-modules":          {"drivers/input/mouse/psmouse"},
	"mtd-core-modules":       {"drivers/mtd/mtd."},
	"multipath-modules":      {"drivers/md/dm-multipath", "drivers/md/dm-round-robin", "drivers/md/dm-service-time", "drivers/md/dm-queue-length", "drivers/scsi/device_handler/"},
	"nbd-modules":            {"drivers/block/nbd"},
	"nic-modules":            {"drivers/net/ethernet/", "drivers/net/bonding/", "drivers/net/virtio_net", "drivers/net/net_failover", "drivers/net/vmxnet3/", "drivers/net/hyperv/", "drivers/net/xen-netfront", "net/8021q/"},
	"nic-pcmcia-modules":     {},
	"nic-shared-modules":     {"drivers/net/mii", "drivers/net/mdio", "drivers/net/phy/"},
	"nic-usb-modules":        {"drivers/net/usb/"},
	"nic-wireless-modules":   {},
	"ntfs-modules":           {"fs/ntfs3/"},
	"pata-modules":           {"drivers/ata/pata_", "-drivers/ata/pata_pcmcia"},
	"pcmcia-modules":         {"drivers/pcmcia/"},
	"pcmcia-storage-modules": {"drivers/ata/pata_pcmcia", "drivers/ata/pata_ninja32"},
	"ppp-modules":            {"drivers/net/ppp/", "drivers/net/slip/slhc"},
	"rfkill-modules":         {"net/rfkill/rfkill."},
	"sata-modules":           {"drivers/ata/ahci", "drivers/ata/libahci", "drivers/ata/ata_piix", "drivers/ata/sata_", "drivers/ata/acard", "drivers/ata/pdc_adma", "drivers/block/mtip32xx/"},
	"scsi-core-modules":      {"drivers/scsi/scsi_mod", "drivers/scsi/scsi_common", "drivers/scsi/scsi_transport_", "drivers/scsi/sd_mod", "drivers/scsi/sg."},
	"scsi-modules": {"drivers/scsi/", "-drivers/scsi/cxgbi/", "-drivers/scsi/qedf/", "-drivers/scsi/qedi/", "-drivers/scsi/pcmcia/", "-drivers/scsi/scsi_debug",
		"drivers/message/fusion/", "drivers/block/virtio_blk", "drivers/block/xen-blkfront", "drivers/nvme/host/", "drivers/pci/controller/vmd", "drivers/ufs/", "drivers/firmware/iscsi_ibft"},
	"scsi-nic-modules":    {"drivers/scsi/cxgbi/", "drivers/scsi/qedf/", "drivers/scsi/qedi/"},
	"serial-modules":      {"drivers/tty/serial/8250/serial_cs", "drivers/tty/serial/rp2"},
	"sound-modules":       {},
	"speakup-modules":     {},
	"squashfs-modules":    {"fs/squashfs/"},
	"udf-modules":         {"fs/udf/"},
	"uinput-modules":      {"drivers/input/misc/uinput"},
	"usb-modules":         {"drivers/usb/host/", "drivers/usb/core/", "drivers/usb/common/"},
	"usb-serial-modules":  {"drivers/usb/serial/"},
	"usb-storage-modules": {"drivers/usb/storage/"},
	"xfs-modules":         {"fs/xfs/"},
}

// takes says whether a list takes the module at a path below kernel/.
func takes(list []string, path string) bool {
	yes := false
	for _, l := range list {
		if not, ok := strings.CutPrefix(l, "-"); ok {
			if strings.HasPrefix(path, not) {
				return false
			}
		} else if strings.HasPrefix(path, l) {
			yes = true
		}
	}
	return yes
}
