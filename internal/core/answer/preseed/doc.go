// Package preseed knows the language in which debian-installer is answered.
//
// In: keys with their values, partitions, the limits of a disk. Out: the text
// of a preseed file in which no value can break out of its line; recipes for
// partman-auto; and back, a file's text as entries, read as the installer's
// own shell parser reads it. It knows no machine, no profile and no settings.
// Start reading at File.Set.
package preseed
