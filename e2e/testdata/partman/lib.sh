# Shared by the programs in bin: disks are sparse files in /dev, and
# /rig/size/NAME holds the bytes of each.

note() { echo "$*" >>/rig/calls; }

# bytes of a disk, of what lies on disks, or of a partition
bytes() {
	name=$(echo "${1#/dev/}" | tr / =)
	if [ -f "/rig/size/$name" ]; then
		cat "/rig/size/$name"
		return
	fi
	number=${1##*[!0-9]}
	disk=${1%"$number"}
	[ -f "$disk" ] || disk=${disk%p}
	parted -s -m "$disk" unit B print 2>/dev/null | sed -n "s/^$number:[0-9]*B:[0-9]*B:\([0-9]*\)B:.*/\1/p"
}

# make DEVICE BYTES
make() {
	mkdir -p "$(dirname "$1")"
	dd if=/dev/null of="$1" bs=1 seek="$2" 2>/dev/null
	echo "$2" >"/rig/size/$(echo "${1#/dev/}" | tr / =)"
}
