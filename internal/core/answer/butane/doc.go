// Package butane reads Butane, the YAML that people write in Ignition's place.
//
// In: the text of a Butane config, of Fedora CoreOS, Flatcar, or their kin. Out:
// the Ignition config that the system reads, or every fault with its place. The
// translation is Butane's own library, which is why this is a room apart: it is
// heavy. Files of this host cannot be embedded. Start at Translate.
package butane
