package answer

import "seedbed/internal/fault"

// Kind is a dialect of answer files.
type Kind string

// The dialects (interface.md).
const (
	Kickstart   Kind = "kickstart"
	Kickseed    Kind = "kickseed"
	Preseed     Kind = "preseed"
	Autoinstall Kind = "autoinstall"
	AutoYaST    Kind = "autoyast"
	Agama       Kind = "agama"
	Ignition    Kind = "ignition"
)

// File is a user's own answer file. Text is a template (text/template with
// the functions of this room); Name is for messages.
type File struct {
	Name string
	Text string
	Kind Kind // "" until it is told from the text by KindOf
}

// Install is one installation, written once for every installer. The yaml
// tags are the settings' keys under install: (interface.md).
type Install struct {
	Locale       string   `yaml:"locale"`        // as en_US.UTF-8
	Keyboard     string   `yaml:"keyboard"`      // an XKB layout, as us
	Timezone     string   `yaml:"timezone"`      // as Asia/Harbin
	RootPassword string   `yaml:"root-password"` // a crypt(3) hash; "" with no users: root may log in by key only
	SSHKeys      []string `yaml:"ssh-keys"`      // for root
	Users        []User   `yaml:"users"`
	Storage      Storage  `yaml:"storage"`
	Mirror       Mirror   `yaml:"mirror"` // empty: the image's own tree, where it can serve as one
	NTP          bool     `yaml:"ntp"`    // set the clock over the network while installing
	Packages     []string `yaml:"packages"`
	Post         string   `yaml:"post"` // a shell script run in the new system
	End          string   `yaml:"end"`  // reboot (default) | poweroff | halt

	At fault.Position `yaml:"-"` // where the settings say it
}

// User is one account.
type User struct {
	Name     string   `yaml:"name"`
	FullName string   `yaml:"full-name"`
	Password string   `yaml:"password"` // a crypt(3) hash
	SSHKeys  []string `yaml:"ssh-keys"`
	Sudo     bool     `yaml:"sudo"`
}

// Storage is how disks are laid out. With no partitions and no volume groups
// one root file system and a swap are made on the whole disk.
type Storage struct {
	Disk         Disk          `yaml:"disk"`
	Partitions   []Partition   `yaml:"partitions"`
	VolumeGroups []VolumeGroup `yaml:"volume-groups"`
}

// Disk picks the disk to install on: a path, or "auto" for the first one that
// fits the other fields (zero fields fit every disk).
type Disk struct {
	Path    string // "auto" or as /dev/sda
	Model   string
	Serial  string
	MinSize int64 // bytes
	MaxSize int64 // bytes
}

// Partition is a plain partition. Size is in bytes, or Rest.
type Partition struct {
	Mount      string
	Filesystem string // ext4, ext3, ext2, xfs, btrfs, vfat, swap
	Size       int64
	Primary    bool
	Label      string
}

// VolumeGroup is an LVM volume group on one partition of that Size.
type VolumeGroup struct {
	Name    string
	Size    int64
	Volumes []Volume
}

// Volume is a logical volume.
type Volume struct {
	Name       string
	Mount      string
	Filesystem string
	Size       int64
}

// Rest as a size takes what is left of the disk or volume group.
const Rest int64 = -1

// Mirror is where the installer's packages come from.
type Mirror struct {
	URL     string `yaml:"url"`   // as http://mirror.example/debian; "" the image's tree
	Suite   string `yaml:"suite"` // "" the image's
	Proxy   string `yaml:"proxy"`
	Trusted bool   `yaml:"trusted"` // accept packages whose Release the installer cannot verify
	// Security is the security archive as http://host/path; "" none (the
	// right choice on a LAN without internet).
	Security string `yaml:"security"`
}
