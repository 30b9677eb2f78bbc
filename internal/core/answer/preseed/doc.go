// Package preseed knows the language in which debian-installer is answered.
//
// In: keys with their values, partitions, the limits of a disk; or a file's
// text. Out: the text of a preseed file in which no value can break out of its
// line; recipes for partman-auto; entries and faults with positions, as the
// installer's own shell parser reads the text and as debconf-set-selections
// does. A file that was read prints as it was, and can be edited. It knows no
// machine, no profile and no settings. Start reading at File.
package preseed
