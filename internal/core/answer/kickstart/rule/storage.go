package rule

import (
	"slices"
	"strconv"
	"strings"

	"seedbed/internal/core/answer/kickstart/argument"
)

func init() {
	family(map[string]rule{
		"part partition": {takes: true, check: part},
		"raid":           {takes: true, check: raid},
		"volgroup":       {takes: true, check: volgroup},
		"logvol":         {takes: true, check: logvol},
		"btrfs":          {takes: true, check: btrfs},
		"autopart":       {check: autopart},
		"reqpart":        {check: reqpart},
		"mount":          {takes: true, check: mount},
		"clearpart":      {check: clearpart, write: clearpartText},
		"snapshot":       {check: snapshot},
		"ignoredisk":     {check: ignoredisk},
		"zerombr":        {plain: true, check: zerombr},
	})
}

// together refuses a command beside others that lay out the disks too.
func (c *Call) together(self string, others ...string) string {
	told := map[string]string{"part": "part/partition"}
	for _, o := range others {
		if c.File.Seen[o] {
			name := told[o]
			if name == "" {
				name = o
			}
			return "The " + self + " and " + name + " commands can't be used at the same time"
		}
	}
	return ""
}

// beside refuses autopart and mount next to a command that lays out a disk,
// from the versions that mind.
func (c *Call) beside(self string, fedora, rhel int) string {
	if c.Since(fedora, rhel) || c.Since(20, 6) {
		if msg := c.together(self, "autopart"); msg != "" {
			return msg
		}
	}
	if c.Since(20, 7) {
		return c.together(self, "mount")
	}
	return ""
}

// first gives the first thing wrong.
func first(msgs ...string) string {
	for _, m := range msgs {
		if m != "" {
			return m
		}
	}
	return ""
}

// when gives the message where it holds, and blames a value for it.
func (c *Call) when(wrong bool, dest, msg string) string {
	if !wrong {
		return ""
	}
	return c.blame(dest, msg)
}

// withoutBtrfs says that the release is one of RHEL 8 to last, where a command
// refuses Btrfs.
func (c *Call) withoutBtrfs(last int) bool {
	return c.Version.IsRHEL() && c.Version.Number() >= 8 && c.Version.Number() <= last
}

// filesystem are the rules that part, raid and logvol share.
func (c *Call) filesystem() string {
	made := c.Has("mkfsopts")
	return first(
		c.when(made && c.Given("format"), "mkfsopts", "--mkfsoptions with --noformat has no effect."),
		c.when(made && c.Has("fsprofile"), "mkfsopts", "--mkfsoptions and --fsprofile cannot be used together."),
		c.when(c.Has("pbkdf_time") && c.Has("pbkdf_iterations"), "pbkdf_time", "Only one of --pbkdf-time and --pbkdf-iterations can be specified."),
		c.when(c.Has("hw_passphrase") && !strings.HasPrefix(c.Text("luks_version"), "luks2-hw-opal"), "hw_passphrase", "hw-passphrase may be specified only with LUKSv2 HW-OPAL encrypted devices"),
	)
}

func part(c *Call) string {
	if msg := c.unexpected(); msg != "" {
		return msg
	}
	c.assumeInt("--bytes-per-inode", 4096)
	return first(
		c.when(c.On("resize") && !c.Has("onPart"), "resize", "--resize can only be used in conjunction with --onpart"),
		c.when(c.On("resize") && !c.Has("size"), "resize", "--resize requires --size to specify new size"),
		c.beside("part/partition", 20, 6),
		c.when(c.Since(20, 7) && c.Text("fstype") == "tmpfs" && (c.On("grow") || c.Has("maxSizeMB")), "fstype", "The --fstype=tmpfs option can't be used together with --grow or --maxsize"),
		c.filesystem(),
		c.when(c.withoutBtrfs(10) && (c.Text("fstype") == "btrfs" || strings.HasPrefix(c.Text("mntpoint"), "btrfs.")), "mntpoint", "Btrfs file system is not supported"),
	)
}

// levels of RAID that a version knows.
func (c *Call) level(word string) (string, bool) {
	w := strings.TrimPrefix(strings.ToUpper(word), "RAID")
	known := []string{"0", "1", "5", "6"}
	if c.Since(7, 5) {
		known = append(known, "10")
	}
	if c.Since(13, 6) {
		known = append(known, "4")
	}
	return "RAID" + w, slices.Contains(known, w)
}

func raid(c *Call) string {
	if c.Given("level") {
		level, ok := c.level(c.Text("level"))
		if !ok {
			return c.blame("level", "Invalid raid level: "+c.Text("level"))
		}
		c.set("level", level)
	}
	if msg := c.dashed(); msg != "" {
		return msg
	}
	members := c.List("partitions")
	if len(members) == 0 {
		members = c.Extra
	}
	if c.Given("format") {
		c.setPreexist()
	}
	preexist := c.On("preexist")
	c.setList("members", nil)
	if !preexist {
		c.setList("members", members)
	}
	c.assumeInt("--bytes-per-inode", 4096)
	device := c.Text("device")
	if !c.keepsMD() {
		device = strings.TrimPrefix(device, "md")
	}
	number, whole := wholeNumber(device)
	if !c.Since(19, 7) && whole {
		device = number
	}
	c.set("device", device)
	return first(
		c.when(len(members) == 0 && !preexist, "", "Partitions required for raid"),
		c.when(len(members) > 0 && preexist, "partitions", "Members may not be specified for preexisting RAID device"),
		c.when(!c.Since(19, 7) && !whole, "device", "the device of a RAID is a number: "+argument.Repr([]string{device})),
		c.when(!preexist && !c.Has("level"), "", "RAID Partition defined without RAID level"),
		c.when(preexist && device == "", "device", "Device required for preexisting RAID device"),
		c.beside("raid", 20, 6),
		c.filesystem(),
		c.when(c.withoutBtrfs(9) && c.Text("fstype") == "btrfs", "fstype", "Btrfs file system is not supported"),
	)
}

// keepsMD says that a device is named as it is written; before, "md0" meant "0".
func (c *Call) keepsMD() bool { return c.Since(43, 10) }

// wholeNumber writes a number as the installer prints it.
func wholeNumber(s string) (string, bool) {
	n, ok := argument.ParseInt(s)
	if !ok {
		return s, false
	}
	return strconv.Itoa(n), true
}

// setPreexist notes what --noformat implies.
func (c *Call) setPreexist() { c.setFlag("preexist", true) }

func volgroup(c *Call) string {
	names, members := c.List("name"), c.List("partitions")
	if len(members) == 0 {
		if len(c.Extra) > 0 {
			members = c.Extra
		} else if len(names) > 0 {
			members, names = names[1:], names[:1]
		}
	}
	if c.Given("format") {
		c.setPreexist()
	}
	preexist := c.On("preexist")
	if !c.Since(21, 7) {
		c.assumeInt("--pesize", 32768)
	}
	if msg := first(
		c.when(len(names) == 0, "", "volgroup must be given a VG name"),
		c.when(len(members) == 0 && !preexist, "", "volgroup must be given a list of partitions"),
		c.when(len(members) > 0 && preexist, "name", "Members may not be specified for preexisting volgroup"),
	); msg != "" {
		return msg
	}
	c.Values["name"] = argument.Value{Kind: argument.List, Text: names[0], List: names[:1], Given: true}
	c.setList("members", members)
	space, percent := c.Num("reserved_space"), c.Num("reserved_percent")
	return first(
		c.when(space < 0, "reserved_space", "Volume group reserved space must be a positive integer."),
		c.when(c.Given("reserved_percent") && (percent <= 0 || percent >= 100), "reserved_percent", "Volume group reserved space percentage must be between 1 and 99."),
		c.beside("volgroup", 16, 6),
	)
}

func logvol(c *Call) string {
	if msg := c.unexpected(); msg != "" {
		return msg
	}
	if c.Given("format") {
		c.setPreexist()
	}
	c.assumeInt("--bytes-per-inode", 4096)
	cached := c.Has("cache_size") || c.Has("cache_mode") || c.Has("cache_pvs")
	sized := c.On("preexist") || c.Has("percent") || c.Has("size") || c.On("recommended") || c.On("hibernation")
	percent := c.Num("percent")
	strict := c.Since(20, 7)
	return first(
		c.when(c.On("resize") && !c.On("preexist"), "resize", "--resize can only be used in conjunction with --useexisting"),
		c.when(c.On("resize") && !c.Has("size"), "resize", "--resize requires --size to indicate new size"),
		c.when(c.On("thin_volume") && c.On("thin_pool"), "thin_pool", "--thin and --thinpool cannot both be specified for the same logvol"),
		c.when(c.On("thin_volume") && !c.Has("pool_name"), "thin_volume", "--thin requires --poolname to specify pool name"),
		c.when((c.Has("chunk_size") || c.Has("metadata_size")) && !c.On("thin_pool"), "chunk_size", "--chunksize and --metadatasize are for thin pools only"),
		c.beside("logvol", 20, 6),
		c.when(strict && !sized, "", "No size given for logical volume. Use one of --useexisting, --noformat, --size, --percent, or --hibernation."),
		c.when(strict && c.Given("percent") && (percent < 0 || percent > 100), "percent", "Percentage must be between 0 and 100."),
		c.when(c.Since(21, 7) && c.Has("size") && c.Has("percent"), "percent", "--size and --percent cannot both be specified for the same logvol"),
		c.filesystem(),
		c.when(cached && c.On("preexist"), "cache_size", "Adding a cache to an existing logical volume is not supported"),
		c.when(cached && c.On("thin_volume"), "thin_volume", "Thin volumes cannot be cached"),
		c.when(cached && !c.Has("cache_pvs"), "cache_size", "Cache needs to have a list of (fast) PVs specified"),
		c.when(cached && !c.Has("cache_size"), "cache_pvs", "Cache needs to have size specified"),
		c.when(cached && c.Has("cache_mode") && c.Text("cache_mode") != "writeback" && c.Text("cache_mode") != "writethrough", "cache_mode", "Invalid cache mode given: "+c.Text("cache_mode")),
		c.when(c.withoutBtrfs(9) && c.Text("fstype") == "btrfs", "fstype", "Btrfs file system is not supported"),
	)
}

func btrfs(c *Call) string {
	for _, dest := range []string{"dataLevel", "metaDataLevel"} {
		if !c.Given(dest) {
			continue
		}
		level := strings.ToLower(c.Text(dest))
		if level != "single" && !strings.HasPrefix(level, "raid") {
			level = "raid" + level
		}
		if !slices.Contains([]string{"raid0", "raid1", "raid10", "single"}, level) {
			return c.blame(dest, "Invalid btrfs level: "+c.Text(dest))
		}
		c.set(dest, level)
	}
	existing := c.Given("format") || c.On("preexist")
	if existing {
		c.Values["format"] = argument.Value{Kind: argument.Flag, Given: true, At: -1}
		c.setPreexist()
	}
	if msg := first(c.when(len(c.Extra) == 0, "", "btrfs must be given a mountpoint"), c.dashed()); msg != "" {
		return msg
	}
	c.Values["mountpoint"] = argument.Value{Kind: argument.List, Text: argument.Mountpoint(c.Extra[0]), List: []string{argument.Mountpoint(c.Extra[0])}}
	c.setList("devices", c.Extra[1:])
	return first(
		c.when(len(c.Extra) == 1 && !c.On("subvol"), "", "btrfs must be given a list of partitions"),
		c.when(len(c.Extra) == 1, "subvol", "btrfs subvol requires specification of parent volume"),
		c.when(c.On("subvol") && !c.Has("name"), "subvol", "btrfs subvolume requires a name"),
		c.when(existing && c.Has("mkfsopts"), "mkfsopts", "--mkfsoptions with --noformat or --useexisting has no effect."),
	)
}

func autopart(c *Call) string {
	if !c.Since(9, 5) && len(c.Words) > 0 {
		return "Kickstart command autopart does not take any arguments"
	}
	if v := c.Values["type"]; v.Given {
		kind := strings.ToLower(v.Text)
		known := map[string]string{"lvm": "lvm", "btrfs": "btrfs", "plain": "plain", "partition": "plain", "--nolvm": "plain"}
		if c.Since(20, 7) {
			known["thinp"] = "thinp"
		}
		if known[kind] == "" {
			return c.blame("type", "Invalid autopart type: "+v.Text)
		}
		c.set("type", known[kind])
	}
	return first(
		c.when(c.Since(20, 6), "", c.together("autopart", "part", "raid", "volgroup", "logvol")),
		c.when(c.Since(20, 7), "", c.together("autopart", "mount")),
		c.when(c.Text("fstype") == "btrfs", "fstype", "autopart --fstype=btrfs is not valid fstype, use --type=btrfs instead"),
		c.when(c.Text("type") == "btrfs" && c.Has("fstype"), "fstype", "autopart --fstype cannot be used with --type=btrfs"),
		c.when(c.Since(23, 7), "", c.together("autopart", "reqpart")),
		c.filesystem(),
		c.when(c.withoutBtrfs(10) && c.Text("type") == "btrfs", "type", "autopart --type=btrfs is not supported"),
	)
}

func reqpart(c *Call) string {
	return first(c.together("reqpart", "autopart"), c.when(c.Since(27, 8), "", c.together("reqpart", "mount")))
}

func mount(c *Call) string {
	if msg := first(c.together("mount", "autopart", "part", "raid", "volgroup", "logvol", "reqpart"), c.unexpected()); msg != "" {
		return msg
	}
	at := c.Text("mntpoint")
	return first(
		c.when(strings.ToLower(at) != "none" && !strings.HasPrefix(at, "/"), "mntpoint", "Invalid mount point '"+at+"' given"),
		c.when(!c.Given("reformat") && c.Has("mkfs_opts"), "mkfs_opts", "'--mkfsoptions' requires --reformat"),
	)
}

func clearpart(c *Call) string {
	if c.Has("devices") {
		c.set("type", "--list")
	}
	return ""
}

func clearpartText(c *Call) string {
	if !c.Has("type") {
		return ""
	}
	return c.form()
}

func snapshot(c *Call) string {
	when := strings.ToLower(c.Text("when"))
	if when != "post-install" && when != "pre-install" {
		return c.blame("when", "Invalid parameter to --when= argument: "+c.Text("when"))
	}
	c.set("when", when)
	vg, lv, ok := strings.Cut(c.Text("origin"), "/")
	return first(
		c.when(c.File.define("snapshot", c.Text("name")), "name", "Snapshot with the name "+c.Text("name")+" has been already defined!"),
		c.when(!ok || vg == "" || lv == "" || strings.Contains(lv, "/"), "origin", "Snapshot origin "+c.Text("origin")+" must be specified by VG/LV!"),
	)
}

func ignoredisk(c *Call) string {
	if !c.Since(8, 4) {
		return ""
	}
	count := 0
	for _, dest := range []string{"ignoredisk", "onlyuse", "interactive"} {
		if !c.Has(dest) || dest == "interactive" && c.Cmd.Option("--interactive").Deprecated {
			continue
		}
		count++
	}
	if c.On("interactive") {
		delete(c.Values, "ignoredisk")
		delete(c.Values, "onlyuse")
	}
	if count != 1 {
		if c.Cmd.Option("--interactive") == nil || c.Cmd.Option("--interactive").Deprecated {
			return "One of --drives or --only-use must be specified for ignoredisk command."
		}
		return "One of --drives , --only-use , or --interactive must be specified for ignoredisk command."
	}
	return ""
}

func zerombr(c *Call) string {
	if c.Since(9, 6) && len(c.Words) > 0 {
		c.At = 0
		return "unrecognized arguments: " + strings.Join(c.Words, " ")
	}
	return ""
}
