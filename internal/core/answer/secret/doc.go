// Package secret turns passwords into hashes and knows those that are tried
// first.
//
// In: a password in clear, or a crypt(3) hash. Out: a SHA-512 hash that every
// installer takes, or whether it is a known-weak one. It keeps and shows
// neither. Start at Hash.
package secret
