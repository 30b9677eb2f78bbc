package survey

// Facts are what is known of a running system.
type Facts struct {
	Texts    map[string]string // small files by their path without the first slash
	Zone     string            // where /etc/localtime leads to below zoneinfo
	Devices  []Device
	Accounts []Account
	Packages []string // those that a person chose
	Units    []string // enabled for start by a person or a package, with their suffix
	Missing  []string // what could not be read, each a sentence
}

// Device is a block device.
type Device struct {
	Name   string   // as sda, sda1, dm-0, md0
	Number string   // as 8:1
	Disk   string   // of a partition: its disk
	Bytes  int64    // its size
	Start  int64    // of a partition, in bytes
	On     []string // devices below it, of dm and md
	Mapper string   // of dm: its name, as vg-root
	UUID   string   // of dm: as LVM-… or CRYPT-LUKS2-…
	Level  string   // of md: as raid1
	Table  string   // of a disk: gpt or dos, where it is known
	Type   string   // what a swap area or a member is known to hold; ""
}

// Account is an account of a person.
type Account struct {
	Name, FullName, Shell string
	UID                   int
	Hash                  string // "" where it was not asked for, or there is none
	Locked                bool
	Keys                  []string
	Groups                []string
}
