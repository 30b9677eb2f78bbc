// Package redhat holds the lint rules for Anaconda: RHEL and its rebuilds, and
// Fedora.
//
// In: a lint.Subject with a Kickstart file, or the kernel arguments of such an
// installer. Out: findings. What a release's reader says of each line comes
// from room core/answer/kickstart/check; the rules beside it know what Anaconda
// asks for when a file lacks something. A file a rule. Start at Rules.
package redhat
