// Package stock tells which packages and groups a medium holds.
//
// In: the tree of a medium, read in place. Out: a Stock: names, whatever the
// version; what a package provides counts as a package. It reads Debian's
// Packages files and Red Hat's repodata, plain or gzip; of anything else it
// says that it does not know. It fetches nothing. Start at Read.
package stock
