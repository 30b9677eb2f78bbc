// Package archive fetches from a Debian mirror and says what can be trusted.
//
// In: a mirror (named, or found in this machine's apt sources), the Debian
// keyring, a cache folder. Out: a Release whose signature gpgv verified, the
// package indexes it names, and package files whose SHA256 is the listed one.
// Transfers go through apt's own apt-helper, so proxies and credentials set up
// for apt hold here too, and an interrupted file is resumed.
// It never installs anything and never chooses packages.
// Start reading at Mirror.
package archive
